"""Runs a chain of stages into a run directory: order, skip, resume, gates, metrics, what the terminal is told.

The same command goes on where it stopped. A stage whose key is unchanged is kept, one that the cache holds is linked
in, a partial one resumes, and everything else is made. Nothing here knows what a stage does.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from solon.errors import GateError, InputError
from solon.interfaces import Source
from solon.plan import Rewards, Step, find_folder, key_of, settings_of, steps_of
from solon.progress import Progress, Silent
from solon.recipe import Recipe
from solon.records import Metric
from solon.seeds import derive
from solon.stage import Findings, Stage, StageRun
from solon.store.cache import Cache, cache_root, stage_key
from solon.store.disk import Usage, check_space, disk_usage
from solon.store.folders import commit, hash_artefacts, open_partial
from solon.store.ledger import export_calls, ledger_path
from solon.store.lineage import Manifest, describe_machine, read_manifest, write_manifest
from solon.store.records import write_json
from solon.store.run_folder import STAGE_FOLDER, RunFolder, RunMetrics, StageMetrics, locked


class RunResult(NamedTuple):
    """Where a run's results are, and its figures."""

    path: Path
    metrics: RunMetrics


def run_chain(
    recipe: Recipe,
    *,
    to: Path,
    chain: Sequence[Stage],
    source: Source,
    progress: Progress | None = None,
    rewards: Rewards | None = None,
    until: str | None = None,
    cache: Cache | None = None,
    needed_bytes: int = 0,
    usage: Callable[[Path], Usage] = disk_usage,
    after_stage: Callable[[Step, Findings], None] = lambda step, findings: None,
    compare: Callable[[StageRun], Mapping[str, Mapping[str, Metric]]] | None = None,
) -> RunResult:
    """Run the recipe's stages into the directory `to`, as far as `until` where it is given.

    Raises:
        GateError: a gate failed and the recipe enforces gates; everything made so far is kept.
        StorageError: the disk has no room, or another run works in `to`.
        InputError: the recipe's stages do not fit together.
    """
    steps = steps_of(recipe, to, chain)
    if until is not None and until not in {step.stage.name for step in steps}:
        raise InputError(f"no stage '{until}' in this recipe; it has: {', '.join(recipe.stages)}")
    with locked(to):
        check_space(to, needed_bytes, usage)
        runner = _Runner(
            recipe, RunFolder(to), source, progress or Silent(), rewards or {}, cache or Cache(cache_root())
        )
        recipe.write(to / "recipe.yaml")
        runner.remove_what_the_recipe_left_out(steps)
        for step in steps:
            findings = runner.run(step)
            after_stage(step, findings)
            runner.enforce(step)
            if step.stage.name == until:
                break
        if compare is not None:
            runner.compare(steps, compare)
        return RunResult(to, runner.metrics)


