"""Rows of files -> tokens, loss weights and packed sequences, in a stream: memory does not grow with the files."""

from __future__ import annotations

import itertools
import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from solon.data.lines import Damaged
from solon.data.load import as_object, first_of, stem
from solon.data.quarantine import QuarantineWriter, RowCounts, Unusable
from solon.data.rows import as_document_or_demonstration
from solon.data.shards import RowBlock, ShardWriter
from solon.data.tables import read_table
from solon.data.text import is_text, read_documents
from solon.errors import InputError
from solon.models.long_rows import LongRowCounts, LongRows, shorten
from solon.models.packing import pack
from solon.models.template import ChatTemplate, Tokens
from solon.records import Demonstration, Document

CHUNK_ROWS = 512
"""Rows that one process renders at a time."""
WINDOW_ROWS = 8192
"""Rows among which packing looks for company: more fill hardly better, and take memory."""


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
    counts: LongRowCounts


@dataclass(frozen=True)
class Renderer:
    """Turns rows of files into tokens."""

    template: ChatTemplate
    most_tokens: int
    long_rows: LongRows

    def __call__(self, path: Path, chunk: Sequence[Place]) -> Rendered:
        """Rows of one file as tokens: those of `ChatTemplate.render`, row by row.

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
        with self.template.rendering_ahead(example for _, example in examples):
            for place, example in examples:
                try:
                    rows += self._rows(path, place, example, counts)
                except Unusable as reason:
                    problems.append(Problem(place.line, str(reason), place.value))
        return Rendered(RowBlock.of(rows), sorted(problems, key=lambda one: one.line), counts)

    def _rows(self, path: Path, place: Place, example: Demonstration | Document, counts: LongRowCounts) -> list[Tokens]:
        try:
            if isinstance(example, Document):
                row = self.template.render_document(example)
            else:
                row = self.template.render(example)
        except InputError as error:
            raise Unusable(str(error)) from None
        if not any(row.weights):
            raise Unusable("nothing in it is trained")
        if self.long_rows == "error" and len(row.ids) > self.most_tokens:
            raise InputError.at(
                path, place.line, f"the row has {len(row.ids)} tokens, and at most {self.most_tokens} fit. Say what "
                "becomes of such rows: split, cut_left, cut_right or drop",
            )  # fmt: skip
        kept = shorten(row, self.most_tokens, self.long_rows, counts)
        if not kept:
            reason = "left out as asked" if self.long_rows == "drop" else "nothing trained would be left of it"
            raise Unusable(f"{len(row.ids)} tokens, and at most {self.most_tokens} fit: {reason}")
        return kept


def prepare(
    paths: Sequence[Path],
    template: ChatTemplate,
    folder: Path,
    *,
    vocab_size: int,
    most_tokens: int,
    long_rows: LongRows = "error",
    packing: bool = False,
    quarantine: QuarantineWriter,
    processes: int = 1,
    document_characters: int = 2000,
    about: Mapping[str, Any] = MappingProxyType({}),
) -> dict[str, Any]:
    """Write the tokens of files to a shard (see `solon.data.shards`) and tell what became of their rows.

    Args:
        paths: JSONL of `{messages}`, `{prompt, response}`, `text` or Alpaca rows; or plain text, which (unlike JSONL)
            is held in memory as its documents, one file at a time.
        template: whose tokens.
        folder: gets the shard.
        vocab_size: of the model.
        most_tokens: tokens of a row, and of a packed sequence: the context.
        long_rows: what becomes of a longer row. One that is left out goes to quarantine.
        packing: order the rows by the sequences that they share.
        quarantine: gets the rows that cannot be used.
        processes: that render; 1 renders in this one. More need `fork` (Linux), and change nothing in the result.
        document_characters: longest document made of a plain text.
        about: what the shard's description is to hold besides.

    Raises:
        InputError: a file cannot be read, no row can be used, or a row is too long and that is an error.
    """
    total, renderer = LongRowCounts(), Renderer(template, most_tokens, long_rows)
    window: list[RowBlock] = []
    with ShardWriter(folder, vocab_size) as writer, _rendering(renderer, processes) as render:
        for path in paths:
            before = asdict(total)
            rows_in = set_aside = 0
            for chunk, rendered in render(path, _chunks(path, document_characters, quarantine)):
                rows_in += len(chunk)
                set_aside += len(rendered.problems)
                for problem in rendered.problems:
                    value = problem.value.text if isinstance(problem.value, Document | Damaged) else problem.value
                    quarantine.put(path, problem.line, problem.reason, value)
                for name, count in asdict(rendered.counts).items():
                    setattr(total, name, getattr(total, name) + count)
                window.append(rendered.rows)
                if sum(len(block.lengths) for block in window) >= WINDOW_ROWS:
                    _write(writer, window, most_tokens, packing)
            quarantine.counts[path] = RowCounts(rows_in, rows_in - set_aside, set_aside)
            quarantine.close()
            if asdict(total)["rows_out"] == before["rows_out"]:
                raise InputError.at(path, None, f"none of its {rows_in} rows can be used; "
                                                f"{quarantine.first_reason.get(path, 'it is empty')}")  # fmt: skip
        _write(writer, window, most_tokens, packing)
        told: dict[str, Any] = {"most_tokens": most_tokens, "long_rows": long_rows, "rows": asdict(total)}
        if packing:
            told["fill"] = writer.num_tokens / (most_tokens * writer.num_sequences)
        writer.finish({**told, **about})
    return {"num_rows": writer.num_rows, "num_tokens": writer.num_tokens, **told}


def _write(writer: ShardWriter, window: list[RowBlock], most_tokens: int, packing: bool) -> None:
    """Write what is in the window, and empty it."""
    rows = RowBlock.joined(window) if window else RowBlock.of([])
    window.clear()
    if packing:
        bins = pack(rows.lengths.tolist(), most_tokens)
        writer.put(rows.take([row for one in bins for row in one]))
        writer.end_sequences([len(one) for one in bins])
    else:
        writer.put(rows)


def _chunks(path: Path, document_characters: int, quarantine: QuarantineWriter) -> Iterator[list[Place]]:
    name = stem(path)
    if is_text(path):
        documents = read_documents(path, quarantine, document_characters=document_characters)
        places = (Place(number, one.id, one) for number, one in enumerate(documents, start=1))
    else:
        places = (Place(row.line, f"{name}:{row.line}", row.value) for row in read_table(path))
    while chunk := list(itertools.islice(places, CHUNK_ROWS)):
        yield chunk


def _example(place: Place) -> Demonstration | Document:
    if isinstance(place.value, Document):
        return place.value
    return first_of(as_object(place.value), place.name, as_document_or_demonstration)


Render = Callable[[Path, Iterable[list[Place]]], Iterator[tuple[list[Place], Rendered]]]
_renderer: Renderer | None = None  # of a process that renders for another


@contextmanager
def _rendering(renderer: Renderer, processes: int) -> Iterator[Render]:
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
