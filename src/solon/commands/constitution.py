"""Commands on constitutions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from solon.commands.shared import (
    A_CONSTITUTION,
    EngineSettings,
    Json,
    constitution_path,
    open_constitution,
    open_engine,
    progress,
)
from solon.errors import InputError

if TYPE_CHECKING:
    from solon.constitution import Constitution
    from solon.constitution.lint import Asked, Linted
    from solon.constitution.shown import Shown

app = typer.Typer(no_args_is_help=True, help="Look at constitutions, and make them.")

File = Annotated[str, typer.Argument(metavar="FILE | NAME", help=A_CONSTITUTION)]
Judge = Annotated[
    str | None, typer.Option("--engine", help="a judge that looks for contradictions: hf:PATH_OR_NAME or run:RUN@STAGE")
]
Strict = Annotated[bool, typer.Option("--strict", help="warnings fail too")]


@app.command()
def lint(
    file: File,
    engine: Judge = None,
    engine_settings: EngineSettings = None,
    strict: Strict = False,
    as_json: Json = False,
) -> None:
    """Every problem of a constitution with its line. Exit status 1 where there are errors."""
    from solon.constitution.lint import contradictions, lint_file

    path = constitution_path(file)
    linted = lint_file(path)
    if linted.constitution is None and not as_json:  # told as by every command that reads the file
        raise InputError("\n".join(f"{path}:{one.line}: {one.message}" for one in linted.problems))
    asked = None
    if engine is not None and linted.constitution is not None:
        with progress() as shown:
            asked = contradictions(
                linted.constitution, linted.lines, open_engine(engine, engine_settings, path), progress=shown
            )
        linted.problems.extend(asked.problems)
    told = _lint_told(linted, asked)
    if as_json:
        print(json.dumps(told, ensure_ascii=False))
    else:
        for line, principle, kind, severity, message in linted.problems:
            place = f"{path}:{line}" if line is not None else str(path)
            print(f"{place}: {severity}: {kind}: {f'{principle}: ' if principle else ''}{message}")
        print(_lint_line(file, told))
    if told["errors"] or (strict and told["warnings"]):
        raise typer.Exit(1)


def _lint_told(linted: Linted, asked: Asked | None) -> dict[str, Any]:
    found, principles = linted.problems, linted.constitution.principles if linted.constitution else ()
    told: dict[str, Any] = {
        "id": linted.constitution.id if linted.constitution else None,
        "principles": len(principles),
        "critique": sum(one.serves("critique") for one in principles),
        "comparison": sum(one.serves("comparison") for one in principles),
        "errors": sum(problem.severity == "error" for problem in found),
        "warnings": sum(problem.severity == "warning" for problem in found),
        "problems": [problem._asdict() for problem in found],
    }
    if asked is not None:
        told["judged"] = {"pairs": asked.pairs, "of_pairs": asked.all_pairs, "calls": asked.calls, "words": asked.words}
    return told


def _lint_line(file: str, told: dict[str, Any]) -> str:
    line = f"{file}: {told['principles']} principles, {told['critique']} for critiques, {told['comparison']} for judges"
    line += f": {told['errors']} errors, {told['warnings']} warnings"
    if judged := told.get("judged"):
        line += f"\nthe judge was asked about {judged['pairs']} of {judged['of_pairs']} pairs, those with a subject in "
        line += f"common, in both orders: {judged['calls']:,} questions, {judged['words']:,} words"
    return line


@app.command()
def show(
    file: File,
    principle: Annotated[str | None, typer.Option("--principle", metavar="ID", help="this one alone")] = None,
    as_json: Json = False,
) -> None:
    """What models read: each principle's wording, hash, clauses and tags, and how often it is drawn for what."""
    from solon.constitution.shown import shown, whole_hash

    constitution = open_constitution(file)
    rows = shown(constitution)
    if principle is not None:
        constitution.principle(principle)  # an error that names it, where there is none
        rows = [row for row in rows if row.principle.id == principle]
    if as_json:
        about = {"id": constitution.id, "version": constitution.version, "hash": whole_hash(constitution)}
        examples = {name: len(getattr(constitution.examples, name)) for name in ("critiques", "comparisons")}
        print(json.dumps({**about, "examples": examples, "principles": [row.as_json() for row in rows]}))
        return
    console = Console(highlight=False, soft_wrap=True)
    console.print(_heading(constitution, whole_hash(constitution)))
    for row in rows:
        console.print(_shown_principle(row))


def _heading(constitution: Constitution, whole: str) -> Text:
    shots = constitution.examples
    text = Text(f"{constitution.id} {constitution.version}", style="bold").append(f"  {whole}", style="dim")
    told = f"{len(constitution.principles)} principles"
    told += f", {len(shots.critiques)} examples of critiques, {len(shots.comparisons)} of comparisons"
    return text.append(f"\n{told}", style="not bold")


def _shown_principle(row: Shown) -> Text:
    """Text is appended, never parsed, so that brackets in a principle are no markup."""
    one = row.principle
    text = Text("\n").append(one.id, style="bold").append(f"  {one.hash}", style="dim")
    shares = ", ".join(f"{share:.1%} of {use}s" for use, share in row.shares.items())
    text.append(f"  weight {one.weight:g}: {shares}\n  {one.text}")
    for name in ("critique_request", "revision_request", "comparison"):
        if wording := getattr(one, name):
            text.append(f"\n  {name}: ", style="cyan").append(wording)
    for line in filter(None, row.marked.split("\n")):
        text.append(f"\n  {line}", style="dim")
    if row.entry.source:
        text.append(f"\n  source: {row.entry.source}", style="dim")
    return text
