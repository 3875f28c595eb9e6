"""What the report reads from a run directory. Files that a stage does not have are simply not reported.

Of a stage folder: `metrics.jsonl` (one row a training step), `rollouts.jsonl` (what reinforcement learning trained on),
`revisions.jsonl` (Revision records), and, in the folder itself, `evaluation/` or `admission/`: `samples.jsonl`
({prompt, response, check}) and `reliability.jsonl` (rows with low, high, count, confidence, accuracy).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from solon.errors import InputError
from solon.records import Check, Metric, Prompt, Record, Revision
from solon.report.principles import Missed, PrincipleDid, read_ablations, what_principles_did
from solon.store.lineage import Manifest
from solon.store.records import read_records, read_rows
from solon.store.run_folder import RunFolder

Series = tuple[list[float], list[float]]
"""Steps and values of one curve."""


class SampledResponse(Record):
    """A row of `samples.jsonl`: an evaluation prompt, what a stage answered, and what the checker says of it."""

    prompt: Prompt
    response: str
    check: Check | None = None


class Bin(Record):
    """A row of `reliability.jsonl`: answers of one range of confidence."""

    low: float
    high: float
    count: int
    confidence: float | None = None
    accuracy: float | None = None


class Round(Record):
    """One round of critique and revision over all prompts."""

    number: int
    count: int
    words: float
    """Mean words of the answer after this round, split at spaces."""
    changed: float
    """Share of answers that this round changed."""


class Rollout(BaseModel):
    """A row of `rollouts.jsonl`, as far as the report shows it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    step: int
    prompt_id: str
    response: str
    rewards: Mapping[str, float]
    kl: float
    true_score: float | None = None


@dataclass(frozen=True)
class StageView:
    """What one stage left behind."""

    name: str
    folder: str
    manifest: Manifest
    seconds: float
    proven: bool
    metrics: Mapping[str, Metric]
    failed_gates: tuple[str, ...] = ()
    """Its own and those of the stages that it descends from."""
    curves: Mapping[str, Series] = field(default_factory=dict)
    first_samples: Mapping[str, SampledResponse] = field(default_factory=dict)
    """Kind -> the sample whose prompt id is first in order."""
    bins: tuple[Bin, ...] = ()
    rounds: tuple[Round, ...] = ()
    revised: tuple[Revision, ...] = ()
    """All rounds of the prompt whose id is first in order."""
    best_rollouts: tuple[Rollout, ...] = ()
    """Of the first, the middle and the last step, the response with the highest sum of rewards."""

    @property
    def is_policy(self) -> bool:
        """Whether the stage's behaviour was measured."""
        return "well_formed" in self.metrics or "harmful" in self.metrics or "helpful" in self.metrics

    @property
    def is_ppo(self) -> bool:
        """Whether the stage trained by reinforcement learning: its curves hold a KL."""
        return "kl" in self.curves


@dataclass(frozen=True)
class Refused:
    """A stage that never began, because the gate before it failed."""

    name: str
    failures: tuple[str, ...]
    metrics: Mapping[str, Metric]


@dataclass(frozen=True)
class RunView:
    """What a run left behind, its stages in order."""

    name: str
    recipe: str
    stages: tuple[StageView, ...]
    refused: tuple[Refused, ...] = ()
    principles: tuple[PrincipleDid, ...] = ()
    missed: Missed = field(default_factory=dict)


def read_run(path: Path) -> RunView:
    """Read a run directory.

    Raises:
        InputError: there is no run, or a row of a file cannot be read (the message names file and line).
        StorageError: `metrics.json` or a manifest is damaged.
    """
    run = RunFolder.existing(path)
    told = run.metrics().stages
    stages = []
    for stage in run.stages():
        figures = told.get(stage.name)
        rounds, revised = _revisions(stage.path / "revisions.jsonl")
        stages.append(
            StageView(
                name=stage.name,
                folder=stage.path.name,
                manifest=stage.manifest,
                seconds=figures.seconds if figures else stage.manifest.seconds,
                proven=stage.manifest.proven and (figures.proven if figures else True),
                metrics=figures.metrics if figures else {},
                failed_gates=tuple(
                    dict.fromkeys((*stage.manifest.failed_gates, *(figures.failures if figures else ())))
                ),
                curves=_curves(stage.path),
                first_samples=_first_samples(stage.path),
                bins=tuple(
                    bin_ for file in _files(stage.path, "reliability.jsonl") for bin_ in read_records(file, Bin)
                ),
                rounds=rounds,
                revised=revised,
                best_rollouts=_best_rollouts(stage.path / "rollouts.jsonl"),
            )
        )
    recipe = (path / "recipe.yaml").read_text(encoding="utf-8")
    finished = {stage.name for stage in stages}
    refused = tuple(
        Refused(name, one.failures, one.metrics) for name, one in told.items() if one.failures and name not in finished
    )
    return RunView(
        name=path.resolve().name,
        recipe=recipe,
        stages=tuple(stages),
        refused=refused,
        principles=tuple(what_principles_did(path)) if stages else (),
        missed=read_ablations(path),
    )


