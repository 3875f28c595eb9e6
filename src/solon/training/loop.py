"""The one training loop: steps, metrics, checkpoints, exact resume."""

from __future__ import annotations

import json
import math
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from solon.models.saving import disk_errors
from solon.training.checkpoints import load_newest, save_checkpoint


class TrainingStage(Protocol):
    """What the loop drives. Step `i` depends on the state after step `i - 1` and on `i` alone."""

    num_steps: int

    def step(self, index: int) -> Mapping[str, float]:
        """Do optimiser step `index` (from 0) and tell its metrics. No wall-clock figures: resumed runs must agree."""
        ...

    def state_dict(self) -> dict[str, Any]:
        """Everything later steps depend on: nested dicts and lists of tensors, numbers, strings, None."""
        ...

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take back what `state_dict` gave."""
        ...


def train(
    stage: TrainingStage,
    *,
    folder: Path,
    checkpoint_every: int,
    keep: int = 1,
    lowest: str | None = None,
    log: Callable[[int, Mapping[str, float]], None] | None = None,
) -> None:
    """Run the stage to its end, from its newest whole checkpoint where there is one.

    Killed at any time and called again, it ends with the same weights and the same `metrics.jsonl`, bit for bit (same
    machine and thread count): checkpoints appear whole or not at all, and metrics after the checkpoint are cut off
    before going on.

    Args:
        stage: what to train.
        folder: gets `checkpoints/STEP` and `metrics.jsonl` (one object a step, with `step` counted from 0).
        checkpoint_every: steps between checkpoints; one more is written at the end.
        keep: how many of the newest checkpoints stay.
        lowest: a metric that some steps tell (a held-out loss); the stage ends with the state of the step where it was
            lowest, which stays in `checkpoints/best`. None: with the last one.
        log: is told every step's metrics.

    Raises:
        TrainingError: a loss or gradient is not finite, or a checkpoint belongs to another model.
        StorageError: the disk is full or may not be written.
    """
    checkpoints, metrics_file = folder / "checkpoints", folder / "metrics.jsonl"
    best = checkpoints / "best"
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    begin = 0
    if (found := load_newest(checkpoints)) is not None:
        begin, state = found
        stage.load_state_dict(state)
    with disk_errors(metrics_file):
        _cut_metrics(metrics_file, begin)
    for index in range(begin, stage.num_steps):
        metrics = dict(stage.step(index))
        done = index + 1
        if lowest in metrics:
            # Before the checkpoint: a run that is resumed from it finds the best of all steps up to it.
            _keep_if_lowest(best, done, stage, metrics[lowest])
        is_checkpoint = done % checkpoint_every == 0 or done == stage.num_steps
        # Metrics first: a checkpoint promises that its metrics are on the disk.
        _append(metrics_file, _metrics_line(index, metrics), to_disk=is_checkpoint)
        if is_checkpoint:
            save_checkpoint(checkpoints, done, stage.state_dict(), keep=keep)
        if log is not None:
            log(index, metrics)
    if lowest is not None and (found := load_newest(best)) is not None:
        stage.load_state_dict(found[1]["stage"])


def _keep_if_lowest(folder: Path, done: int, stage: TrainingStage, value: float) -> None:
    """Keep the state after `done` steps unless an earlier step has told a value as low."""
    found = load_newest(folder)
    if found is not None and found[0] >= done:  # from before a kill; its step comes again
        shutil.rmtree(folder)
        found = None
    if found is not None and found[1]["value"] <= value:
        return
    save_checkpoint(folder, done, {"value": value, "stage": stage.state_dict()}, keep=1)


def _append(file: Path, line: str, *, to_disk: bool) -> None:
    with disk_errors(file), file.open("a", encoding="utf-8") as lines:
        lines.write(line)
        if to_disk:
            lines.flush()
            os.fsync(lines.fileno())


def _metrics_line(index: int, metrics: Mapping[str, float]) -> str:
    values = {name: value if math.isfinite(value) else None for name, value in metrics.items()}
    return json.dumps({"step": index, **values}) + "\n"


def _cut_metrics(file: Path, num_steps: int) -> None:
    """Keep the lines of the first `num_steps` steps; a half-written last line goes too."""
    if not file.exists():
        return
    kept = [
        line
        for line in file.read_text(encoding="utf-8").splitlines(keepends=True)[:num_steps]
        if line.endswith("\n") and json.loads(line)["step"] < num_steps
    ]
    draft = file.with_name(f".{file.name}.draft")
    with draft.open("w", encoding="utf-8") as lines:
        lines.writelines(kept)
        lines.flush()
        os.fsync(lines.fileno())
    draft.replace(file)
