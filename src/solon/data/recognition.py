"""Which format a row is in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from solon.data.formats import FORMATS, Format, Read
from solon.data.lines import Row
from solon.data.quarantine import Unusable
from solon.data.tables import read_table
from solon.errors import InputError
from solon.records import Record

_LOOKED_AT = 20
"""Rows that a file's format is recognised by."""


def recognise(path: Path) -> Format | None:
    """The format of most of a file's first rows; None where none is known. Rows of another are read in their own.

    Raises:
        InputError: the file cannot be read.
    """
    rows = (_keyed(row.value) for row in islice(read_table(path), _LOOKED_AT))
    votes = Counter(found.name for row in rows if (found := format_of(row)) is not None)
    best = votes.most_common(1)
    return named_format(best[0][0]) if best else None


def format_of(row: dict[str, Any]) -> Format | None:
    """The first format that recognises a row."""
    return next((one for one in FORMATS if one.recognises(row)), None)


def named_format(name: str) -> Format:
    """The format of this name.

    Raises:
        InputError: there is none; the known ones are named.
    """
    for one in FORMATS:
        if one.name == name:
            return one
    raise InputError(f"there is no format {name!r}; known are {', '.join(one.name for one in FORMATS)}")


def with_readers(path: Path, format: str | None, *, strict: bool, hint: str = "") -> Iterator[tuple[Row, Read]]:
    """Every row with what reads it.

    Args:
        format: the name of the format of all rows; else each row's is recognised.
        strict: a line that cannot be read raises InputError, else it is a `Damaged` row.
        hint: which forms are wanted, told of a row of none that is known.
    """
    named = named_format(format) if format else None
    readers: dict[str, Read] = {}

    def reader(found: Format) -> Read:
        if found.name not in readers:
            whole = found.prepare
            readers[found.name] = found.read if whole is None else whole(_keyed(row.value) for row in read_table(path))
        return readers[found.name]

    def read_none(row: dict[str, Any], name: str) -> Sequence[Record]:
        raise unknown(row, hint)

    for row in read_table(path, strict=strict):
        found = named or format_of(_keyed(row.value))
        yield row, reader(found) if found else read_none


def unknown(row: dict[str, Any], hint: str = "") -> Unusable:
    """Why a row of no known form cannot be used."""
    fields = ", ".join(f"`{field}`" for field in list(row)[:8])
    return Unusable(f"a row of no known form: it has {f'the fields {fields}' if fields else 'no fields'}{hint}")


def _keyed(value: Any) -> dict[str, Any]:
    return {"value": value} if isinstance(value, str) else value if isinstance(value, dict) else {}
