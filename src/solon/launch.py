"""A recipe to its results: opens the source, runs the chain, tells what happened, writes the report."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from solon.data import FileSource
from solon.errors import GateError
from solon.headline import headline
from solon.interfaces import Reward, Source
from solon.pipeline import CHAIN, open_source
from solon.plan import PlannedStep, Step, plan
from solon.progress import Progress, Silent
from solon.recipe import Recipe, load_recipe
from solon.report import write_report
from solon.report.read import SampledResponse
from solon.runner import RunResult, run_chain
from solon.stage import Findings
from solon.stages.comparing import compare_policies
from solon.store.records import read_records
from solon.trackers import open_trackers, track


def launch(
    recipe: Recipe | Path | str,
    *,
    to: Path | str | None = None,
    overrides: Sequence[str] = (),
    rewards: Mapping[str, tuple[Reward, float]] | None = None,
    until: str | None = None,
    progress: Progress | None = None,
) -> RunResult:
    """Run a recipe into its directory; see `solon.run`."""
    loaded = recipe if isinstance(recipe, Recipe) else load_recipe(recipe, overrides)
    run = run_directory(loaded, to)
    told = progress or Silent()
    loaded.load_constitution()
    pin_threads(loaded.threads)
    trackers = open_trackers(loaded.trackers, run, loaded.model_dump(mode="json"))

    def after_stage(step: Step, findings: Findings) -> None:
        if line := headline(findings.metrics):
            told.say(f"  {line}")
        for text in before_and_after(step):
            told.say(f"  {text}")
        track(trackers, run, step.stage.name, step.folder, findings.metrics)

    source = open_source(loaded, run)
    try:
        result = run_chain(
            loaded,
            to=run,
            chain=CHAIN,
            source=source,
            progress=told,
            rewards=rewards,
            until=until,
            needed_bytes=bytes_needed(loaded),
            after_stage=after_stage,
            compare=compare_policies,
        )
    except GateError:
        # What was found by then is what the next recipe is chosen by.
        write_report(run, run / "report.html")
        raise
    finally:
        for line in row_lines(source):
            told.say(line)
    write_report(run, run / "report.html")
    return result


def row_lines(source: Source) -> list[str]:
    """What became of the rows of a user's files, a line for each; of no other source is there anything to tell."""
    if not isinstance(source, FileSource):
        return []
    lines = [
        f"{key}: {file}: {count.rows_in} rows in, {count.used} used, {count.quarantined} quarantined"
        for key, files in source.counts.items()
        for file, count in files.items()
    ]
    if source.unread:
        lines.append(f"not read in this run directory: {', '.join(source.unread)}")
    return lines


def plan_run(recipe: Recipe, to: Path | str | None = None) -> list[PlannedStep]:
    """What `launch` would do. Source and constitution are opened, so that what is wrong with them is found."""
    open_source(recipe)
    recipe.load_constitution()
    return plan(recipe, to=run_directory(recipe, to), chain=CHAIN)


def run_directory(recipe: Recipe, to: Path | str | None) -> Path:
    """Where a run goes: `runs/NAME` unless told otherwise, `runs/NAME-without-WHAT` of an ablation."""
    return Path(to) if to is not None else Path("runs") / "-without-".join([recipe.name, *recipe.ablate])


def pin_threads(count: int) -> None:
    """Fix how many threads compute: sums are split by thread, so the count decides the last bits."""
    import torch

    os.environ["OMP_NUM_THREADS"] = str(count)
    torch.set_num_threads(count)


def bytes_needed(recipe: Recipe) -> int:
    """An upper estimate of what a run writes: models, checkpoints with their moments (two at once), records."""
    stages = len(recipe.stages)
    model = _model_bytes(recipe)
    return stages * model + (2 + stages * recipe.keep_checkpoints) * 6 * model + 50_000_000


def before_and_after(step: Step) -> list[str]:
    """One held-out prompt with its answers before and after a stage; nothing where the stage answers no prompts."""
    after = _samples(step.folder)
    shown = next((one for one in after if one.prompt.labels.get("kind") == "harmful"), after[0] if after else None)
    if shown is None:
        return []
    lines = [f"prompt: {shown.prompt.messages[-1].content}"]
    for name in step.inputs:
        folders = list(step.folder.parent.glob(f"*-{name}"))
        earlier = {one.prompt.id: one for one in _samples(folders[0])} if folders else {}
        if shown.prompt.id in earlier:
            lines.append(f"before ({name}): {earlier[shown.prompt.id].response}")
            break
    return [*lines, f"after ({step.stage.name}): {shown.response}"]


def _samples(folder: Path) -> list[SampledResponse]:
    path = folder / "evaluation" / "samples.jsonl"
    return list(read_records(path, SampledResponse)) if path.is_file() else []


def _model_bytes(recipe: Recipe) -> int:
    model, start = recipe.model, recipe.start_model()
    if start is not None:
        return sum(file.stat().st_size for file in Path(start).glob("*.safetensors"))
    return 4 * (model.vocab_size * model.width + model.layers * 13 * model.width**2)
