"""Rows that cannot be used: set aside with the reason, and counted."""

from __future__ import annotations

import json
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self, TextIO

from solon.records import Prompt

MOST_REASONS = 5
"""Reasons that are kept of each file, for messages."""


class Unusable(Exception):
    """Raised by what reads a row, with the reason."""


class Unanswered(Unusable):
    """Raised where the answer of a row is empty: nothing to imitate, yet `prompt` is asked."""

    def __init__(self, prompt: Prompt) -> None:
        super().__init__("the answer is empty, so there is nothing to imitate")
        self.prompt = prompt


class RowCounts(NamedTuple):
    """What became of the rows of a file; rows_in = used + quarantined. A used row may give several records."""

    rows_in: int
    used: int
    quarantined: int


class QuarantineWriter:
    """Writes rows `{file, line, reason, row}` as JSONL, and keeps the counts of every file read.

    The file appears with the first row. `path=None` counts and keeps the reasons without writing a file.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: TextIO | None = None
        self._begun = False
        self.counts: dict[Path, RowCounts] = {}
        self.kinds: dict[Path, dict[str, int]] = {}
        """File -> kind of record -> how many."""
        self.first_lines: dict[Path, dict[str, int]] = {}
        """File -> reason -> the first line set aside for it; of the first few reasons."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def first_reason(self) -> dict[Path, str]:
        """File -> where and why its first row was set aside."""
        return {
            file: f"line {line}: {reason}" for file, first_lines in self.first_lines.items()
            for reason, line in [next(iter(first_lines.items()))]
        }  # fmt: skip

    def close(self) -> None:
        """Flush and close the file; a later row opens it again and goes on at its end."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def put(self, file: Path, line: int, reason: str, row: Any) -> None:
        """Set one row aside."""
        first_lines = self.first_lines.setdefault(file, {})
        if len(first_lines) < MOST_REASONS:
            first_lines.setdefault(reason, line)
        if self._path is None:
            return
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            # Rows of an earlier program are replaced, rows of this one kept.
            self._file = self._path.open("a" if self._begun else "w", encoding="utf-8", newline="\n")
            self._begun = True
        # ASCII escapes: a row is often here because its text cannot be encoded.
        told = {"file": str(file), "line": line, "reason": reason}
        try:
            text = json.dumps({**told, "row": row}, default=str)
        except (ValueError, TypeError, RecursionError):  # nested too deep to be written, or with keys that are no text
            text = json.dumps({**told, "row": None})
        self._file.write(text + "\n")
