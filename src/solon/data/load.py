"""From any file to records: its rows are read, their format recognised, and what cannot be used is set aside."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from solon.data.formats import Read
from solon.data.lines import Damaged, Row
from solon.data.quarantine import QuarantineWriter, RowCounts, Unanswered, Unusable
from solon.data.recognition import format_of, unknown, with_readers
from solon.data.tables import read_table
from solon.errors import InputError
from solon.records import Record

T = TypeVar("T")
Accept = Callable[[Record, str], T]
"""(record, FILE-STEM:LINE of its row) -> what a reader wants of it. Raises Unusable where it wants none of it."""

ReadRow = Callable[[dict[str, Any], str], Sequence[T]]
"""(row, FILE-STEM:LINE) -> all that it gives. Raises Unusable."""


class Loaded(NamedTuple):
    """A record and the line of its row."""

    line: int
    record: Record


def load(
    path: Path, quarantine: QuarantineWriter, *, format: str | None = None, limit: int | None = None
) -> Iterator[Loaded]:
    """All records of a file, a folder of `datasets` or `hf:NAME`, as they are read.

    Rows that cannot be used, or not even read, go to `quarantine`, which has the counts of the file when all is read,
    or as far as it was read: `counts[path]`, where a row is used that gave a record or stands in the record of
    another, and `kinds[path]`, the number of records of each kind.

    Args:
        format: the name of the format of all rows; else each row's is recognised, so that a file may mix several.
        limit: stop after this many used rows.

    Raises:
        InputError: the file cannot be read at all, or is damaged where nothing after it can be read; no such format.
    """
    for line, record in _used(path, quarantine, with_readers(path, format, strict=False), limit):
        yield Loaded(line, record)


def read_as(
    path: Path, accept: Accept[T], quarantine: QuarantineWriter, *, limit: int | None = None, hint: str = ""
) -> list[T]:
    """What `accept` makes of the records of a file. A row is used where it accepts one of its records at least.

    Args:
        limit: stop after this many used rows.
        hint: which forms are wanted, told of a row of none that is known.

    Raises:
        InputError: the file cannot be read, or a line of it; no row is usable, with the first reason.
    """
    found = _used(path, quarantine, _accepting(with_readers(path, None, strict=True, hint=hint), accept), limit)
    values = [value for _, value in found]
    _refuse_useless(path, quarantine, limit)
    return values


def load_as(path: Path, accept: Accept[T], quarantine: QuarantineWriter, *, format: str | None = None) -> Iterator[T]:
    """What `accept` makes of the records of a file, as they are read; otherwise as `load`."""
    rows = _accepting(with_readers(path, format, strict=False), accept)
    return (value for _, value in _used(path, quarantine, rows, None))


def read_rows(
    path: Path, convert: Callable[[dict[str, Any], str], T], quarantine: QuarantineWriter, *, limit: int | None = None
) -> list[T]:
    """The usable rows of a table in a form of the caller's own; the rest goes to quarantine.

    Args:
        convert: takes a row and a name for it (FILE-STEM:LINE); raises Unusable with the reason.
        limit: stop after this many usable rows.

    Raises:
        InputError: as `read_as`.
    """

    def read(row: dict[str, Any], name: str) -> Sequence[T]:
        return (convert(row, name),)

    rows = ((row, read) for row in read_table(path, strict=True))
    values = [value for _, value in _used(path, quarantine, rows, limit)]
    _refuse_useless(path, quarantine, limit)
    return values


def _refuse_useless(path: Path, quarantine: QuarantineWriter, limit: int | None) -> None:
    """Raise InputError where a file gave no usable row, though one was asked for."""
    counts = quarantine.counts[path]
    if not counts.used and (limit is None or limit > 0):
        reason = quarantine.first_reason[path]
        raise InputError.at(path, None, f"none of its {counts.rows_in} rows can be used; {reason}")


def first_of(row: dict[str, Any], name: str, accept: Accept[T]) -> T:
    """What `accept` makes of the first record of a row that it wants; raises Unusable where it wants none."""
    found = format_of(row)
    if found is None:
        raise unknown(row)
    values = _accepting_one(found.read, accept)(row, name)
    if not values:
        raise Unusable("the row gives no record of its own")
    return values[0]


def stem(path: Path) -> str:
    """What rows of a file are named by: its name without endings; of `hf:NAME` the name."""
    name = path.name
    for ending in (".gz", ".zst", ".zstd"):
        name = name.removesuffix(ending)
    return name.rsplit(".", maxsplit=1)[0] if "." in name[1:] else name


def as_object(value: Any) -> dict[str, Any]:
    """A row as an object that can be written: a bare text is `{"value": text}`; else raises Unusable."""
    if isinstance(value, Damaged):
        raise Unusable(value.reason)
    if isinstance(value, str):
        value = {"value": value}
    if not isinstance(value, dict):
        raise Unusable(f"the row is a JSON {type(value).__name__}, not an object")
    try:
        json.dumps(value, ensure_ascii=False, default=str).encode("utf-8")
    except UnicodeEncodeError:
        raise Unusable("the text holds half of a surrogate pair, which is no character") from None
    except (ValueError, TypeError, RecursionError) as error:
        raise Unusable(f"the row is no JSON: {error}") from None
    return value


def _used(
    path: Path, quarantine: QuarantineWriter, rows: Iterable[tuple[Row, ReadRow[T]]], limit: int | None
) -> Iterator[tuple[int, T]]:
    """(line, value) of all that the rows give; counts them, and sets aside those that give nothing."""
    rows_in = used = 0
    kinds: Counter[str] = Counter()
    name = stem(path)
    try:
        for row, read in rows:
            if limit is not None and used >= limit:
                break
            rows_in += 1
            try:
                values = read(as_object(row.value), f"{name}:{row.line}")
            except Unusable as reason:
                quarantine.put(path, row.line, str(reason), _shown(row.value))
                continue
            used += 1
            kinds.update(type(value).__name__ for value in values)
            for value in values:
                yield row.line, value
    finally:
        quarantine.counts[path] = RowCounts(rows_in, used, rows_in - used)
        quarantine.kinds[path] = dict(kinds)
        quarantine.close()


def _accepting(rows: Iterable[tuple[Row, Read]], accept: Accept[T]) -> Iterator[tuple[Row, ReadRow[T]]]:
    for row, read in rows:
        yield row, _accepting_one(read, accept)


def _accepting_one(read: Read, accept: Accept[T]) -> ReadRow[T]:
    def read_accepted(row: dict[str, Any], name: str) -> Sequence[T]:
        accepted: list[T] = []
        refused: Unusable | None = None
        try:
            records = read(row, name)
        except Unanswered as reason:
            records, refused = (reason.prompt,), reason
        for record in records:
            try:
                accepted.append(accept(record, name))
            except Unusable as reason:
                refused = refused or reason
        if refused and not accepted:
            raise refused
        return accepted

    return read_accepted


def _shown(value: Any) -> Any:
    return value.text if isinstance(value, Damaged) else value
