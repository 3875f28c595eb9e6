"""Chunks of rows -> tokens, in this process or in several."""

from __future__ import annotations

import itertools
import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from solon.data.config import DataConfig
from solon.data.load import as_object, first_of, stem
from solon.data.quarantine import QuarantineWriter, Unusable
from solon.data.rows import as_document_or_demonstration
from solon.data.shards import RowBlock
from solon.data.tables import read_table
from solon.data.text import is_text, read_documents
from solon.errors import InputError
from solon.models.long_rows import LongRowCounts, LongRows, shorten
from solon.models.rendering import TemplateError
from solon.models.template import ChatTemplate, Tokens
from solon.records import Demonstration, Document, Message

CHUNK_ROWS = 512
"""Rows that one process renders at a time."""

HoldsOut = Callable[[Sequence[Message]], bool]


class Place(NamedTuple):
    """A row of a file: its JSON value, or the document that it is."""

    line: int
    name: str
    value: Any


class Problem(NamedTuple):
    """A row that cannot be used."""

    line: int
    reason: str
    value: Any


class Rendered(NamedTuple):
    """What became of a chunk of rows."""

    rows: RowBlock
    problems: list[Problem]
    num_held_out: int
    counts: LongRowCounts


@dataclass(frozen=True)
class Renderer:
    """Turns rows of files into tokens."""

    template: ChatTemplate
    most_tokens: int
    long_rows: LongRows
    holds_out: HoldsOut

    def __call__(self, path: Path, chunk: Sequence[Place]) -> Rendered:
        """Rows of one file as tokens: those of `ChatTemplate.rows_of`, row by row.

        Raises:
            InputError: a row is too long, and that is an error.
        """
        problems: list[Problem] = []
        examples: list[tuple[Place, Demonstration | Document]] = []
        for place in chunk:
            try:
                examples.append((place, _example(place)))
            except Unusable as reason:
                problems.append(Problem(place.line, str(reason), place.value))
        counts, rows = LongRowCounts(), list[Tokens]()
        kept = [(place, example) for place, example in examples if not self._held_out(example)]
        with self.template.rendering_ahead(example for _, example in kept):
            for place, example in kept:
                try:
                    rows += self._rows(path, place, example, counts)
                except Unusable as reason:
                    problems.append(Problem(place.line, str(reason), place.value))
        problems.sort(key=lambda one: one.line)
        return Rendered(RowBlock.of(rows), problems, len(examples) - len(kept), counts)

    def _held_out(self, example: Demonstration | Document) -> bool:
        return isinstance(example, Demonstration) and self.holds_out(example.messages)

    def _rows(self, path: Path, place: Place, example: Demonstration | Document, counts: LongRowCounts) -> list[Tokens]:
        try:
            rows = self.template.rows_of(example)
        except (InputError, TemplateError) as error:
            raise Unusable(str(error)) from None
        if not any(any(row.weights) for row in rows):
            raise Unusable("nothing in it is trained")
        longest = max(len(row.ids) for row in rows)
        if self.long_rows == "error" and longest > self.most_tokens:
            raise InputError.at(
                path, place.line, f"the row has {longest} tokens, and at most {self.most_tokens} fit. Say what "
                "becomes of such rows: split, cut_left, cut_right or drop",
            )  # fmt: skip
        counts.divided += len(rows) > 1
        kept = [piece for row in rows for piece in shorten(row, self.most_tokens, self.long_rows, counts)]
        if not kept:
            reason = "left out as asked" if self.long_rows == "drop" else "nothing trained would be left of it"
            raise Unusable(f"{longest} tokens, and at most {self.most_tokens} fit: {reason}")
        return kept


def chunks(path: Path, document_characters: int, quarantine: QuarantineWriter) -> Iterator[list[Place]]:
    """The rows of a file, a few hundred at a time."""
    name = stem(path)
    if is_text(path):
        documents = read_documents(path, quarantine, document_characters=document_characters)
        places = (Place(number, one.id, one) for number, one in enumerate(documents, start=1))
    else:
        places = (Place(row.line, f"{name}:{row.line}", row.value) for row in read_table(path))
    while chunk := list(itertools.islice(places, CHUNK_ROWS)):
        yield chunk


def texts_of(path: Path, data: DataConfig, most_rows: int) -> Iterator[str]:
    """What is said in the first usable rows of a file, those that are held out aside: what a tokenizer learns from."""
    places = itertools.chain.from_iterable(chunks(path, data.document_characters, QuarantineWriter(None)))
    for place in itertools.islice(places, most_rows):
        try:
            example = _example(place)
        except Unusable:  # told when the rows are rendered
            continue
        if isinstance(example, Document):
            yield example.text
        elif not data.holds_out(example.messages):
            yield from (message.content for message in example.messages)


def _example(place: Place) -> Demonstration | Document:
    if isinstance(place.value, Document):
        return place.value
    return first_of(as_object(place.value), place.name, as_document_or_demonstration)


Render = Callable[[Path, Iterable[list[Place]]], Iterator[tuple[list[Place], Rendered]]]
_renderer: Renderer | None = None  # of a process that renders for another


@contextmanager
def rendering(renderer: Renderer, processes: int) -> Iterator[Render]:
    """What renders chunks, in order: this process, or several."""
    if processes == 1:
        yield lambda path, chunks: ((chunk, renderer(path, chunk)) for chunk in chunks)
        return
    # A forked process has the tokenizer at once; another kind would import and load it anew, for seconds.
    fork = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(processes, fork, initializer=_begin, initargs=(renderer,)) as executor:

        def render(path: Path, chunks: Iterable[list[Place]]) -> Iterator[tuple[list[Place], Rendered]]:
            waiting: deque[tuple[list[Place], Future[Rendered]]] = deque()
            for chunk in chunks:
                waiting.append((chunk, executor.submit(_render, path, chunk)))
                if len(waiting) > 2 * processes:  # no more than these are in memory
                    first, result = waiting.popleft()
                    yield first, result.result()
            for first, result in waiting:
                yield first, result.result()

        yield render


def _begin(renderer: Renderer) -> None:
    global _renderer
    _renderer = renderer
    os.environ["TOKENIZERS_PARALLELISM"] = "false"  # the processes share the cores already


def _render(path: Path, chunk: list[Place]) -> Rendered:
    assert _renderer is not None
    return _renderer(path, chunk)
