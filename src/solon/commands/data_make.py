"""Commands that make training data with a model, or ask a model what it knows of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence, Set
from enum import StrEnum
from functools import partial
from itertools import count as numbers_from
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import RootModel

from solon.commands.shared import (
    Assignments,
    Engine,
    EngineSettings,
    Json,
    Out,
    Seed,
    config_from,
    finish,
    open_engine,
    progress,
    quarantine_beside,
    row_counts,
)
from solon.commands.work_folder import begin_work

if TYPE_CHECKING:
    from solon.data.knowledge import Knowledge
    from solon.responses.self_instruct import Round, Task

app = typer.Typer()
FACTS_AT_ONCE = 32
"""Facts asked between two commits."""


class Class(StrEnum):
    """How well a fact is known: the classes of `solon.data.knowledge`."""

    HIGHLY_KNOWN = "HighlyKnown"
    MAYBE_KNOWN = "MaybeKnown"
    WEAKLY_KNOWN = "WeaklyKnown"
    UNKNOWN = "Unknown"


class Row(RootModel[dict[str, Any]]):
    """A row with any fields."""


@app.command("self-instruct")
def self_instruct(
    seeds: Annotated[
        Path, typer.Argument(metavar="SEEDS", help="JSONL of {instruction, is_classification, instances}")
    ],
    engine: Engine,
    out: Out,
    count: Annotated[int, typer.Option(min=1, help="tasks wanted")] = 100,
    max_calls: Annotated[int | None, typer.Option(min=1, help="lists asked for at most [default: 4 * COUNT]")] = None,
    alpaca: Annotated[bool, typer.Option("--alpaca", help="Alpaca's settings: whole tasks in one list")] = False,
    assignments: Assignments = None,
    engine_settings: EngineSettings = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Write new tasks after the example of given ones: Alpaca rows, one an instance; --set: SelfInstructConfig."""
    from solon.responses.self_instruct import ALPACA, SelfInstructConfig, read_seed_tasks
    from solon.responses.self_instruct import self_instruct as rounds_of
    from solon.store.records import write_records

    config = config_from(SelfInstructConfig, [*(ALPACA if alpaca else ()), *(assignments or ())])
    quarantine = quarantine_beside(out)
    given = read_seed_tasks(seeds, quarantine)
    work = begin_work(out, data=seeds, engine=engine, settings=config.model_dump(mode="json"), seed=seed)
    most_rounds = -(-(max_calls or 4 * count) // config.calls_per_round)
    rounds: list[Round] = []
    tasks: list[Task] = []
    with progress() as shown:
        shown.start("self-instruct", count)
        model = open_engine(engine, engine_settings, out)
        for made in _kept_rounds(work, lambda earlier: rounds_of(given, model, config, seed=seed, earlier=earlier)):
            rounds.append(made)
            tasks += [task for task in made.tasks if task.instances]
            shown.advance(min(len(tasks), count), {"refused": float(sum(len(one.rejected) for one in rounds))})
            if len(tasks) >= count or len(rounds) >= most_rounds:
                break
    rejected = [one for made in rounds for one in made.rejected]
    num_rows = write_records(out, (row for task in tasks[:count] for row in _instance_rows(task)))
    write_records(out.with_name(f"{out.name}.rejected.jsonl"), rejected)
    result = {
        "out": str(out), "tasks": len(tasks[:count]), "instances": num_rows,
        "classification": sum(task.is_classification is True for task in tasks[:count]),
        "without_instances": sum(not task.instances for made in rounds for task in made.tasks),
        "not_needed": len(tasks[count:]), "unclear": sum(made.num_unclear for made in rounds),
        "calls": len(rounds) * config.calls_per_round, "rejected": dict(Counter(one.reason for one in rejected)),
        **row_counts(quarantine.counts),
    }  # fmt: skip
    short = "" if len(tasks) >= count else f" of {count}; {result['calls']} lists held no more"
    finish(result, as_json, f"{result['tasks']} tasks with {num_rows} instances -> {out}{short}\n{result['rejected']}")


@app.command()
def knowledge(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="JSONL of {question, answer} or short demonstrations")],
    engine: Engine,
    out: Out,
    drop: Annotated[
        list[Class] | None,
        typer.Option("--drop", case_sensitive=False, help="OUT.kept.jsonl gets FILE's rows of the other classes"),
    ] = None,
    assignments: Assignments = None,
    engine_settings: EngineSettings = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Tell which facts a model knows: {id, question, answer, class, p_greedy, p_sampled}; --set: KnowledgeConfig."""
    from solon.data.facts import read_facts
    from solon.data.knowledge import Knowledge, KnowledgeConfig, audit, class_counts
    from solon.store.records import kept_records, write_records

    config = config_from(KnowledgeConfig, assignments)
    quarantine = quarantine_beside(out)
    facts = read_facts(file, quarantine)
    work = begin_work(out, data=file, engine=engine, settings=config.model_dump(mode="json"), seed=seed)
    found: list[Knowledge] = []
    with progress() as shown:
        shown.start("facts", len(facts))
        model = open_engine(engine, engine_settings, out)
        for start in range(0, len(facts), FACTS_AT_ONCE):
            asked = facts[start : start + FACTS_AT_ONCE]
            part = work / f"{start:08d}.jsonl"
            found += kept_records(part, Knowledge, partial(audit, facts, asked, model, config, seed=seed))
            shown.advance(len(found), {"unknown": class_counts(found)["Unknown"] / len(found)})
    write_records(out, map(_knowledge_row, found))
    result: dict[str, Any] = {"out": str(out), "facts": len(found), "classes": class_counts(found)}
    if drop:
        lines = {one.line for one in found if one.known not in drop}
        result["kept"] = write_records(out.with_name(f"{out.name}.kept.jsonl"), _rows_at(file, lines))
    told = ", ".join(f"{name} {number}" for name, number in result["classes"].items())
    kept = f"; {result['kept']} rows -> {out}.kept.jsonl" if drop else ""
    finish(result | row_counts(quarantine.counts), as_json, f"{len(found)} facts: {told} -> {out}{kept}")


def _instance_rows(task: Task) -> Iterator[Row]:
    for number, instance in enumerate(task.instances):
        yield Row(
            {
                "id": f"{task.id}/{number}",
                "instruction": task.instruction,
                "input": instance.input,
                "output": instance.output,
                "is_classification": task.is_classification,
            }
        )


def _knowledge_row(one: Knowledge) -> Row:
    answer = one.answers[0] if len(one.answers) == 1 else list(one.answers)
    told = {"class": one.known, "p_greedy": one.p_greedy, "p_sampled": one.p_sampled}
    return Row({"id": one.id, "question": one.question, "answer": answer, **told})


def _rows_at(file: Path, lines: Set[int]) -> Iterator[Row]:
    """The rows on these lines, as they stand in the file."""
    from solon.data.tables import read_table

    return (Row(row.value) for row in read_table(file) if row.line in lines)


def _kept_rounds(work: Path, go_on: Callable[[Sequence[Round]], Iterator[Round]]) -> Iterator[Round]:
    """The rounds that are on the disk, then new ones, each written before it is handed on."""
    from solon.responses.self_instruct import Round
    from solon.store.records import read_records, write_records

    earlier: list[Round] = []
    for number in numbers_from():
        part = work / f"{number:08d}.jsonl"
        if not part.is_file():
            break
        [made] = read_records(part, Round)
        earlier.append(made)
        yield made
    for made in go_on(earlier):
        write_records(work / f"{made.number:08d}.jsonl", [made])
        yield made
