"""The layout of a run directory.

RUN/recipe.yaml                  as resolved
RUN/metrics.json                 {"stages": {STAGE: {"seconds": s, "metrics": {NAME: METRIC}, "proven": true,
                                 "failures": []}}}
RUN/report.html
RUN/tracked.json                 which stages the recipe's trackers have had (trackers.py)
RUN/rows.json                    what became of the rows of the recipe's files (data/tally.py)
RUN/quarantine.jsonl             the rows among them that cannot be used
RUN/7-sl_cai/manifest.json       where it came from (store/lineage.py)
RUN/7-sl_cai/model/              a policy or a reward model, as a Hugging Face folder
RUN/7-sl_cai/metrics.jsonl       one JSON object a training step
RUN/7-sl_cai/NAME.jsonl          records
RUN/7-sl_cai/evaluation/         metrics.json and the records of the stage's evaluation
RUN/8-ai_feedback/admission/     metrics.json and the records of the gate that was passed before the stage began
"""

from __future__ import annotations

import fcntl
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from solon.errors import InputError, StorageError
from solon.records import Metric
from solon.store.lineage import Manifest, read_manifest
from solon.store.records import write_text

STAGE_FOLDER = re.compile(r"(\d+)-([a-z_]+)")


class StageMetrics(BaseModel):
    """What `metrics.json` says of one stage."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    seconds: float
    metrics: Mapping[str, Metric]
    proven: bool = True
    """Whether its gates and those of all that it descends from passed."""
    failures: tuple[str, ...] = ()
    """Its own gates that failed. Where admission failed and stopped the run, the stage has figures and no folder."""


class RunMetrics(BaseModel):
    """`metrics.json`: the figures that scripts read."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    stages: Mapping[str, StageMetrics]


class StageFolder(BaseModel):
    """A finished stage of a run."""

    model_config = ConfigDict(frozen=True)

    name: str
    path: Path
    manifest: Manifest


class RunFolder:
    """Reads and finds what a run directory holds."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def existing(cls, path: Path) -> RunFolder:
        """The run at `path`.

        Raises:
            InputError: there is no run.
        """
        if not (path / "recipe.yaml").is_file():
            raise InputError(f"{path}: no run there (it has no recipe.yaml); begin one with: solon run --to {path}")
        return cls(path)

    def stages(self) -> list[StageFolder]:
        """The finished stages in the order of their numbers."""
        found: list[tuple[int, StageFolder]] = []
        for path in self.path.iterdir() if self.path.is_dir() else ():
            match = STAGE_FOLDER.fullmatch(path.name)
            manifest = read_manifest(path) if match else None
            if match and manifest:
                found.append((int(match[1]), StageFolder(name=match[2], path=path, manifest=manifest)))
        return [stage for _, stage in sorted(found, key=lambda pair: pair[0])]

    def stage(self, name: str) -> StageFolder:
        """One finished stage.

        Raises:
            InputError: the run has no such stage; the message lists those it has.
        """
        stages = {stage.name: stage for stage in self.stages()}
        if name not in stages:
            raise InputError(f"{self.path}: no finished stage '{name}'; it has: {', '.join(stages) or 'none yet'}")
        return stages[name]

    def model(self, name: str) -> Path:
        """The model folder of a stage.

        Raises:
            InputError: no such stage, or it makes records and no model.
        """
        folder = self.stage(name).path / "model"
        if not folder.is_dir():
            raise InputError(f"{self.path}: stage '{name}' holds records, not a model")
        return folder

    def metrics(self) -> RunMetrics:
        """What `metrics.json` holds; no stages where it is not written yet."""
        path = self.path / "metrics.json"
        if not path.is_file():
            return RunMetrics(stages={})
        try:
            return RunMetrics.model_validate_json(path.read_text(encoding="utf-8"))
        except (ValidationError, UnicodeDecodeError):
            raise StorageError(f"{path}: damaged; remove it and run again") from None

    def write_metrics(self, metrics: RunMetrics) -> None:
        """Write `metrics.json`; a metric over nothing keeps its nulls."""
        write_text(self.path / "metrics.json", json.dumps(metrics.model_dump(), indent=2, allow_nan=False) + "\n")


def split_run_stage(text: str) -> tuple[Path, str]:
    """`RUN@STAGE` as its run directory and its stage.

    Raises:
        InputError: there is no stage in it.
    """
    run, at, stage = text.rpartition("@")
    if not at or not run or not stage:
        raise InputError(f"'{text}' is not RUN@STAGE; for example runs/quickstart@rl_cai")
    return Path(run), stage


@contextmanager
def locked(run: Path) -> Iterator[None]:
    """Hold a run directory for one process; the lock ends with the process, however it ends.

    Raises:
        StorageError: another process works there.
    """
    run.mkdir(parents=True, exist_ok=True)
    with (run / ".lock").open("w", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StorageError(f"{run}: another `solon run` works there; wait for it, or choose another --to") from None
        yield