def _files(folder: Path, name: str) -> list[Path]:
    """The file in the stage folder, or in those of its evaluation and its admission test."""
    places = (folder / name, folder / "evaluation" / name, folder / "admission" / name)
    return [place for place in places if place.is_file() and place.stat().st_size][:1]


def _curves(folder: Path) -> dict[str, Series]:
    curves: dict[str, Series] = {}
    for file in _files(folder, "metrics.jsonl"):
        for number, row in read_rows(file):
            step = float(row.get("step", number - 1))
            for key, value in _numbers(row):
                steps, values = curves.setdefault(key, ([], []))
                steps.append(step)
                values.append(value)
    return curves


def _numbers(row: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for key, value in row.items():
        if key != "step" and isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            yield key, float(value)


def _first_samples(folder: Path) -> dict[str, SampledResponse]:
    """Rows are compared as JSON and only the chosen ones validated: an evaluation holds tens of thousands."""
    chosen: dict[str, tuple[Path, int, dict[str, Any]]] = {}
    for file in _files(folder, "samples.jsonl"):
        for number, row in read_rows(file):
            with _told_with_its_line(file, number):
                kind = row["prompt"].get("labels", {}).get("kind", "prompt")
                if kind not in chosen or row["prompt"]["id"] < chosen[kind][2]["prompt"]["id"]:
                    chosen[kind] = (file, number, row)
    found: dict[str, SampledResponse] = {}
    for kind, (file, number, row) in chosen.items():
        with _told_with_its_line(file, number):
            found[kind] = SampledResponse.model_validate(row)
    return found


def _best_rollouts(file: Path) -> tuple[Rollout, ...]:
    """As above: a long run has hundreds of thousands of rows."""
    best: dict[int, tuple[float, int, dict[str, Any]]] = {}
    if file.is_file() and file.stat().st_size:
        for number, row in read_rows(file):
            with _told_with_its_line(file, number):
                total = math.fsum(row["rewards"].values())
                if row["step"] not in best or total > best[row["step"]][0]:
                    best[row["step"]] = (total, number, row)
    steps = sorted(best)
    found = []
    for step in dict.fromkeys(steps[place] for place in (0, len(steps) // 2, -1)) if steps else ():
        with _told_with_its_line(file, best[step][1]):
            found.append(Rollout.model_validate(best[step][2]))
    return tuple(found)


@contextmanager
def _told_with_its_line(file: Path, number: int) -> Iterator[None]:
    try:
        yield
    except (KeyError, TypeError, AttributeError, ValidationError) as error:
        told = str(error).splitlines()[0]
        raise InputError.at(file, number, f"not a row that the report can show ({told}); run the stage again") from None


def _revisions(file: Path) -> tuple[tuple[Round, ...], tuple[Revision, ...]]:
    if not file.is_file() or not file.stat().st_size:
        return (), ()
    words: dict[int, list[int]] = defaultdict(list)
    changed: dict[int, int] = defaultdict(int)
    first: dict[int, Revision] = {}
    for revision in read_records(file, Revision):
        words[revision.round].append(len(revision.text.split()))
        changed[revision.round] += revision.changed
        shown = next(iter(first.values())).prompt.id if first else None
        if shown is None or revision.prompt.id < shown:
            first = {revision.round: revision}
        elif revision.prompt.id == shown:
            first.setdefault(revision.round, revision)
    rounds = tuple(
        Round(number=n, count=len(words[n]), words=sum(words[n]) / len(words[n]), changed=changed[n] / len(words[n]))
        for n in sorted(words)
    )
    return rounds, tuple(first[n] for n in sorted(first))
