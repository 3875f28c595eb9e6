"""`solon eval`: a model on a recipe's held-out prompts, on suites of public sets, or two results compared."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from solon.commands.shared import (
    A_CONSTITUTION,
    Assignments,
    EngineSettings,
    Json,
    finish,
    open_engine,
    progress,
)

if TYPE_CHECKING:
    from solon.progress import Progress
    from solon.records import Metric


def evaluate(
    engine: Annotated[
        str | None, typer.Option("--engine", help="hf:PATH_OR_NAME, run:RUN@STAGE or openai:MODEL@BASE_URL")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="where the result goes: a file, with --suite or --task a folder")
    ] = None,
    recipe: Annotated[str, typer.Option("--recipe", help="whose held-out prompts and checker test it")] = "quickstart",
    assignments: Assignments = None,
    engine_settings: EngineSettings = None,
    suites: Annotated[
        list[str] | None, typer.Option("--suite", help="a suite of tasks (see --list); may be repeated")
    ] = None,
    tasks: Annotated[list[str] | None, typer.Option("--task", help="one task (see --list); may be repeated")] = None,
    file: Annotated[Path | None, typer.Option("--file", help="your file in place of those of the one --task")] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="so many cases of each task")] = None,
    judge: Annotated[str | None, typer.Option("--judge", help="who judges harm: hf:..., run:... or openai:...")] = None,
    constitution: Annotated[
        str, typer.Option("--constitution", help=f"for self-correction: {A_CONSTITUTION}")
    ] = "helpful-honest-harmless",
    max_new_tokens: Annotated[
        int | None, typer.Option("--max-new-tokens", min=1, help="longest answer, in place of each task's own")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="of the tasks; a recipe has its own")] = 0,
    listed: Annotated[bool, typer.Option("--list", help="tell all tasks and suites, and the sets without one")] = False,
    against: Annotated[
        tuple[Path, Path] | None,
        typer.Option("--against", metavar="DIR1 DIR2", help="tell what DIR2 changed against DIR1, case by case"),
    ] = None,
    as_json: Json = False,
) -> None:
    """Test a model: on a recipe's held-out prompts (answers in OUT), or with --suite or --task on public sets (in the
    folder OUT). Rates with 95 % intervals are told."""
    from solon.commands import suite, suite_told

    if listed:
        suite_told.tell_catalogue(as_json)
        return
    if against is not None:
        suite_told.tell_changes(*against, seed, as_json)
        return
    if engine is None or out is None:
        raise typer.BadParameter(f"Missing option '{'--engine' if engine is None else '--out'}'.")
    if not (suites or tasks):
        if any(given is not None for given in (file, limit, judge, max_new_tokens)):
            raise typer.BadParameter("--file, --limit, --judge and --max-new-tokens belong to --suite or --task")
        with progress() as shown:
            metrics = evaluate_on_recipe(engine, out, recipe, assignments, engine_settings, shown)
        from solon.headline import headline

        result = {"out": str(out), "metrics": {name: metric.model_dump() for name, metric in metrics.items()}}
        finish(result, as_json, f"{headline(metrics) or 'this source has no checker, so no rates'}\nanswers -> {out}")
        return
    wanted = suite.Wanted(
        engine=engine, suites=tuple(suites or ()), tasks=tuple(tasks or ()), file=file, limit=limit, judge=judge,
        constitution=constitution, max_new_tokens=max_new_tokens, seed=seed,
    )  # fmt: skip

    def on_recipe(answers: Path, shown: Progress) -> dict[str, Metric]:
        return evaluate_on_recipe(engine, answers, recipe, assignments, engine_settings, shown)

    suite.evaluate_suites(wanted, out, engine_settings, on_recipe, as_json)


def evaluate_on_recipe(
    engine: str,
    out: Path,
    recipe: str,
    assignments: list[str] | None,
    engine_settings: list[str] | None,
    shown: Progress,
) -> dict[str, Metric]:
    """The model's answers to a recipe's held-out prompts, in OUT, and the rates that the recipe's checker finds."""
    from solon.evaluation.rates import rates
    from solon.pipeline import open_source
    from solon.recipe import load_recipe
    from solon.seeds import derive
    from solon.stages.testing import answer_and_check
    from solon.store.records import write_records

    loaded = load_recipe(recipe, assignments or ())
    source, settings = open_source(loaded), loaded.evaluation
    samples = answer_and_check(
        source,
        source.evaluation_prompts(settings.prompts),
        open_engine(engine, engine_settings, out),
        name=engine,
        seed=derive(loaded.seed, "evaluation"),
        max_new_tokens=settings.max_new_tokens,
        progress=shown,
    )
    write_records(out, samples)
    checked: list[Any] = [(sample.prompt, sample.check) for sample in samples if sample.check is not None]
    return rates(checked) if checked else {}
