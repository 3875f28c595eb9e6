"""Commands on constitutions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from solon.commands.shared import A_CONSTITUTION, Json, constitution_path, open_constitution, open_engine, progress
from solon.errors import InputError

if TYPE_CHECKING:
    from solon.constitution.lint import Asked, Linted

app = typer.Typer(no_args_is_help=True, help="Look at constitutions, and make them.")

File = Annotated[str, typer.Argument(metavar="FILE | NAME", help=A_CONSTITUTION)]
Judge = Annotated[
    str | None, typer.Option("--engine", help="a judge that looks for contradictions: hf:PATH_OR_NAME or run:RUN@STAGE")
]
Strict = Annotated[bool, typer.Option("--strict", help="warnings fail too")]


@app.command()
def lint(file: File, engine: Judge = None, strict: Strict = False, as_json: Json = False) -> None:
    """Every problem of a constitution with its line. Exit status 1 where there are errors."""
    from solon.constitution.lint import contradictions, lint_file

    path = constitution_path(file)
    linted = lint_file(path)
    if linted.constitution is None and not as_json:  # told as by every command that reads the file
        raise InputError("\n".join(f"{path}:{one.line}: {one.message}" for one in linted.problems))
    asked = None
    if engine is not None and linted.constitution is not None:
        with progress() as shown:
            asked = contradictions(linted.constitution, linted.lines, open_engine(engine), progress=shown)
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
def show(file: File, as_json: Json = False) -> None:
    """What models read: each principle's id, hash and wording."""
    constitution = open_constitution(file)
    if as_json:
        rows = [{"hash": one.hash, **one.model_dump()} for one in constitution.principles]
        print(json.dumps({"id": constitution.id, "version": constitution.version, "principles": rows}))
        return
    print(f"{constitution.id} {constitution.version}: {len(constitution.principles)} principles")
    for one in constitution.principles:
        print(f"\n{one.id}  {one.hash}  weight {one.weight:g}\n  {one.text}")
        for name in ("critique_request", "revision_request", "comparison"):
            if text := getattr(one, name):
                print(f"  {name}: {text}")


@app.command()
def diff(before: File, after: File, as_json: Json = False) -> None:
    """Which principles were added, removed, or changed in what a model reads."""
    old = {one.id: one.hash for one in open_constitution(before).principles}
    new = {one.id: one.hash for one in open_constitution(after).principles}
    told = {
        "added": [name for name in new if name not in old],
        "removed": [name for name in old if name not in new],
        "changed": [name for name in new if name in old and old[name] != new[name]],
    }
    if as_json:
        print(json.dumps(told))
        return
    for kind, names in told.items():
        print(f"{kind}: {', '.join(names) or 'none'}")
