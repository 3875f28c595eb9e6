"""What commands have in common: options, input rows, engines by address, the result."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from pydantic import BaseModel

from solon.errors import InputError
from solon.settings import Marks, override, validate

if TYPE_CHECKING:
    from solon.constitution import Constitution, PrincipleCount
    from solon.data import QuarantineWriter
    from solon.data.quarantine import RowCounts
    from solon.interfaces import Engine as Asked
    from solon.models.language_model import LanguageModel
    from solon.models.lora_settings import LoraSettings
    from solon.reward.score import RewardModelScorer
    from solon.terminal import TerminalProgress
    from solon.unanswered import Unanswered

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")

Engine = Annotated[str, typer.Option("--engine", help="hf:PATH_OR_NAME, run:RUN@STAGE or openai:MODEL@BASE_URL")]
EngineSettings = Annotated[
    list[str] | None,
    typer.Option("--engine-set", help="KEY=VALUE of the engine: price.million_tokens, budget.tokens, concurrency ..."),
]
Out = Annotated[Path, typer.Option("--out", help="where the result goes")]
Json = Annotated[bool, typer.Option("--json", help="one JSON object on stdout")]
Seed = Annotated[int, typer.Option("--seed", help="decides every random choice")]
Tokens = Annotated[int, typer.Option("--max-new-tokens", min=1, help="longest answer")]
Temperature = Annotated[float, typer.Option("--temperature", min=0, help="0 answers greedily")]
TopK = Annotated[int, typer.Option("--top-k", min=0, help="only so many of the likeliest tokens; 0 for all")]
TopP = Annotated[
    float,
    typer.Option("--top-p", min=0, max=1, help="only the fewest likeliest tokens that make up this probability"),
]
MinP = Annotated[
    float, typer.Option("--min-p", min=0, max=1, help="only tokens of at least this share of the likeliest one's")
]
Assignments = Annotated[list[str] | None, typer.Option("--set", help="KEY=VALUE; the value is YAML; may be repeated")]
Part = Annotated[
    str | None,
    typer.Option(
        "--part",
        metavar="I/N",
        help="only the I-th of N parts of the prompts, for several processes at once; afterwards the same command "
        "without it finds all answers in the ledger",
    ),
]
A_CONSTITUTION = "a YAML file of principles, the name of a shipped one, or a folder with the published supplement"
ConstitutionAddress = Annotated[str, typer.Option("--constitution", help=A_CONSTITUTION)]


def progress() -> TerminalProgress:
    """What shows a command's work, on stderr."""
    from solon.terminal import TerminalProgress

    return TerminalProgress()


def tokenizer_folder(address: str) -> str:
    """As `model_folder`; a path or hub name may stand alone, for where nothing but a tokenizer is read."""
    from solon.addresses import model_folder

    return model_folder(address) if address.startswith("run:") else address.removeprefix("hf:")


def open_model(address: str, lora: LoraSettings | None = None) -> LanguageModel:
    """The language model at an address; its weights as `lora` wants them."""
    from solon.addresses import model_folder
    from solon.models.language_model import LanguageModel

    return LanguageModel.load(model_folder(address), quantise=lora.quantise if lora else None)


def open_engine(address: str, settings: Sequence[str] | None, out: Path) -> Asked:
    """The engine at an address, asked as `--engine-set` says; its calls stand in the ledger as those of `out`."""
    from solon import addresses
    from solon.engines.config import EngineConfig

    config = config_from(EngineConfig, settings, "--engine-set")
    return addresses.open_engine(address, config, work=out.resolve())


def open_engines(addresses: Sequence[str], settings: Sequence[str] | None, out: Path) -> list[Asked]:
    """The engines at some addresses, in order; one that stands there twice is opened once, and shares its memory."""
    opened = {address: open_engine(address, settings, out) for address in dict.fromkeys(addresses)}
    return [opened[address] for address in addresses]


