"""Files in which every row is one message of a tree: what follows for the others where some rows go."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from solon.data.doctor.rows import raw_rows
from solon.data.formats.oasst import OASST

_MESSAGES = OASST[0]


class Threads:
    """Which messages of a file stand above which. Ids and lines are in memory, no text.

    Args:
        path: rows that are no single messages are passed over; of a file without any this is empty, and false.
        format: of all rows, if one was named.

    Raises:
        InputError: the file cannot be read.
    """

    def __init__(self, path: Path, *, format: str | None) -> None:
        self._path = path
        self._ids: dict[int, str] = {}
        self._parents: dict[str, str] = {}
        self._lines: dict[str, list[int]] = {}
        self._replies: dict[str, list[str]] = {}
        if format not in (None, _MESSAGES.name):
            return
        for line, row in raw_rows(path):
            if isinstance(row, dict) and _MESSAGES.recognises(row) and isinstance(row["message_id"], str):
                self._add(line, row["message_id"], row["parent_id"])

    def _add(self, line: int, name: str, parent: object) -> None:
        self._ids[line] = name
        self._lines.setdefault(name, []).append(line)
        if isinstance(parent, str):
            self._parents[name] = parent
            self._replies.setdefault(parent, []).append(name)

    def __bool__(self) -> bool:
        return bool(self._ids)

    def following(self, dropped: Collection[int], told: Collection[int]) -> dict[int, str]:
        """Line -> why its row goes too: one above it goes, or it stands in threads alone of which all go.

        Args:
            dropped: lines of rows that go for a reason of their own.
            told: lines of rows that gave a record. One without a record is told in the threads of its replies.
        """
        gone = {name for name, lines in self._lines.items() if all(line in dropped for line in lines)}
        found: dict[int, str] = {}
        for line, name in self._ids.items():
            above = next((one for one in self._above(name) if one in gone), None)
            if line not in dropped and above is not None:
                found[line] = f"{self._path}:{self._lines[above][0]} above it goes"
        for line, name in self._ids.items():
            if line not in dropped and line not in found and line not in told:
                replies = self._replies.get(name, ())
                if all(reply in gone for reply in replies):
                    found[line] = "every reply to it goes"
        return found

    def _above(self, name: str) -> Iterator[str]:
        """The messages above one, the nearest first."""
        passed = {name}
        while (parent := self._parents.get(name)) is not None and parent not in passed:
            passed.add(parent)
            yield parent
            name = parent
