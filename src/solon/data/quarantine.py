"""Rows that cannot be used: set aside with the reason, and counted."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self, TextIO, TypeVar

from solon.data.lines import read_jsonl
from solon.errors import InputError

T = TypeVar("T")


class Unusable(Exception):
    """Raised by the converter of a row, with the reason."""


class RowCounts(NamedTuple):
    """What became of the rows of a file; rows_in = used + quarantined."""

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
        self.first_reason: dict[Path, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Flush and close the file; a later row opens it again and goes on at its end."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def put(self, file: Path, line: int, reason: str, row: Any) -> None:
        """Set one row aside."""
        self.first_reason.setdefault(file, f"line {line}: {reason}")
        if self._path is None:
            return
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            # Rows of an earlier program are replaced, rows of this one kept.
            self._file = self._path.open("a" if self._begun else "w", encoding="utf-8", newline="\n")
            self._begun = True
        # ASCII escapes: a row is often here because its text cannot be encoded.
        self._file.write(json.dumps({"file": str(file), "line": line, "reason": reason, "row": row}) + "\n")


def read_rows(
    path: Path,
    convert: Callable[[dict[str, Any], str], T],
    quarantine: QuarantineWriter,
    *,
    limit: int | None = None,
) -> list[T]:
    """The usable rows of a JSONL file, converted; the rest goes to quarantine.

    Args:
        convert: takes a row and a name for it (`FILE-STEM:LINE`); raises Unusable with the reason.
        limit: stop after this many usable rows.

    Raises:
        InputError: as `read_jsonl`; or no row is usable, with the first reason.
    """
    used: list[T] = []
    rows_in = 0
    for line, value in read_jsonl(path):
        if limit is not None and len(used) >= limit:
            break
        rows_in += 1
        try:
            used.append(convert(_checked(value), f"{_stem(path)}:{line}"))
        except Unusable as reason:
            quarantine.put(path, line, str(reason), value)
    quarantine.counts[path] = RowCounts(rows_in, len(used), rows_in - len(used))
    quarantine.close()
    if not used and (limit is None or limit > 0):
        raise InputError.at(path, None, f"none of its {rows_in} rows can be used; {quarantine.first_reason[path]}")
    return used


def _checked(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Unusable(f"the row is a JSON {type(value).__name__}, not an object")
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise Unusable("the text holds half of a surrogate pair, which is no character") from None
    return value


def _stem(path: Path) -> str:
    return path.name.removesuffix(".gz").rsplit(".", maxsplit=1)[0]
