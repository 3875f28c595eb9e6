"""Lines of text files, plain or gzipped, and JSON rows."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

from solon.errors import InputError

_BOM = "\ufeff"


class Row(NamedTuple):
    """One JSON value and the line (from 1) it stands on."""

    line: int
    value: Any


def read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """(line number from 1, text) of every line, without its end.

    Lines end at a line feed alone: separators such as U+2028 or a lone carriage return are part of the text. A byte
    order mark is left out; a carriage return before the line feed belongs to the line's end.

    Raises:
        InputError: the file is missing, empty, a damaged gzip file, or not UTF-8 (with the line).
    """
    number = 0
    try:
        with _open(path) as file:
            for number, raw in enumerate(file, start=1):
                try:
                    text = raw.decode("utf-8")
                except UnicodeDecodeError as error:
                    raise InputError.at(path, number, f"is not UTF-8 text: {error.reason}") from None
                yield number, (text.removeprefix(_BOM) if number == 1 else text).removesuffix("\n").removesuffix("\r")
    except FileNotFoundError:
        raise InputError.at(path, None, "there is no such file") from None
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InputError.at(path, number + 1, f"the gzip file is damaged or cut short: {error}") from None
    except OSError as error:
        raise InputError.at(path, None, f"cannot be read: {error.strerror}") from None
    if number == 0:
        raise InputError.at(path, None, "the file is empty")


def read_jsonl(path: Path) -> Iterator[Row]:
    """Every row of a file with one JSON value a line; blank lines are passed over.

    Raises:
        InputError: as `read_lines`; a line that is not JSON, by its number; no rows at all.
    """
    found = False
    for number, text in read_lines(path):
        if not text.strip():
            continue
        try:
            value = json.loads(text)
        except (ValueError, RecursionError) as error:
            problem = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
            hint = "; the file must hold one JSON object a line" if text.strip() in ("[", "{") else ""
            raise InputError.at(path, number, f"not valid JSON: {problem}{hint}") from None
        found = True
        yield Row(number, value)
    if not found:
        raise InputError.at(path, None, "the file holds no rows")


def _open(path: Path) -> BinaryIO:
    # By content, not by name: downloads are often renamed.
    with path.open("rb") as file:
        is_gzip = file.read(2) == b"\x1f\x8b"
    return cast(BinaryIO, gzip.open(path, "rb")) if is_gzip else path.open("rb")
