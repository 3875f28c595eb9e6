"""People at a terminal: order responses, write answers. `rank` is a reward model's command too."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from solon.commands.shared import (
    A_CONSTITUTION,
    Json,
    Out,
    Seed,
    finish,
    open_constitution,
    open_scorer,
    quarantine_beside,
    row_counts,
)
from solon.errors import InputError
from solon.preferences.people import RESPONSES_HIGH, RESPONSES_LOW

if TYPE_CHECKING:
    from solon.commands.people_questions import PrinciplesOf
    from solon.constitution.schema import Use
    from solon.people.keeping import Annotator

app = typer.Typer()

Name = Annotated[str, typer.Option("--annotator", help="who answers; recorded with every answer")]
PerHour = Annotated[float, typer.Option("--price-per-hour", min=0, help="what an hour of the annotator costs")]
PerItem = Annotated[float, typer.Option("--price-per-item", min=0, help="what an answer costs")]
Principles = Annotated[
    str | None, typer.Option("--principles", help=f"principles shown beside each item: {A_CONSTITUTION}")
]
Show = Annotated[
    Literal["all", "drawn"], typer.Option("--show", help="of --principles all, or the one drawn for the prompt")
]
Again = Annotated[bool, typer.Option("--again", help="ask what was skipped, too")]


@app.command()
def rank(
    context: typer.Context,
    rows: Annotated[Path, typer.Argument(metavar="RESPONSES", help="JSONL of {id, prompt | messages, response}")],
    out: Out,
    reward: Annotated[str | None, typer.Option("--reward", help="a model orders: hf:PATH or run:RUN@STAGE")] = None,
    annotator: Annotated[str | None, typer.Option("--annotator", help="a person orders: who")] = None,
    price_per_hour: PerHour = 0.0,
    price_per_item: PerItem = 0.0,
    principles: Principles = None,
    show: Show = "all",
    critiques: Annotated[
        Path | None,
        typer.Option("--critiques", help="shown below responses: JSONL of {id, critique}, or what `revise` wrote"),
    ] = None,
    min_responses: Annotated[
        int, typer.Option(min=2, help="how many are shown is drawn for each prompt, from here")
    ] = RESPONSES_LOW,
    max_responses: Annotated[int, typer.Option(min=2, help="to here; all where there are fewer")] = RESPONSES_HIGH,
    again: Again = False,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Order the responses of each prompt, by a reward model or a person: Ranking records, rank 0 the best.

    A person is asked in the terminal; the same command goes on where it was left. Prices and what follows are theirs.
    """
    if (reward is None) == (annotator is None):
        raise InputError("give exactly one of --reward, where a model orders, and --annotator, where a person does")
    if reward is not None:
        _check_for_people(context)
        _rank_by_model(rows, reward, out, as_json)
        return
    from solon.commands.given import read_responses
    from solon.commands.people_given import read_critiques
    from solon.commands.people_questions import rank_questions
    from solon.commands.people_session import ask
    from solon.people.ranking import RANK
    from solon.records import Ranking

    who = _annotator(annotator or "", price_per_hour, price_per_item)
    if min_responses > max_responses:
        raise InputError(f"--min-responses {min_responses} is more than --max-responses {max_responses}")
    quarantine = quarantine_beside(out)
    given = read_critiques(critiques, quarantine) if critiques else None
    questions, without_choice, not_shown = rank_questions(
        read_responses(rows, quarantine), annotator=who.name, seed=seed, num_responses=(min_responses, max_responses),
        principles=_principles(principles, show, "comparison", seed), critiques=given,
    )  # fmt: skip
    counts = {
        "prompts_without_choice": without_choice,
        "responses_not_shown": not_shown,
        "critiques_unused": given.num_unused if given else 0,
    }
    told = ask(questions, RANK, Ranking, who, out, counts, seed=seed, again=again)
    finish(told.result | row_counts(quarantine.counts), as_json, told.line)


@app.command()
def demonstrate(
    prompts: Annotated[Path, typer.Argument(metavar="PROMPTS", help="JSONL of {id, prompt | messages}")],
    annotator: Name,
    out: Out,
    price_per_hour: PerHour = 0.0,
    price_per_item: PerItem = 0.0,
    principles: Principles = None,
    show: Show = "all",
    draft: Annotated[
        Path | None,
        typer.Option("--draft", help="a model's answers, shown to be edited: JSONL of {id, prompt, response}"),
    ] = None,
    again: Again = False,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Write the answer to each prompt in the terminal: Demonstration records; the same command goes on.

    --seed decides which principle `--show drawn` draws.
    """
    from solon.commands.given import read_responses
    from solon.commands.people_questions import write_questions
    from solon.commands.people_session import ask
    from solon.data import read_prompts
    from solon.people.writing import WRITE
    from solon.records import Demonstration

    who = _annotator(annotator, price_per_hour, price_per_item)
    quarantine = quarantine_beside(out)
    drafts = read_responses(draft, quarantine) if draft else None
    asked = read_prompts(prompts, quarantine)
    shown = _principles(principles, show, "any", seed)
    questions, without_draft = write_questions(asked, principles=shown, drafts=drafts)
    told = ask(questions, WRITE, Demonstration, who, out, {"prompts_without_draft": without_draft}, seed=seed,
               again=again)  # fmt: skip
    finish(told.result | row_counts(quarantine.counts), as_json, told.line)


def _check_for_people(context: typer.Context) -> None:
    """InputError where an option is given that only a person's session has."""
    for parameter in context.command.params:
        source = context.get_parameter_source(parameter.name or "")
        of_both = ("rows", "reward", "out", "as_json")
        if parameter.name not in of_both and source is not None and source.name == "COMMANDLINE":
            raise InputError(f"{parameter.opts[0]} is for people; with --reward a model orders, so leave it out")


def _rank_by_model(rows: Path, reward: str, out: Path, as_json: bool) -> None:
    from solon.commands.given import read_responses
    from solon.commands.rows import rank_by_reward
    from solon.store.records import write_records

    if out.is_file() and '"annotation"' in out.read_text(encoding="utf-8"):
        raise InputError.at(out, None, "holds answers of people, which a model's would replace; give another --out")
    quarantine = quarantine_beside(out)
    answered = read_responses(rows, quarantine)
    count = write_records(out, rank_by_reward(answered, open_scorer(reward), name=reward))
    finish(
        {"out": str(out), "rankings": count, **row_counts(quarantine.counts)},
        as_json,
        f"{count} rankings -> {out}",
    )


def _annotator(name: str, per_hour: float, per_item: float) -> Annotator:
    from solon.people.keeping import Annotator
    from solon.people.pay import Pay
    from solon.people.visible import visible

    if not name.strip() or visible(name) != name or "\n" in name:
        raise InputError(f"--annotator {name!r} is no name; give a word or two that tell this person from others")
    if not math.isfinite(per_hour + per_item):
        raise InputError("a price is a finite number")
    if per_hour and per_item:
        raise InputError("give one of --price-per-hour and --price-per-item, not both")
    return Annotator(name.strip(), Pay(per_hour, per_item))


def _principles(constitution: str | None, show: Literal["all", "drawn"], use: Use, seed: int) -> PrinciplesOf:
    from solon.commands.people_questions import no_principles, principles_shown

    return principles_shown(open_constitution(constitution), show, use, seed) if constitution else no_principles
