"""One study: which recipe, seeds and prompts, where its runs are, and what its parts hand back."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from benchmarks.proof.claims import Verdict

import solon
from solon.progress import Progress
from solon.recipe import Recipe, load_recipe
from solon.records import Metric
from solon.store.lineage import describe_machine
from solon.store.records import write_json


class Section(NamedTuple):
    """What a part found."""

    body: str
    """Markdown below the part's title."""
    verdicts: Sequence[Verdict]


@dataclass(frozen=True)
class Study:
    """What all parts share."""

    recipe: str
    """The recipe of the main table; the others of this project have the same chain before them."""
    seeds: tuple[int, ...]
    prompts: int
    """Held-out prompts of each kind."""
    folder: Path
    """Runs, measurements and finished sections."""
    figures: Path
    """Where figures for the documents go."""
    progress: Progress
    overrides: tuple[str, ...] = ()
    """`KEY=VALUE` assignments for every run."""
    finished: set[Path] = field(default_factory=set)
    """Runs that this process has brought to their end: several parts read the same ones."""

    def run(
        self,
        name: str,
        *,
        seed: int,
        recipe: str | None = None,
        overrides: Sequence[str] = (),
        until: str | None = None,
    ) -> Path:
        """Run a recipe into a folder of the study, as far as it is not there yet; gates are recorded, not enforced."""
        to = self.folder / "runs" / f"{name}-seed-{seed}"
        if to in self.finished:
            return to
        self.progress.say(f"== {to}")
        # What makes a variant a variant comes last: a `--set` for every run must not undo it.
        given = [f"seed={seed}", f"evaluation.prompts={self.prompts}", "gates=record", *self.overrides, *overrides]
        solon.run(recipe or self.recipe, to=to, overrides=given, until=until, progress=self.progress)
        self.finished.add(to)
        return to

    def main_run(self, seed: int) -> Path:
        """The run of the main table: what it tests of judge and critic is as large as its tests of policies."""
        return self.run("main", seed=seed, overrides=[f"evaluation.probes={self.prompts}"])

    def base_recipe(self) -> Recipe:
        """The study's recipe as loaded."""
        return load_recipe(self.recipe, self.overrides)

    def measured(
        self, name: str, depends_on: Mapping[str, str | int], make: Callable[[], Mapping[str, Metric]]
    ) -> dict[str, Metric]:
        """Metrics kept in a file of the study; made anew when something that they depend on changes."""
        path = self.folder / "measured" / f"{name}.json"
        if path.is_file():
            told = json.loads(path.read_text(encoding="utf-8"))
            if told["depends_on"] == dict(depends_on):
                self.progress.say(f"{path}: kept")
                return {key: Metric.model_validate(metric) for key, metric in told["metrics"].items()}
        metrics = dict(make())
        told_metrics = {key: metric.model_dump() for key, metric in metrics.items()}
        write_json(path, {"depends_on": dict(depends_on), "metrics": told_metrics})
        return metrics


def provenance(command: str, seeds: Sequence[int], prompts: int, threads: int) -> str:
    """With which command, on which machine and from which commit a section was made."""
    machine = describe_machine(threads)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    commit = "no git commit" if machine.commit is None else f"commit {machine.commit[:12]}"
    changed = ", with uncommitted changes" if machine.dirty else ""
    asked = f"seeds {', '.join(map(str, seeds))}; {prompts} held-out prompts of each kind, fewer where the world ends"
    where = f"{cores} cores (threads: {threads}), {machine.platform}, Python {machine.python}, torch {machine.torch}"
    return f"Made by `{command}` ({asked}) on {where}, {commit}{changed}."
