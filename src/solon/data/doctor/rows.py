"""The rows of a file as records, with the line on which each begins."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple, cast

from solon.data.doctor.texts import AnyRecord
from solon.data.lines import Damaged
from solon.data.load import load
from solon.data.quarantine import QuarantineWriter
from solon.data.tables import read_table


class Place(NamedTuple):
    """Where a row stands."""

    file: Path
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class Row(NamedTuple):
    """One row of a file and what was read from it: several records where several people judged it."""

    file: Path
    line: int
    records: tuple[AnyRecord, ...]

    @property
    def place(self) -> Place:
        """Where it stands."""
        return Place(self.file, self.line)


def rows_of(path: Path, quarantine: QuarantineWriter, *, format: str | None = None) -> Iterator[Row]:
    """The usable rows of a file, one at a time; the rest goes to quarantine, and the file's counts with it.

    Raises:
        InputError: the file cannot be read.
    """
    for line, of_line in groupby(load(path, quarantine, format=format), key=lambda one: one.line):
        yield Row(path, line, tuple(cast(AnyRecord, one.record) for one in of_line))


def raw_rows(path: Path) -> Iterator[tuple[int, Any]]:
    """(line, JSON value) of every row of a file as it stands there; of a damaged row its text.

    Raises:
        InputError: the file cannot be read.
    """
    for line, value in read_table(path):
        yield line, value.text if isinstance(value, Damaged) else value
