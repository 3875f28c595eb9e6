"""What the doctor has to tell: findings by file, with the first places."""

from __future__ import annotations

from pathlib import Path
from typing import Any

FIRST_PLACES = 5
"""Places named of each finding; the count holds all."""


class Finding:
    """One kind of thing that is wrong in one file."""

    def __init__(self, kind: str, file: Path) -> None:
        self.kind, self.file = kind, file
        self.num_rows = 0
        self.first: list[str] = []

    def add(self, place: str, num_rows: int = 1) -> None:
        """Count one row, or several of which only the first place is known."""
        self.num_rows += num_rows
        if len(self.first) < FIRST_PLACES:
            self.first.append(place)

    def told(self) -> dict[str, Any]:
        """As JSON: `{kind, file, rows, first}`."""
        return {"kind": self.kind, "file": str(self.file), "rows": self.num_rows, "first": self.first}


class Findings:
    """All findings, in the order in which each kind was met first."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, Path], Finding] = {}

    def add(self, kind: str, file: Path, place: str, num_rows: int = 1) -> None:
        """Count rows of a kind; `place` says where the first is, and what."""
        self._found.setdefault((kind, file), Finding(kind, file)).add(place, num_rows)

    def all(self) -> list[Finding]:
        """One for each kind and file."""
        return list(self._found.values())
