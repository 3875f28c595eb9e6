"""What can go wrong, and what it means.

SolonError              every error a user may meet: one clear line, exit status 1
|- InputError           a file, row, recipe or constitution that cannot be used: names file, line, remedy
|- ModelError           a model folder that cannot be loaded or used
|- EngineError          a server that cannot be reached or does not answer; what it answered so far is kept
|- BudgetError          the tokens or the money of a budget are spent; what they bought is kept
|- GateError            a model failed its held-out test, so nothing may train on it
|- TrainingError        training cannot go on: a loss that is not finite, no trained tokens
`- StorageError         the disk is full, a run directory is damaged or in use
"""

from __future__ import annotations

from pathlib import Path


class SolonError(Exception):
    """Base of all errors that `solon` reports as `error: ...` with exit status 1."""


class InputError(SolonError):
    """Input that cannot be used. The message begins with `FILE:LINE:` where they are known."""

    @classmethod
    def at(cls, path: Path | str, line: int | None, problem: str) -> InputError:
        """An error that points at a place in a file (lines count from 1)."""
        place = f"{path}:{line}" if line is not None else str(path)
        return cls(f"{place}: {problem}")


class ModelError(SolonError):
    """A model folder or name that cannot be loaded, or is not fit for the asked use."""


class EngineError(SolonError):
    """A server gave no answer, though it was asked again and again; the message says what it said last."""


class BudgetError(SolonError):
    """A budget is spent. Every answer that was paid for is in the ledger, so a larger budget goes on from there."""


class GateError(SolonError):
    """A held-out test failed; the message holds the numbers and what can be done."""


class TrainingError(SolonError):
    """Training cannot go on; the message holds the step and the ids of the rows concerned."""


class StorageError(SolonError):
    """A run directory or the cache cannot be written or read."""
