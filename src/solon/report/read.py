"""What the report reads from a run directory. Files that a stage does not have are simply not reported.

Of a stage folder: `metrics.jsonl` (one row a training step), `rollouts.jsonl` (what reinforcement learning trained on),
`revisions.jsonl` (Revision records), `mixture.json` (asked and realised shares), and, in the folder itself,
`evaluation/` or `admission/`: `samples.jsonl` ({prompt, response, check}) and `reliability.jsonl` (rows with low, high,
count, confidence, accuracy). Of the run: `metrics.json`, `rows.json`, `ledger/STAGE.parquet`, `ablations.json`.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from solon.records import Check, Metric, Prompt, Record, Revision
from solon.report.principles import Missed, PrincipleDid, read_ablations, what_principles_did
from solon.report.rows import files_of, told_with_its_line
from solon.report.transcripts import Chosen, choose_transcripts
from solon.report.work import Calls, FileRows, MixtureRead, read_calls, read_file_rows, read_mixture, trained_tokens
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
    bins: tuple[Bin, ...] = ()
    rounds: tuple[Round, ...] = ()
    revised: tuple[Revision, ...] = ()
    """All rounds of the prompt whose id is first in order."""
    best_rollouts: tuple[Rollout, ...] = ()
    """Of the first, the middle and the last step, the response with the highest sum of rewards."""

    mixture: MixtureRead | None = None
    calls: Calls | None = None
    """Of engines; None where it made none."""

    @property
    def trained_tokens(self) -> int | None:
        """Tokens that it learned from, where its steps logged them."""
        return trained_tokens(self.curves)

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
    chosen: Chosen = field(default_factory=Chosen)
    files: tuple[FileRows, ...] = ()


def read_run(path: Path) -> RunView:
    """Read a run directory.

    Raises:
        InputError: there is no run, or a row of a file cannot be read (the message names file and line).
        StorageError: `metrics.json` or a manifest is damaged.
    """
    run = RunFolder.existing(path)
    told = run.metrics().stages
    folders, stages = run.stages(), []
    calls = read_calls(path) if folders else {}
    for stage in folders:
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
                bins=tuple(
                    bin_ for file in files_of(stage.path, "reliability.jsonl") for bin_ in read_records(file, Bin)
                ),
                rounds=rounds,
                revised=revised,
                best_rollouts=_best_rollouts(stage.path / "rollouts.jsonl"),
                mixture=read_mixture(stage.path),
                calls=calls.get(stage.name),
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
        chosen=choose_transcripts([(stage.name, stage.path) for stage in folders]),
        files=read_file_rows(path),
    )


def _curves(folder: Path) -> dict[str, Series]:
    curves: dict[str, Series] = {}
    for file in files_of(folder, "metrics.jsonl"):
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


def _best_rollouts(file: Path) -> tuple[Rollout, ...]:
    """Rows are compared as JSON and only the chosen ones validated: a long run has hundreds of thousands."""
    best: dict[int, tuple[float, int, dict[str, Any]]] = {}
    if file.is_file() and file.stat().st_size:
        for number, row in read_rows(file):
            with told_with_its_line(file, number):
                total = math.fsum(row["rewards"].values())
                if row["step"] not in best or total > best[row["step"]][0]:
                    best[row["step"]] = (total, number, row)
    steps = sorted(best)
    found = []
    for step in dict.fromkeys(steps[place] for place in (0, len(steps) // 2, -1)) if steps else ():
        with told_with_its_line(file, best[step][1]):
            found.append(Rollout.model_validate(best[step][2]))
    return tuple(found)


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
