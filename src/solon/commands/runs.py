"""Commands on whole runs: run, init, status, doctor."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from solon.commands.shared import Assignments, Json, progress

app = typer.Typer()

RunDirectory = Annotated[Path, typer.Argument(metavar="RUN", help="a run directory")]


@app.command("run")
def run_recipe(
    recipe: Annotated[str, typer.Argument(help="a recipe file, or the name of a shipped one")] = "quickstart",
    to: Annotated[Path | None, typer.Option("--to", help="the run directory; runs/NAME unless given")] = None,
    assignments: Assignments = None,
    ablate: Annotated[
        list[str] | None,
        typer.Option("--ablate", help="leave this principle or tag out of the constitution; may be repeated"),
    ] = None,
    until: Annotated[str | None, typer.Option("--until", help="the last stage to run")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="tell what would be done, and do nothing")] = False,
    as_json: Json = False,
) -> None:
    """Run a recipe from nothing to an aligned model. The same command goes on where it stopped."""
    from solon.launch import bytes_needed, launch, plan_run, run_directory
    from solon.recipe import load_recipe

    left_out = [f"ablate={json.dumps(ablate)}"] if ablate else []
    loaded = load_recipe(recipe, [*(assignments or ()), *left_out])
    if dry_run:
        planned = plan_run(loaded, to)
        if as_json:
            stages = [{"stage": step.name, "inputs": step.inputs, "state": step.state} for step in planned]
            print(json.dumps({"run": str(run_directory(loaded, to)), "stages": stages, "bytes": bytes_needed(loaded)}))
            return
        for step in planned:
            print(f"{step.folder.name:22} {step.state:15} from {', '.join(step.inputs) or 'the source'}")
        print(f"writes up to {bytes_needed(loaded) / 1e9:.2f} GB into {run_directory(loaded, to)}")
        return
    with progress() as shown:
        result = launch(loaded, to=to, until=until, progress=shown)
    if as_json:
        print(json.dumps({"run": str(result.path), **result.metrics.model_dump()}, allow_nan=False))
    else:
        print(f"report: {result.path / 'report.html'}\nfigures: {result.path / 'metrics.json'}")


@app.command()
def init(
    file: Annotated[Path, typer.Argument(help="the recipe to write")] = Path("recipe.yaml"),
    recipe: Annotated[str, typer.Option("--from", help="the recipe whose values it gets")] = "quickstart",
) -> None:
    """Write a recipe with every key, its meaning and its value, to edit and run."""
    from solon.errors import InputError
    from solon.recipe import load_recipe
    from solon.recipe_text import recipe_text
    from solon.store.records import write_text

    if file.exists():
        raise InputError(f"{file} exists already; name another file")
    write_text(file, recipe_text(load_recipe(recipe)))
    print(f"{file}: edit it, then: solon run {file}")


@app.command()
def status(run: RunDirectory, as_json: Json = False) -> None:
    """What a run has finished, how long it took, and its main figures."""
    from solon.headline import headline
    from solon.store.run_folder import RunFolder

    folder = RunFolder.existing(run)
    told = folder.metrics().stages
    rows: list[dict[str, Any]] = []
    for stage in folder.stages():
        figures = told.get(stage.name)
        rows.append(
            {
                "stage": stage.name,
                "folder": str(stage.path),
                "seconds": figures.seconds if figures else stage.manifest.seconds,
                "proven": stage.manifest.proven,
                "failed_gates": stage.manifest.failed_gates,
                "figures": headline(figures.metrics) if figures else "",
            }
        )
    under_way = sorted(path.name.removeprefix(".partial-") for path in run.glob(".partial-*") if path.is_dir())
    if as_json:
        print(json.dumps({"run": str(run), "stages": rows, "under_way": under_way}))
        return
    for row in rows:
        mark = "" if row["proven"] else "  UNPROVEN"
        print(f"{Path(row['folder']).name:22} {row['seconds']:8.1f} s  {row['figures']}{mark}")
    for name in under_way:
        print(f"{name:22} under way, or stopped: solon run goes on with it")


@app.command()
def doctor(as_json: Json = False) -> None:
    """What this machine can run, and what is missing."""
    from solon.machine import examine

    found = examine()
    if as_json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:18} {value}")
