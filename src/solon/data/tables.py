"""Rows of tables of any kind: JSON lines, JSON, CSV, TSV, Parquet, folders of `datasets`, plain text."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from solon.data.hub import is_hub_name, read_dataset
from solon.data.json_document import read_json_document
from solon.data.lines import Damaged, Row, open_bytes, parse_json, raw_lines, read_jsonl
from solon.errors import InputError

Kind = Literal["jsonl", "json", "csv", "tsv", "parquet", "datasets", "text"]

_HEAD = 1 << 16
"""Bytes that the kind is told by."""
_COMPRESSED = (".gz", ".zst", ".zstd")
_BY_NAME: dict[str, Kind] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".csv": "csv",
    ".tsv": "tsv",
    ".txt": "text",
    ".md": "text",
}


def read_table(path: Path, *, strict: bool = False) -> Iterator[Row]:
    """The rows of a file, a folder of `datasets`, or `hf:NAME[@CONFIG][#SPLIT]`, one after the other.

    A row's `line` is the line where it begins (JSON lines, CSV, a paragraph of text), else its number from 1. A JSON
    document is an array of rows, or an object of such arrays, whose rows then hold their key as `_key`.

    Args:
        strict: raise where a row cannot be read; else its value is `Damaged`, and reading goes on behind it.

    Raises:
        InputError: the file is missing, holds no rows, or is damaged in a way that hides all that follows.
    """
    kind = kind_of(path)
    found = False
    for row in _READERS[kind](path):
        found = True
        if strict and isinstance(row.value, Damaged):
            raise InputError.at(path, row.line, row.value.reason)
        yield row
    if not found:
        raise InputError.at(path, None, "the file holds no rows")


def kind_of(path: Path) -> Kind:
    """What a file is: by its content where that tells, else by its name.

    Raises:
        InputError: the file is missing, empty, cannot be read, or is of no known kind.
    """
    if is_hub_name(path) or path.is_dir():
        return "datasets"
    with open_bytes(path) as file:
        head = file.read(_HEAD).removeprefix(b"\xef\xbb\xbf")
    if head.startswith(b"PAR1"):
        return "parquet"
    if not head:
        raise InputError.at(path, None, "the file is empty")
    named = _by_name(path)
    first, _, rest = head.lstrip().partition(b"\n")
    if first[:1] in (b"{", b"["):
        value = parse_json(first)
        if isinstance(value, dict) or (isinstance(value, list) and rest.strip()):
            # One line alone may be a document as well: then the name tells.
            return "json" if named == "json" and not rest.strip() else "jsonl"
        if isinstance(value, list) or first.strip() in (b"{", b"[", b"[{"):
            return "json"
    if named is None:
        known = ", ".join((*_BY_NAME, ".parquet"))
        raise InputError.at(path, None, f"is no kind of table: neither its content nor its name tells; known: {known}")
    return named


def _by_name(path: Path) -> Kind | None:
    name = path.name.lower()
    for ending in _COMPRESSED:
        name = name.removesuffix(ending)
    return _BY_NAME.get(Path(name).suffix)


def _jsonl_rows(path: Path) -> Iterator[Row]:
    return read_jsonl(path, strict=False)


def _csv_rows(path: Path, delimiter: str = ",") -> Iterator[Row]:
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    with open_bytes(path) as file:
        # Bytes that are not UTF-8 pass as surrogates, so that the row they stand in can be told.
        text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="")
        cells = csv.reader(text, delimiter=delimiter, strict=True)
        header: list[str] | None = None
        while True:
            line = cells.line_num + 1
            try:
                record = next(cells)
            except StopIteration:
                return
            except csv.Error as error:
                if header is None:
                    raise InputError.at(path, line, f"the header is not CSV: {error}") from None
                yield Row(line, Damaged(f"not valid CSV: {error}", f"lines {line} to {cells.line_num}"))
                continue
            if not record:
                continue
            if header is None:
                header = _checked_header(path, line, record)
            else:
                yield Row(line, _csv_row(header, record))


def _checked_header(path: Path, line: int, header: list[str]) -> list[str]:
    if twice := sorted({name for name in header if header.count(name) > 1}):
        raise InputError.at(path, line, f"two columns are named {twice[0]!r}; give each a name of its own")
    if any(_not_utf8(name) for name in header):
        raise InputError.at(path, line, "the header is not UTF-8 text; save the file as UTF-8")
    return header


def _csv_row(header: list[str], record: list[str]) -> dict[str, str] | Damaged:
    if any(_not_utf8(cell) for cell in record):
        raw = ",".join(record).encode("utf-8", "surrogateescape")
        return Damaged("is not UTF-8 text", raw.decode("utf-8", "backslashreplace"))
    if len(record) != len(header):
        return Damaged(f"{len(record)} cells in a table of {len(header)} columns", ",".join(record))
    return dict(zip(header, record, strict=True))


def _not_utf8(text: str) -> bool:
    return any("\udc80" <= character <= "\udcff" for character in text) if not text.isascii() else False


def _tsv_rows(path: Path) -> Iterator[Row]:
    return _csv_rows(path, "\t")


def _parquet_rows(path: Path) -> Iterator[Row]:
    # Imported here: the command line starts without it.
    import pyarrow
    from pyarrow import parquet

    number = 0
    try:
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=256):
                for value in batch.to_pylist():
                    number += 1
                    yield Row(number, value)
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        problem = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError.at(path, None, f"the Parquet file cannot be read after row {number}: {problem}") from None


def _text_rows(path: Path) -> Iterator[Row]:
    """Paragraphs: lines between blank lines, each a row `{"text": ...}`."""
    begun, lines = 0, list[bytes]()
    for number, raw in raw_lines(path):
        if raw.strip():
            begun = begun if lines else number
            lines.append(raw)
        elif lines:
            yield Row(begun, _paragraph(lines))
            lines = []
    if lines:
        yield Row(begun, _paragraph(lines))


def _paragraph(lines: list[bytes]) -> dict[str, Any] | Damaged:
    raw = b"\n".join(lines)
    try:
        return {"text": raw.decode("utf-8")}
    except UnicodeDecodeError as error:
        return Damaged(f"is not UTF-8 text: {error.reason}", raw.decode("utf-8", "backslashreplace"))


_READERS = {
    "jsonl": _jsonl_rows,
    "json": read_json_document,
    "csv": _csv_rows,
    "tsv": _tsv_rows,
    "parquet": _parquet_rows,
    "datasets": read_dataset,
    "text": _text_rows,
}
