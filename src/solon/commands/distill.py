"""Behaviour out of a text that is taken away again: `solon distill` and `solon contrast`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Literal

import typer

from solon.commands.shared import (
    A_CONSTITUTION,
    ConstitutionAddress,
    Engine,
    EngineSettings,
    Json,
    Out,
    Part,
    Seed,
    Temperature,
    Tokens,
    finish,
    open_constitution,
    open_engine,
    part_of,
    progress,
    quarantine_beside,
    row_counts,
    write_unanswered,
)
from solon.commands.steps import Prompts
from solon.errors import InputError

app = typer.Typer()

Context = Annotated[Path | None, typer.Option("--context", help="a text file that the model reads first")]
OrConstitution = Annotated[str | None, typer.Option("--constitution", help=f"or its principles: {A_CONSTITUTION}")]
PlaceOption = Annotated[
    Literal["system", "user"],
    typer.Option("--place", help="where the text stands: a system turn, or before the first user's turn"),
]


@app.command()
def distill(
    prompts: Prompts,
    engine: Engine,
    out: Out,
    context: Context = None,
    constitution: OrConstitution = None,
    place: PlaceOption = "system",
    draws: Annotated[int, typer.Option(min=1, help="answers to each prompt")] = 1,
    max_new_tokens: Tokens = 64,
    temperature: Temperature = 1.0,
    engine_settings: EngineSettings = None,
    part: Part = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Answer prompts after a text or a constitution; the rows are without it: {id, prompt, response, truncated}."""
    from solon.commands.rows import ResponseRow
    from solon.data import read_prompts
    from solon.responses import sample_in_context
    from solon.store.records import write_records
    from solon.unanswered import Unanswered

    quarantine = quarantine_beside(out)
    text = _context(context, constitution)
    asked = part_of(read_prompts(prompts, quarantine), part)
    unanswered: list[Unanswered] = []
    with progress() as shown:
        answers = sample_in_context(
            asked, text, open_engine(engine, engine_settings, out), name=engine, seed=seed, place=place, draws=draws,
            max_new_tokens=max_new_tokens, temperature=temperature, progress=shown, unanswered=unanswered,
        )  # fmt: skip
        count = write_records(out, (ResponseRow.of(answer) for answer in answers))
    told = {"out": str(out), "responses": count, **write_unanswered(out, unanswered), **row_counts(quarantine.counts)}
    finish(told, as_json, f"{count} responses, without the text they were written under -> {out}")


@app.command()
def contrast(
    prompts: Prompts,
    engine: Engine,
    constitution: ConstitutionAddress,
    out: Out,
    draws: Annotated[int, typer.Option(min=1, help="pairs of each prompt")] = 1,
    max_new_tokens: Tokens = 64,
    temperature: Temperature = 1.0,
    engine_settings: EngineSettings = None,
    part: Part = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Prefer an answer begun as following a principle to one begun as breaking it: rows as of `judge run`."""
    from solon.commands.rows import VerdictRow
    from solon.data import read_prompts
    from solon.preferences import SetAside, sample_contrasts
    from solon.records import Preference
    from solon.store.records import write_records
    from solon.unanswered import Unanswered

    quarantine = quarantine_beside(out)
    loaded = open_constitution(constitution)
    asked = part_of(read_prompts(prompts, quarantine), part)
    unanswered: list[Unanswered] = []
    with progress() as shown:
        made = list(
            sample_contrasts(
                asked, loaded, open_engine(engine, engine_settings, out), name=engine, seed=seed, draws=draws,
                max_new_tokens=max_new_tokens, temperature=temperature, progress=shown, unanswered=unanswered,
            )
        )  # fmt: skip
    aside = [one for one in made if isinstance(one, SetAside)]
    count = write_records(out, (VerdictRow.of(one) for one in made if isinstance(one, Preference)))
    write_records(out.with_name(f"{out.name}.rejected.jsonl"), aside)
    reasons = dict(Counter(one.reason for one in aside))
    told = {"out": str(out), "pairs": count, "set_aside": reasons, **write_unanswered(out, unanswered)}
    line = f"{count} pairs -> {out}; {len(aside)} set aside: {reasons}"
    finish(told | row_counts(quarantine.counts), as_json, line)


def _context(file: Path | None, constitution: str | None) -> str:
    """The text that is read first.

    Raises:
        InputError: both or neither of the options are given, or the file cannot be read or is empty.
    """
    from solon.responses import constitution_context

    if (file is None) == (constitution is None):
        raise InputError("give one of --context FILE and --constitution C: it is what the model reads first")
    if constitution is not None:
        return constitution_context(open_constitution(constitution))
    assert file is not None, "one of the two is given"
    try:
        text = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError.at(file, None, f"cannot be read as text in UTF-8 ({error}); check the path") from None
    if not text:
        raise InputError.at(file, None, "is empty, so there is nothing to distil")
    return text
