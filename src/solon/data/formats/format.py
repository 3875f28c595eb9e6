"""What a format is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from solon.records import Record

Read = Callable[[dict[str, Any], str], Sequence[Record]]
"""(row, FILE-STEM:LINE) -> its records; none where the row is told in the record of another. Raises Unusable."""


LONG_FIELDS = "other fields of more than 60 characters; shorter ones label it"
"""What is left aside of a row that is a demonstration: see `fields.short_labels`."""


class Format(NamedTuple):
    """A form that published sets have. The texts make the table of the documentation."""

    name: str
    known_by: str
    gives: str
    left_aside: str
    """What a row may hold that no record keeps."""
    recognises: Callable[[dict[str, Any]], bool]
    read: Read
    prepare: Callable[[Iterable[dict[str, Any]]], Read] | None = None
    """Of a format whose rows only make sense together: takes all rows first and gives what then reads each."""


def has(*fields: str) -> Callable[[dict[str, Any]], bool]:
    """Recognises rows with all of these fields."""
    needed = frozenset(fields)
    return lambda row: row.keys() >= needed
