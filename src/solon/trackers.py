"""The curves of finished stages, sent where a team keeps its curves: TensorBoard and Weights & Biases, both extras."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from solon.errors import InputError
from solon.records import Metric
from solon.store.lineage import read_manifest
from solon.store.records import read_rows, write_json

Tracker = Callable[[str, Path, Mapping[str, Metric]], None]
"""Is given a stage's name, its folder, and its metrics."""


def open_trackers(names: Sequence[str], run: Path, settings: Mapping[str, object]) -> dict[str, Tracker]:
    """The trackers that a recipe asks for, by name.

    Raises:
        InputError: one is not installed; the message says how to install it.
    """
    makers = {"tensorboard": _tensorboard, "wandb": _wandb}
    found = {}
    for name in names:
        try:
            found[name] = makers[name](run, settings)
        except ImportError:
            raise InputError(f"trackers: {name} is not installed; pip install 'solon[{name}]'") from None
    return found


def track(trackers: Mapping[str, Tracker], run: Path, stage: str, folder: Path, metrics: Mapping[str, Metric]) -> None:
    """Send a stage to every tracker that has not had it: a run that goes on, or is done, sends no point twice.

    `RUN/tracked.json` holds what each tracker has had: {TRACKER: {STAGE: the key it was made under}}.
    """
    manifest, record = read_manifest(folder), run / "tracked.json"
    if manifest is None:  # it never began
        return
    sent = json.loads(record.read_text(encoding="utf-8")) if record.is_file() else {}
    for name, tracker in trackers.items():
        if sent.get(name, {}).get(stage) != manifest.key:
            tracker(stage, folder, metrics)
            sent.setdefault(name, {})[stage] = manifest.key
            write_json(record, sent)


def curve_points(stage: str, folder: Path) -> Iterator[tuple[int, dict[str, float]]]:
    """Per training step, its figures under STAGE/NAME."""
    path = folder / "metrics.jsonl"
    if not path.is_file() or not path.stat().st_size:
        return
    for number, row in read_rows(path):
        numbers = {
            f"{stage}/{name}": float(value)
            for name, value in row.items()
            if name != "step" and isinstance(value, int | float) and math.isfinite(value)
        }
        yield int(row.get("step", number - 1)), numbers


def _tensorboard(run: Path, settings: Mapping[str, object]) -> Tracker:
    from torch.utils.tensorboard import SummaryWriter

    def track(stage: str, folder: Path, metrics: Mapping[str, Metric]) -> None:
        with SummaryWriter(str(run / "tensorboard" / stage)) as writer:
            for step, numbers in curve_points(stage, folder):
                for name, value in numbers.items():
                    writer.add_scalar(name, value, step)
            for name, metric in metrics.items():
                if metric.value is not None:
                    writer.add_scalar(f"{stage}/evaluation/{name}", metric.value, 0)

    return track


def _wandb(run: Path, settings: Mapping[str, object]) -> Tracker:
    import wandb

    session = wandb.init(
        project="solon", name=run.name, dir=str(run), config=dict(settings), resume="allow", id=run.name
    )

    def track(stage: str, folder: Path, metrics: Mapping[str, Metric]) -> None:
        for step, numbers in curve_points(stage, folder):
            session.log({f"{stage}/step": step, **numbers})
        session.log({f"{stage}/evaluation/{name}": one.value for name, one in metrics.items() if one.value is not None})

    return track
