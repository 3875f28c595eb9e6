"""Commands on constitutions."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from solon.commands.shared import A_CONSTITUTION, Json, open_constitution

app = typer.Typer(no_args_is_help=True, help="Look at constitutions.")

File = Annotated[str, typer.Argument(metavar="FILE | NAME", help=A_CONSTITUTION)]


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
def lint(file: File, as_json: Json = False) -> None:
    """Whether a constitution can be used; every problem with its line."""
    constitution = open_constitution(file)
    uses = {use: sum(one.serves(use) for one in constitution.principles) for use in ("critique", "comparison")}
    told = {"id": constitution.id, "principles": len(constitution.principles), **uses}
    line = f"{file}: {told['principles']} principles, {uses['critique']} for critiques, {uses['comparison']} for judges"
    print(json.dumps(told) if as_json else line)


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
