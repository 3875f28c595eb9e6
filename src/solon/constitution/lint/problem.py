"""What lint finds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, Protocol

Severity = Literal["error", "warning"]
Kind = Literal[
    "unreadable", "missing-request", "duplicate", "near-duplicate", "vague", "no-behaviour", "several-demands",
    "no-examples", "no-unchanged-example", "stale-example", "weight", "tag", "contradiction",
]  # fmt: skip


class Problem(NamedTuple):
    """One thing that is wrong, or looks wrong."""

    line: int | None
    """Where in the file; None where the constitution comes from no single file."""
    principle: str | None
    """The id, where it is about one principle."""
    kind: Kind
    severity: Severity
    message: str


class Lines(Protocol):
    """Where the parts of a constitution stand."""

    def line(self, where: Sequence[str | int]) -> int | None:
        """The line of a part given by keys and indices, as `("principles", 3, "text")`."""
        ...


class NoLines:
    """The lines of a constitution that is in no file."""

    def line(self, where: Sequence[str | int]) -> None:
        """Nothing is known."""
