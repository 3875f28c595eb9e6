"""Every response that RL trained on, one JSON line each, in a file that a resumed run continues exactly."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from solon.errors import StorageError
from solon.models.saving import disk_errors
from solon.records import Record


class RolloutRecord(Record):
    """One response, its scores, and the step whose weights sampled it."""

    step: int
    """Also the version of the policy: it was updated after every earlier step that was no value warm-up."""
    prompt_id: str
    draw: int
    response: str
    rewards: Mapping[str, float]
    """Each named reward before its weight."""
    kl: float
    """log policy - log reference of the response, in nats: KL(policy || reference) in expectation."""
    tokens: int
    """End token included."""
    truncated: bool
    true_score: float | None = None
    """From a checker that knows the truth, where one was given; nothing trains on it."""


class RolloutLog:
    """Appends records; whatever stands behind `size` when it writes was left by a killed run and is cut off."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        """Bytes that belong to the run so far; kept in checkpoints."""

    def append(self, records: Sequence[RolloutRecord]) -> None:
        """Write the records of one step; they are on the disk when it returns.

        Raises:
            StorageError: the disk is full, or the file is shorter than the checkpoint says.
        """
        with disk_errors(self.path), self.path.open("a+b") as file:
            found = file.seek(0, os.SEEK_END)
            if found < self.size:
                raise StorageError(
                    f"{self.path}: holds {found} bytes, and the checkpoint to resume from knows of {self.size}. "
                    "Restore the file, or remove the stage's folder to train it anew."
                )
            file.truncate(self.size)
            file.write("".join(record.model_dump_json() + "\n" for record in records).encode())
            file.flush()
            os.fsync(file.fileno())
            self.size = file.tell()
