"""Rows of some files that stand inside longer rows of others: test questions in training documents."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from solon.data.doctor.passages import Passage, Passages
from solon.data.doctor.rows import Place, rows_of
from solon.data.doctor.texts import question, whole
from solon.data.quarantine import QuarantineWriter


class Contained(NamedTuple):
    """A row that stands inside another."""

    holder: Place
    held: Place
    passage: Passage


class SoughtRows:
    """Rows that are looked for inside others: what they ask, or all they say where they ask nothing.

    Their words are in memory, 24 bytes a word; the rows in which they are looked for pass by one at a time.

    Args:
        files: whose rows. Rows without text are left out.
        format: of all files; recognised where it is None.

    Raises:
        InputError: a file cannot be read; also while others are searched.
    """

    def __init__(self, files: Sequence[Path], *, format: str | None) -> None:
        self._files = files
        self._file_numbers, self._lines = array("I"), array("L")
        self._format = format
        self._passages = Passages(self._texts())
        self._found: set[int] = set()

    def inside(self, files: Sequence[Path]) -> Iterator[Contained]:
        """Each of them that stands inside a row of these files; of one row the ones it holds best come first."""
        for file in files:
            for row in rows_of(file, QuarantineWriter(None), format=self._format):
                found = self._passages.inside(whole(row.records))
                for passage in sorted(found, key=lambda one: (-one.exact, -one.share)):
                    self._found.add(passage.number)
                    held = Place(self._files[self._file_numbers[passage.number]], self._lines[passage.number])
                    yield Contained(row.place, held, passage)

    @property
    def num_skipped(self) -> int:
        """Stretches of rows made from one template that were not compared."""
        return self._passages.num_skipped

    def counts(self) -> PassageCounts:
        """What became of them so far."""
        return PassageCounts(len(self._passages), self._passages.num_too_short, len(self._found))

    def _texts(self) -> Iterator[str]:
        for number, file in enumerate(self._files):
            for row in rows_of(file, QuarantineWriter(None), format=self._format):
                text = question(row.records)
                text = text if text.strip() else whole(row.records)
                if text.strip():
                    self._file_numbers.append(number)
                    self._lines.append(row.line)
                    yield text


class PassageCounts(NamedTuple):
    """Rows that are looked for inside longer ones."""

    rows: int = 0
    too_short: int = 0
    """Of too few words to be looked for."""
    found: int = 0
