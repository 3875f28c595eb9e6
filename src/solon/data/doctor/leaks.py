"""What files have in common with others that they should have nothing in common with, such as test splits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from solon.data.doctor.containment import Contained, PassageCounts, SoughtRows
from solon.data.doctor.corpus import Corpus
from solon.data.doctor.duplicates import Match
from solon.data.doctor.overlap import overlap
from solon.data.doctor.rows import Place
from solon.data.doctor.texts import question, whole


class Leak(NamedTuple):
    """A row that repeats one of the other files, holds one, or stands inside one."""

    row: Place
    kind: str
    """What the two have in common and how nearly: `row: near`, `prompt: identical`, `passage: same words` ..."""
    how: str
    """`=`, `holds`, or `stands in`."""
    other: Place
    share: float
    """Of what is alike, from 0 to 1."""

    @property
    def told(self) -> str:
        """Both places."""
        return f"{self.row} {self.how} {self.other}" + (f" ({self.share:.2f})" if self.kind.endswith("near") else "")


class Leaks:
    """Every row of some files that has something in common with others; each once, the closest kind first.

    Args:
        files: whose rows are told.
        against: the others.
        format: of all files; recognised where it is None.

    Raises:
        InputError: a file cannot be read, when the leaks are asked for.
    """

    def __init__(self, files: Sequence[Path], against: Sequence[Path], *, format: str | None) -> None:
        self._files, self._against, self._format = files, against, format
        self._known: set[Place] = set()
        self.num_skipped = 0
        """Pairs of alike rows in very large groups that were not compared."""
        self.passages = PassageCounts()

    def __iter__(self) -> Iterator[Leak]:
        if not self._against:
            return
        leaks = self._repeated()
        for leak in leaks:
            if leak.row not in self._known:
                self._known.add(leak.row)
                yield leak

    def _repeated(self) -> Iterator[Leak]:
        sizes = (0, 0)
        for what, text_of in (("row", whole), ("prompt", question)):
            both = Corpus(text_of, format=self._format)
            for file in self._against:
                both.read(file)
            num_against, size_against = len(both.prints), both.num_characters
            for file in self._files:
                both.read(file)
            if text_of is whole:
                sizes = (both.num_characters - size_against, size_against)
            found = overlap(both.prints, both.texts, num_against)
            self.num_skipped += found.num_skipped
            for match in found.found:
                yield _repeating(what, both, match)
        yield from self._contained(*sizes)

    def _contained(self, size_files: int, size_against: int) -> Iterator[Leak]:
        """Rows of the smaller side, which alone is kept in memory, inside rows of the larger one."""
        if size_against <= size_files:
            rows = SoughtRows(self._against, format=self._format)
            for found in rows.inside(self._files):
                yield _containing(found, "holds", found.holder, found.held)
        else:
            rows = SoughtRows(self._files, format=self._format)
            for found in rows.inside(self._against):
                yield _containing(found, "stands in", found.held, found.holder)
        self.passages = rows.counts()
        self.num_skipped += rows.num_skipped


def _repeating(what: str, corpus: Corpus, match: Match) -> Leak:
    return Leak(corpus.place(match.second), f"{what}: {match.kind}", "=", corpus.place(match.first), match.similarity)


def _containing(found: Contained, how: str, row: Place, other: Place) -> Leak:
    kind = "passage: same words" if found.passage.exact else "passage: near"
    return Leak(row, kind, how, other, found.passage.share)
