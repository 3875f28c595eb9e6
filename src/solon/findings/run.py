"""Runs experiments over seeds and holds their shapes against what was measured.

Folder: `chains/` (the chain of each seed and its variants), `results/NAME/seed-N.json` (what was measured, under a key
over everything that decides it: finished work is not done again), `figures/NAME.svg` and `.png`, `findings.json`,
`index.html`, `failures/` (what went wrong, call by call).
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import json
import re
import shutil
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from solon.evaluation.intervals import clustered_mean, mean_over_seeds
from solon.findings.finding import Experiment, Finding, Outcome
from solon.findings.lab import CHAIN, LAB_VERSION, Lab
from solon.findings.schedule import Ended, Job, run_jobs
from solon.launch import pin_threads
from solon.progress import Progress, Silent
from solon.recipe import load_recipe
from solon.records import Metric
from solon.sections import STAGES
from solon.store.records import write_json, write_text
from solon.store.run_folder import RunFolder


class Found(NamedTuple):
    """What one experiment found over its seeds."""

    experiment: Experiment[Any]
    seeds: tuple[int, ...]
    """Those that it was measured with."""
    measured: Mapping[str, Metric]
    outcomes: tuple[Outcome, ...]
    seconds: float
    """Of a processor, all seeds together, without the chain."""
    failures: tuple[str, ...] = ()
    """What went wrong, by seed."""

    @property
    def reproduced(self) -> bool:
        """Every part of the shape holds, and no seed is missing."""
        return bool(self.outcomes) and not self.failures and all(outcome.holds for outcome in self.outcomes)


def run_experiments(
    experiments: Sequence[Experiment[Any]],
    *,
    seeds: Sequence[int],
    to: Path,
    overrides: Sequence[str] = (),
    processes: int = 2,
    progress: Progress | None = None,
) -> list[Found]:
    """Measure every experiment with every seed, as far as it is not done yet, and judge its shape.

    Args:
        overrides: `KEY=VALUE` for the recipe of every chain.
        processes: experiments at once, a thread each.

    Raises:
        InputError: an override does not fit.
    """
    told = progress or Silent()
    load_recipe("quickstart", overrides)
    jobs, kept = [], 0
    for seed in seeds:
        place = _Place(to, seed, tuple(overrides))
        missing = [one for one in experiments if _read(one, place) is None]
        kept += len(experiments) - len(missing)
        last = max((STAGES.index(one.finding.needs) for one in missing if one.finding.needs), default=None)
        if last is not None:
            jobs.append(Job(f"chain, seed {seed}", _make_chain, (place, STAGES[last])))
        jobs += [_job(one, place, None if last is None else STAGES[last]) for one in missing]
    # the chains first: everything else waits for them
    jobs.sort(key=lambda job: job.call is not _make_chain)
    told.start("experiments", len(jobs))
    if kept:
        told.say(f"{kept} results are there already")
    failures: dict[str, list[str]] = {}
    for done, ended in enumerate(run_jobs(jobs, processes), start=1):
        line = f"{ended.job.name}: " + (_keep_trace(ended, to) if ended.error else f"{ended.result:.0f} s")
        told.say(line)
        if ended.error:
            failures.setdefault(ended.job.name.partition(", seed ")[0], []).append(line)
        told.advance(done, {})
    return [_judge(one, [_Place(to, seed, tuple(overrides)) for seed in seeds], failures) for one in experiments]


def _keep_trace(ended: Ended, to: Path) -> str:
    """What went wrong in a line, with the file that holds all of it."""
    if not ended.trace:
        return ended.error
    file = to / "failures" / (re.sub(r"[^\w.=]+", "-", ended.job.name) + ".txt")
    write_text(file, ended.trace)
    return f"{ended.error} (all of it: {file})"


class _Place(NamedTuple):
    """Where one seed's work is."""

    to: Path
    seed: int
    overrides: tuple[str, ...]

    @property
    def chains(self) -> Path:
        """The chain and its variants: of other overrides they are others."""
        told = hashlib.sha256(repr(self.overrides).encode()).hexdigest()[:8]
        return self.to / "chains" / (f"seed-{self.seed}" + (f"-{told}" if self.overrides else ""))

    def is_made(self, stage: str) -> bool:
        """Whether the chain is whole as far as this stage or farther, and nothing of it will change any more."""
        return any((self.chains / f"{name}.done").is_file() for name in STAGES[STAGES.index(stage) :])

    def result(self, experiment: Experiment[Any]) -> Path:
        """The file of what was measured."""
        return self.to / "results" / _folder_name(experiment) / f"seed-{self.seed}.json"


def _job(experiment: Experiment[Any], place: _Place, last: str | None) -> Job:
    needs = experiment.finding.needs
    chain = RunFolder(place.chains / "chain")

    def ready() -> bool:
        # what compares the chain's policies with each other is measured at its end
        return needs is None or place.is_made(last or needs) or (
            needs != last and needs in chain.metrics().stages
        )  # fmt: skip

    # the key is that of the code as it is when the job is made, not when it ends
    return Job(f"{experiment.name}, seed {place.seed}", _measure, (experiment, place, _key(experiment, place)), ready)


