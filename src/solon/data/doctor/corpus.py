"""The texts of several files under one numbering, read again whenever they are needed instead of kept."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from solon.data.doctor.fingerprints import Fingerprints
from solon.data.doctor.rows import Place, Row, rows_of
from solon.data.doctor.texts import AnyRecord
from solon.data.quarantine import QuarantineWriter

TextOf = Callable[[Sequence[AnyRecord]], str]
"""What of a row is compared: `texts.whole` or `texts.question`."""


class Corpus:
    """Fingerprints of the rows of files and where each stands. Rows without text have no number."""

    def __init__(self, text_of: TextOf, *, format: str | None = None) -> None:
        self.prints = Fingerprints()
        self.num_characters = 0
        """Of all texts."""
        self._text_of = text_of
        self._format = format
        self._files: list[Path] = []
        self._file_numbers = array("I")
        self._lines = array("L")

    def read(self, file: Path) -> None:
        """Take every row of a file; rows that cannot be used are passed over."""
        for row in rows_of(file, QuarantineWriter(None), format=self._format):
            self.add(row)

    def add(self, row: Row) -> None:
        """Take one row. Files must come one after the other."""
        text = self._text_of(row.records)
        if not text.strip():
            return
        if not self._files or self._files[-1] != row.file:
            self._files.append(row.file)
        self._file_numbers.append(len(self._files) - 1)
        self._lines.append(row.line)
        self.prints.add(text)
        self.num_characters += len(text)

    def file(self, number: int) -> Path:
        """The file of a text."""
        return self._files[self._file_numbers[number]]

    def line(self, number: int) -> int:
        """The line of a text."""
        return self._lines[number]

    def place(self, number: int) -> Place:
        """Where a text stands."""
        return Place(self.file(number), self.line(number))

    def texts(self) -> Iterator[str]:
        """All texts once more, from the files."""
        for file in self._files:
            for row in rows_of(file, QuarantineWriter(None), format=self._format):
                text = self._text_of(row.records)
                if text.strip():
                    yield text