@dataclass
class _Runner:
    """The state of one run: which stages are there, what they hash to, which gates failed."""

    recipe: Recipe
    run_folder: RunFolder
    source: Source
    progress: Progress
    rewards: Rewards
    cache: Cache

    def __post_init__(self) -> None:
        self.machine = describe_machine(self.recipe.threads)
        self.hashes: dict[str, str] = {}
        self.folders: dict[str, Path] = {}
        self.own_failures: dict[str, tuple[str, ...]] = {}
        self.failed_gates: dict[str, tuple[str, ...]] = {}
        self.metrics = RunMetrics(stages={})
        self.test_keys: dict[str, str] = {}
        self.work = str(self.run_folder.path.resolve())

    def run(self, step: Step) -> Findings:
        """Bring one stage and its tests up to date; what they found, with `failed_gates` noted for `enforce`."""
        name = step.stage.name
        key = key_of(step, self.recipe, self.hashes, self.rewards)
        manifest = self._existing(step, key)
        place = step.folder if manifest else open_partial(step.folder, key)[0]
        admission, admission_seconds = self._test(step, step.stage.admit, place, "admission")
        if admission.failures and self.recipe.gates == "enforce":
            self.own_failures[name] = admission.failures
            self._tell(name, StageMetrics(seconds=admission_seconds, metrics=admission.metrics, proven=False,
                                          failures=admission.failures))  # fmt: skip
            return admission
        if manifest is None:
            manifest = self._make(step, key)
        self.hashes[name], self.folders[name] = manifest.hash, step.folder
        evaluation, evaluation_seconds = self._test(step, step.stage.evaluate, step.folder, "evaluation")
        findings = Findings({**admission.metrics, **evaluation.metrics}, admission.failures + evaluation.failures)
        self.own_failures[name] = findings.failures
        inherited = [failure for other in step.inputs for failure in self.failed_gates[other]]
        self.failed_gates[name] = tuple(dict.fromkeys([*inherited, *findings.failures]))
        updated = manifest.model_copy(
            update={"proven": not self.failed_gates[name], "failed_gates": self.failed_gates[name]}
        )
        if updated != read_manifest(step.folder):
            write_manifest(step.folder, updated)
        seconds = round(manifest.seconds + admission_seconds + evaluation_seconds, 3)
        self._tell(name, StageMetrics(seconds=seconds, metrics=findings.metrics, proven=updated.proven,
                                      failures=findings.failures))  # fmt: skip
        export_calls(ledger_path(), self.work, name, self.run_folder.path / "ledger" / f"{name}.parquet")
        return findings

    def _tell(self, name: str, told: StageMetrics) -> None:
        self.metrics = RunMetrics(stages={**self.metrics.stages, name: told})
        self.run_folder.write_metrics(self.metrics)

    def enforce(self, step: Step) -> None:
        """Stop after a stage whose gate failed, or say that what follows is unproven."""
        failures = self.own_failures[step.stage.name]
        if not failures:
            return
        told = "\n".join(f"  - {failure}" for failure in failures)
        if self.recipe.gates == "enforce":
            raise GateError(
                f"stage '{step.stage.name}' failed its gate:\n{told}\n"
                "Change the recipe and run again, or go on with --set gates=record (what follows is marked UNPROVEN)."
            )
        self.progress.say(f"UNPROVEN from {step.stage.name} on:\n{told}")

    def remove_what_the_recipe_left_out(self, steps: Sequence[Step]) -> None:
        """Drop stage folders that the recipe no longer has, and say so; the cache still holds them."""
        wanted = {step.stage.name for step in steps}
        for path in sorted(self.run_folder.path.iterdir()):
            match = STAGE_FOLDER.fullmatch(path.name.removeprefix(".partial-"))
            if match and path.is_dir() and match[2] not in wanted:
                self.progress.say(f"{path.name}: the recipe no longer has this stage; removed from the run")
                shutil.rmtree(path)

    def _existing(self, step: Step, key: str) -> Manifest | None:
        """The stage's manifest where it need not be made: kept, or linked in from the cache."""
        name = step.stage.name
        found = find_folder(step, self.run_folder.path)
        manifest = read_manifest(found) if found else None
        if found and manifest and manifest.key == key:
            if found != step.folder:
                found.rename(step.folder)
            self.progress.say(f"{step.folder.name}: kept")
            return manifest
        if found:
            self.progress.say(f"{step.folder.name}: {self._difference(manifest, step)}; redone")
            shutil.rmtree(found)
        if self.cache.fetch(key, step.folder) and (manifest := read_manifest(step.folder)):
            self.progress.say(f"{step.folder.name}: from the cache")
            return manifest
        if name in self.folders:
            del self.folders[name]
        return None

    def _difference(self, manifest: Manifest | None, step: Step) -> str:
        """Why a stage cannot be kept, in a few words."""
        if manifest is None:
            return "without a manifest"
        if changed := [name for name in step.inputs if manifest.parents.get(name) != self.hashes[name]]:
            return f"{', '.join(changed)} changed"
        if manifest.seed != self.recipe.seed:
            return "the seed changed"
        # As JSON, for the manifest's have been through it.
        settings = json.loads(json.dumps(settings_of(step.stage, self.recipe, self.rewards)))
        if changed := [name for name in settings if manifest.settings.get(name) != settings[name]]:
            return f"{', '.join(changed)} changed"
        return "made by another version of the stage"

    def _make(self, step: Step, key: str) -> Manifest:
        partial, resumed = open_partial(step.folder, key)
        earlier = _read_seconds(partial)
        worked = any(path.name not in {"key", "admission"} for path in partial.iterdir())
        self.progress.say(f"{step.folder.name}: {'resumes' if resumed and worked else 'begins'}")
        began = time.monotonic()
        try:
            step.stage.function(self._stage_run(step, partial))
        finally:
            seconds = earlier + time.monotonic() - began
            write_json(partial / "work" / "seconds.json", round(seconds, 3))
        shutil.rmtree(partial / "work")
        manifest = Manifest(
            name=step.stage.name,
            key=key,
            hash=hash_artefacts(partial),
            parents={name: self.hashes[name] for name in step.inputs},
            settings=settings_of(step.stage, self.recipe, self.rewards),
            seed=self.recipe.seed,
            stage_version=step.stage.version,
            seconds=round(seconds, 3),
            machine=self.machine,
        )
        write_manifest(partial, manifest)
        commit(step.folder)
        self.cache.keep(key, step.folder)
        if not self.recipe.keep_checkpoints:
            shutil.rmtree(step.folder / "checkpoints", ignore_errors=True)
        return manifest

    def _test(
        self, step: Step, test: Callable[[StageRun], Findings] | None, place: Path, kind: str
    ) -> tuple[Findings, float]:
        """What a test found and how long it took; taken from its own folder or the cache where its key is unchanged."""
        if test is None:
            return Findings({}), 0.0
        folder = place / kind
        parents = {name: self.hashes[name] for name in (*step.inputs, step.stage.name) if name in self.hashes}
        settings = dict(step.stage.test_settings(self.recipe))
        key = stage_key(
            f"{step.stage.name}/{kind}",
            parents=parents,
            settings=settings,
            seed=self.recipe.seed,
            stage_version=step.stage.version,
        )
        self.test_keys[f"{step.stage.name}/{kind}"] = key
        if not _has_key(folder, key):
            shutil.rmtree(folder, ignore_errors=True)
            if not self.cache.fetch(key, folder):
                self._run_test(step, test, folder, key)
        told = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
        metrics = {name: Metric.model_validate(metric) for name, metric in told["metrics"].items()}
        return Findings(metrics, tuple(told["failures"])), float(told["seconds"])

    def compare(self, steps: Sequence[Step], compare: Callable[[StageRun], Mapping[str, Mapping[str, Metric]]]) -> None:
        """Add what is measured across stages to their metrics; made again only when a stage or its test changed."""
        folder = self.run_folder.path / "comparison"
        settings = {"compared_prompts": self.recipe.evaluation.compared_prompts}
        key = stage_key("comparison", parents=self.test_keys, settings=settings, seed=self.recipe.seed, stage_version=1)
        if not _has_key(folder, key):
            shutil.rmtree(folder, ignore_errors=True)
            partial, _ = open_partial(folder, key)
            last = self._stage_run(steps[-1]._replace(inputs=tuple(self.folders)), partial)
            found = compare(replace(last, name="comparison", seed=derive(self.recipe.seed, "comparison")))
            told = {stage: {name: one.model_dump() for name, one in of.items()} for stage, of in found.items()}
            write_json(partial / "metrics.json", told)
            write_json(partial / "key.json", key)
            commit(folder)
        stages = dict(self.metrics.stages)
        for stage, told_metrics in json.loads((folder / "metrics.json").read_text(encoding="utf-8")).items():
            added = {name: Metric.model_validate(metric) for name, metric in told_metrics.items()}
            stages[stage] = stages[stage].model_copy(update={"metrics": {**stages[stage].metrics, **added}})
        self.metrics = RunMetrics(stages=stages)
        self.run_folder.write_metrics(self.metrics)

    def _run_test(self, step: Step, test: Callable[[StageRun], Findings], folder: Path, key: str) -> None:
        partial, _ = open_partial(folder, key)
        began = time.monotonic()
        stage_run = self._stage_run(step, partial)
        # Every stage is tested with the same seed, so that differences between stages are paired.
        inputs = {name: self.folders[name] for name in (*step.inputs, step.stage.name) if name in self.folders}
        findings = test(replace(stage_run, inputs=inputs, seed=derive(self.recipe.seed, "evaluation")))
        metrics = {name: metric.model_dump() for name, metric in findings.metrics.items()}
        seconds = round(time.monotonic() - began, 3)
        write_json(
            partial / "metrics.json", {"metrics": metrics, "failures": list(findings.failures), "seconds": seconds}
        )
        write_json(partial / "key.json", key)
        commit(folder)
        self.cache.keep(key, folder)

    def _stage_run(self, step: Step, folder: Path) -> StageRun:
        return StageRun(
            name=step.stage.name,
            recipe=self.recipe,
            source=self.source,
            inputs={name: self.folders[name] for name in step.inputs},
            folder=folder,
            seed=derive(self.recipe.seed, step.stage.name),
            progress=self.progress,
            work=self.work,
            rewards=self.rewards,
        )


def _has_key(folder: Path, key: str) -> bool:
    mark = folder / "key.json"
    return mark.is_file() and bool(json.loads(mark.read_text(encoding="utf-8")) == key)


def _read_seconds(partial: Path) -> float:
    path = partial / "work" / "seconds.json"
    return float(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else 0.0
