"""What each principle did, and what a behaviour was learnt from: query, attribution, lineage, ablate."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from solon.commands.runs import RunDirectory
from solon.commands.shared import Assignments, Json, progress

app = typer.Typer()

MOST_ROWS = 200
"""Rows that a terminal is shown of one answer."""


@app.command()
def query(
    run: RunDirectory,
    sql: Annotated[str | None, typer.Argument(help="a question; without one, the tables and their columns")] = None,
    as_json: Json = False,
) -> None:
    """Ask a run's records in SQL (DuckDB): answers, revisions, preferences, rankings, calls, stages."""
    from solon.store.query import TABLES, RunTables

    tables = RunTables(run)
    if sql is None:
        columns = tables.columns()
        if as_json:
            print(json.dumps(columns))
            return
        for name, names in columns.items():
            meaning = f": {TABLES[name].meaning}" if name in TABLES else ""
            print(f"{name}{meaning}\n    {', '.join(names)}")
        return
    answer = tables.ask(sql)
    if as_json:
        print(json.dumps({"columns": answer.columns, "rows": answer.rows}, default=str))
        return
    show(answer.columns, answer.rows[:MOST_ROWS])
    if len(answer.rows) > MOST_ROWS:
        print(f"{len(answer.rows) - MOST_ROWS:,} more rows; --json has all")


@app.command()
def attribution(run: RunDirectory, as_json: Json = False) -> None:
    """What each principle did: how often it was drawn, what it changed and decided, and what is missed without it."""
    from solon.report.principles import read_ablations, what_principles_did

    did, missed = what_principles_did(run), read_ablations(run)
    if as_json:
        told = [
            {**one._asdict(), "changed_share": one.changed_share, "decided_share": one.decided_share} for one in did
        ]
        without = {name: {rate: metric.model_dump() for rate, metric in of.items()} for name, of in missed.items()}
        print(json.dumps({"run": str(run), "principles": told, "without": without}, allow_nan=False))
        return
    show(
        ("principle", "critiques", "changed", "comparisons", "decided", "unscored"),
        [
            (one.id, one.drawn, percent(one.changed_share), one.judged, percent(one.decided_share), one.unscored)
            for one in did
        ],
    )
    if missed:
        print("\nrates of the whole constitution minus those without it")
        rates = ("harmful", "helpful", "over_refusal", "honest")
        show(
            ("without", *rates, "most in"),
            [(name, *(_told(of, one) for one in rates), _most(of)) for name, of in missed.items()],
        )
    else:
        print("\nwhat a model does without one of them: solon ablate RECIPE --to FOLDER")


@app.command()
def lineage(
    run: RunDirectory,
    label: Annotated[str, typer.Argument(metavar="KEY=VALUE", help="a label of prompts, as category=theft")],
    as_json: Json = False,
) -> None:
    """From a behaviour back to what it was learnt from: rates by policy, then labels by principle, model and person."""
    from solon.store.trace import trace

    found = trace(run, label)
    if as_json:
        print(json.dumps({name: answer.dicts() for name, answer in found.items()}, default=str, allow_nan=False))
        return
    for name, answer in found.items():
        print(f"\n{name}")
        show(answer.columns, answer.rows) if answer.rows else print("  none")


@app.command()
def ablate(
    recipe: Annotated[str, typer.Argument(help="a recipe file, or the name of a shipped one")],
    to: Annotated[Path, typer.Option("--to", help="gets whole/ and without-NAME/, run directories")],
    each: Annotated[
        Literal["principles", "tags"], typer.Option("--each", help="what is left out in turn")
    ] = "principles",
    only: Annotated[list[str] | None, typer.Option("--only", help="this one alone; may be repeated")] = None,
    assignments: Assignments = None,
    as_json: Json = False,
) -> None:
    """Run a recipe whole and without each principle (or tag): what the whole does that the others do not."""
    from solon.ablation import WHOLE, leave_one_out

    with progress() as shown:
        missed = leave_one_out(recipe, to=to, each=each, only=only or (), overrides=assignments or (), progress=shown)
    if as_json:
        told = {name: {rate: metric.model_dump() for rate, metric in of.items()} for name, of in missed.items()}
        print(json.dumps({"run": str(to / WHOLE), "without": told}, allow_nan=False))
        return
    attribution(to / WHOLE)
    print(f"report: {to / WHOLE / 'report.html'}")


def show(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """A table in plain text."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max(len(name), *(len(row[i]) for row in cells), 0) for i, name in enumerate(columns)]
    for line in (list(columns), *cells):
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def percent(share: float | None) -> str:
    """`12.3 %`; a dash over nothing."""
    return "-" if share is None else f"{100 * share:.1f} %"


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    text = "" if value is None else str(value)
    return " ".join(text.split()) if len(text) <= 60 else " ".join(text.split())[:57] + "..."


def _told(rates: Any, name: str) -> str:
    metric = rates.get(name)
    if metric is None or metric.value is None:
        return "-"
    return f"{metric.value:+.3f} [{metric.low:+.3f}, {metric.high:+.3f}]"


def _most(rates: Any) -> str:
    """The category whose harmful rate moved most."""
    moved = {name: metric.value for name, metric in rates.items() if name.startswith("harmful/") and metric.value}
    if not moved:
        return "-"
    name = max(moved, key=lambda one: abs(moved[one]))
    return f"{name} {moved[name]:+.3f}"
