"""`solon report`: the page on a run, or on several beside each other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from solon.commands.shared import Json

app = typer.Typer()


@app.command()
def report(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="a run directory; several are compared")],
    out: Annotated[
        Path | None,
        typer.Option("--out", help="the page; RUN/report.html, or comparison.html here for several, unless given"),
    ] = None,
    figures: Annotated[
        Path | None, typer.Option("--figures", help="a folder that gets every figure as SVG and PNG")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write the run's report.html anew from what is stored; of several runs, one page that compares them."""
    from solon.report import write_comparison, write_report
    from solon.store.run_folder import RunFolder

    for run in runs:
        RunFolder.existing(run)
    if len(runs) == 1:
        page = out or runs[0] / "report.html"
        write_report(runs[0], page, figures=figures)
    else:
        from solon.report.beside import Beside
        from solon.stages.comparing import run_differences

        page = out or Path("comparison.html")
        first, *others = runs
        beside = [Beside(run, run_differences(first, run), *_constitutions(first, run)) for run in others]
        write_comparison(first, beside, page, figures=figures)
    if as_json:
        print(json.dumps({"report": str(page), "figures": str(figures) if figures else None}))
        return
    print(page)
    if figures is not None:
        print(f"figures: {figures}")


def _constitutions(before: Path, after: Path) -> tuple[list[str], list[str]]:
    """What differs between the constitutions of two runs, a line each, and the words that differ."""
    from solon.constitution.changes import READ, changes
    from solon.errors import InputError
    from solon.recipe import load_recipe

    try:
        old, new = (load_recipe(run / "recipe.yaml").load_constitution() for run in (before, after))
    except InputError as error:  # a run of another version is still worth comparing
        return [f"the constitutions could not be compared: {error}"], []
    found = changes(old, new)
    reworded = [one.id for one in found.changed if one.read]
    kinds = {"only in the first": found.removed, "added": found.added, "other words": reworded}
    lines = [f"{kind}: {', '.join(names)}" for kind, names in kinds.items() if names]
    lines += [f"renamed: {one} is now {other}" for one, other in found.renamed]
    lines += [f"{one.id}: weight {one.weight[0]:g}, then {one.weight[1]:g}" for one in found.changed if one.weight]
    lines += [f"another {field.field}" for field in found.shared]
    words = [(one.id, field) for one in found.changed for field in one.fields if field.field in READ]
    said = [f"{name}, {field.field}: {field.words}" for name, field in words]
    return lines, [*said, *(f"{field.field}: {field.words}" for field in found.shared)]