def _make_chain(place: _Place, until: str) -> float:
    """The chain of a seed; its mark tells that nothing of it will change any more."""
    began, mark = time.monotonic(), place.chains / f"{until}.done"
    if not place.is_made(until):
        pin_threads(1)
        # while it is verified again, `metrics.json` would lack stages that it had
        (place.chains / "chain" / "metrics.json").unlink(missing_ok=True)
        Lab(place.seed, place.chains, place.chains / "work", place.overrides).chain(until)
        mark.touch()
    return time.monotonic() - began


def _measure(experiment: Experiment[Any], place: _Place, key: str) -> float:
    pin_threads(1)
    began = time.process_time()
    work = place.to / "work" / f"{_folder_name(experiment)}-seed-{place.seed}"
    lab = Lab(place.seed, place.chains, work, place.overrides)
    measured = experiment.finding.measure(lab, experiment.settings)
    seconds = time.process_time() - began
    metrics = {name: metric.model_dump() for name, metric in measured.items()}
    write_json(place.result(experiment), {"key": key, "seconds": round(seconds, 1), "metrics": metrics})
    shutil.rmtree(work, ignore_errors=True)
    return seconds


def _key(experiment: Experiment[Any], place: _Place) -> str:
    """Of everything that decides a result: the code of the experiment, the lab's version, all settings, the seed."""
    finding = experiment.finding
    code = _code(finding)
    recipe = load_recipe("quickstart", [f"seed={place.seed}", *CHAIN, *place.overrides])
    settings = experiment.settings.model_dump(mode="json")
    told = [finding.name, settings, recipe.model_dump(mode="json"), code, LAB_VERSION]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _code(finding: Finding[Any]) -> list[str]:
    """What measures: the file of an experiment, and those of this room that it takes from; the lab's has a version."""
    module = inspect.getmodule(finding.measure)
    told = {} if module is None else {module.__name__: module}
    for value in vars(module).values() if module else ():
        source = inspect.getmodule(value)
        if source and source.__name__.startswith("solon.findings.") and source.__name__ not in _NOT_MEASURING:
            told[source.__name__] = source
    return [measuring_code(inspect.getsource(told[name])) for name in sorted(told)]


def measuring_code(source: str) -> str:
    """Code without what judges, draws and tells: a shape, a figure, a text may change and nothing is measured again.

    Left out are comments, and functions and values whose names say so: `shape`, `figure`, `..._shape`, `..._figure`,
    and what is written in capitals and made by `Finding(...)`.
    """
    tree = ast.parse(source)
    tree.body = [one for one in tree.body if not _judges(one)]
    return ast.unparse(tree)


def _judges(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.FunctionDef):
        return statement.name.rpartition("_")[2] in ("shape", "figure")
    value = statement.value if isinstance(statement, ast.Assign) else None
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "Finding"


_NOT_MEASURING = frozenset(f"solon.findings.{name}" for name in ("lab", "finding", "plots", "shapes"))


def _read(experiment: Experiment[Any], place: _Place) -> dict[str, Any] | None:
    file = place.result(experiment)
    if not file.is_file():
        return None
    told: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return told if told["key"] == _key(experiment, place) else None


def _judge(experiment: Experiment[Any], places: Sequence[_Place], failures: Mapping[str, Sequence[str]]) -> Found:
    results = {place.seed: told for place in places if (told := _read(experiment, place))}
    failed = tuple(failures.get(experiment.name, ()))
    failed += tuple(failures.get("chain", ())) if experiment.finding.needs and len(results) < len(places) else ()
    measured, outcomes = dict[str, Metric](), tuple[Outcome, ...]()
    if results:
        measured = over_seeds([told["metrics"] for told in results.values()])
        outcomes = tuple(experiment.finding.shape(measured, experiment.settings))
    seconds = sum(told["seconds"] for told in results.values())
    return Found(experiment, tuple(results), measured, outcomes, seconds, failed)


def over_seeds(results: Sequence[Mapping[str, Any]]) -> dict[str, Metric]:
    """The mean over seeds of every metric that all of them have, with both kinds of chance in its interval.

    What has no interval within a seed gets that of the seeds alone, where there are several.
    """
    names = [name for name in results[0] if all(name in other for other in results)]
    return {name: _mean([Metric.model_validate(result[name]) for result in results]) for name in names}


def _mean(metrics: Sequence[Metric]) -> Metric:
    told = mean_over_seeds(metrics, bounds=None)
    values = [metric.value for metric in metrics if metric.value is not None]
    if told.low is not None or len(values) < 2:
        return told
    across = clustered_mean(values, [str(place) for place in range(len(values))], told.instrument)
    return told.model_copy(update={"low": across.low, "high": across.high})


def _folder_name(experiment: Experiment[Any]) -> str:
    if not experiment.label:
        return experiment.finding.name
    return f"{experiment.finding.name}-{hashlib.sha256(experiment.label.encode()).hexdigest()[:8]}"
