"""The rows of a file as records, with the line on which each begins."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from solon.data.comparisons import preference, ranking
from solon.data.doctor.texts import AnyRecord
from solon.data.lines import read_jsonl
from solon.data.prompts import prompt_id, prompt_messages
from solon.data.quarantine import QuarantineWriter, RowCounts, Unusable
from solon.data.rows import demonstration
from solon.data.text import is_text, read_documents
from solon.errors import InputError
from solon.records import LabelledResponse, Prompt


class Row(NamedTuple):
    """One row of a file and what was read from it: several records where several people judged it."""

    file: Path
    line: int
    records: tuple[AnyRecord, ...]

    @property
    def place(self) -> str:
        """FILE:LINE."""
        return f"{self.file}:{self.line}"


def rows_of(path: Path, quarantine: QuarantineWriter, *, format: str | None = None) -> Iterator[Row]:
    """The usable rows of a file, one at a time; the rest goes to quarantine, and the file's counts with it.

    Raises:
        InputError: the file cannot be read.
    """
    loaded = _load(path, quarantine)
    for line, of_line in groupby(loaded, key=lambda one: one.line):
        yield Row(path, line, tuple(one.record for one in of_line))


class _Loaded(NamedTuple):
    line: int
    record: AnyRecord


def _load(path: Path, quarantine: QuarantineWriter) -> Iterator[_Loaded]:
    if is_text(path):
        documents = read_documents(path, quarantine, document_characters=2000)
        yield from (_Loaded(number, document) for number, document in enumerate(documents, start=1))
        return
    rows_in = used = 0
    for line, value in read_jsonl(path):
        rows_in += 1
        try:
            yield _Loaded(line, _record(value, f"{path.name}:{line}"))
            used += 1
        except Unusable as reason:
            quarantine.put(path, line, str(reason), value)
    quarantine.counts[path] = RowCounts(rows_in, used, rows_in - used)


def _record(row: Any, name: str) -> AnyRecord:
    if not isinstance(row, dict):
        raise Unusable(f"the row is a JSON {type(row).__name__}, not an object")
    if "ranks" in row:
        return ranking(row, name)
    if "chosen" in row or "prob_a" in row:
        return preference(row, name)
    if "messages" in row or "output" in row or "response" in row:
        return demonstration(row, name)
    messages = prompt_messages(row)
    prompt = Prompt(id=prompt_id(messages), messages=messages)
    if isinstance(row.get("completion"), str):
        return LabelledResponse(id=name, prompt=prompt, text=row["completion"], labels={}, rater="source")
    return prompt


def raw_rows(path: Path) -> Iterator[tuple[int, Any]]:
    """(line, JSON value) of every row of a file, as it stands there.

    Raises:
        InputError: the file cannot be read, or is plain text and has no rows.
    """
    if is_text(path):
        raise InputError.at(path, None, "is plain text, which has no rows to choose from; give a file of JSON rows")
    yield from read_jsonl(path)