def open_scorer(address: str) -> RewardModelScorer:
    """The reward model at an address."""
    from solon.addresses import model_folder
    from solon.reward.score import RewardModelScorer

    return RewardModelScorer.load(model_folder(address))


def open_constitution(address: str) -> Constitution:
    """What a recipe takes as `constitution`: a file, a shipped name, or the folder of the published supplement.

    Raises:
        InputError: there is none, or it cannot be used.
    """
    from solon.recipe import Recipe

    return Recipe(constitution=address).load_constitution()


def constitution_path(address: str) -> Path:
    """The file (or folder of the published supplement) behind what `open_constitution` takes.

    Raises:
        InputError: there is none.
    """
    from solon.recipe import Recipe

    return Recipe(constitution=address).constitution_path()


def config_from(model: type[M], assignments: Sequence[str] | None, option: str = "--set") -> M:
    """A room's settings: its defaults, changed by `--set KEY=VALUE` or another such option.

    Raises:
        InputError: an unknown key, or a value that does not fit.
    """
    values: dict[str, Any] = {}
    keys = override(values, assignments or (), option)
    return validate(values, model, Marks(None, keys, option))


def quarantine_beside(out: Path) -> QuarantineWriter:
    """Where rows that cannot be used go: OUT.quarantine.jsonl."""
    from solon.data import QuarantineWriter

    return QuarantineWriter(quarantine_file(out))


def quarantine_file(out: Path) -> Path:
    """OUT.quarantine.jsonl, without what an earlier command left there: it is about rows of that command."""
    file = out.with_name(f"{out.name}.quarantine.jsonl")
    file.unlink(missing_ok=True)
    return file


def part_of(rows: Sequence[T], part: str | None) -> list[T]:
    """Every N-th of the rows, from the I-th on, for `I/N`; all without it.

    Raises:
        InputError: it is not of that form, or I is not among 1 to N.
    """
    if part is None:
        return list(rows)
    number, slash, count = part.partition("/")
    if not (slash and number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
        raise InputError(f"--part {part}: write I/N with I from 1 to N, for example 1/2")
    return list(rows[int(number) - 1 :: int(count)])


def principle_count(principles: str) -> PrincipleCount:
    """What `--principles` says.

    Raises:
        InputError: it is neither a number from 1 on nor `all`.
    """
    if principles == "all":
        return "all"
    if not principles.isdecimal() or not int(principles):
        raise InputError(f"--principles {principles}: write a number from 1 on, or all")
    return int(principles)


def row_counts(of_files: Mapping[Any, RowCounts]) -> dict[str, int]:
    """What became of the rows of all files, for the result."""
    counts = of_files.values()
    return {
        "rows_in": sum(count.rows_in for count in counts),
        "rows_used": sum(count.used for count in counts),
        "quarantined": sum(count.quarantined for count in counts),
    }


def write_unanswered(out: Path, unanswered: Sequence[Unanswered]) -> dict[str, int]:
    """OUT.unanswered.jsonl, where an engine refused anything (an earlier one is removed); the count for the result."""
    from solon.store.records import write_records

    file = out.with_name(f"{out.name}.unanswered.jsonl")
    file.unlink(missing_ok=True)
    if unanswered:
        write_records(file, unanswered)
        print(f"{len(unanswered)} requests were refused by the engine: {file}", file=sys.stderr)
    return {"unanswered": len(unanswered)}


def finish(result: Mapping[str, Any], as_json: bool, line: str) -> None:
    """Tell the result: one JSON object on stdout, or one line for people."""
    if quarantined := result.get("quarantined"):
        beside = str(result["out"]).removesuffix("/model")  # of a training, whose result is OUT/model
        file = f"{beside}.quarantine.jsonl"
        print(f"{quarantined} of {result['rows_in']} rows could not be used: {file}", file=sys.stderr)
    print(json.dumps(result, ensure_ascii=False) if as_json else line)
