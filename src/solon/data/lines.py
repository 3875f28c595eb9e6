"""Lines of text files, plain or compressed, and JSON rows."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, BinaryIO, NamedTuple, cast

import zstandard

from solon.errors import InputError

_BOM = b"\xef\xbb\xbf"
_READ_AT_ONCE = 1 << 20


class Damaged(NamedTuple):
    """In the place of a row that cannot be read."""

    reason: str
    text: str
    """What stands there; bytes that are not UTF-8 as backslash escapes."""


class Row(NamedTuple):
    """One value and the line (from 1) it stands on; `value` is `Damaged` where none could be read."""

    line: int
    value: Any


def read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """(line number from 1, text) of every line, without its end.

    Lines end at a line feed alone: separators such as U+2028 or a lone carriage return are part of the text. A byte
    order mark is left out; a carriage return before the line feed belongs to the line's end.

    Raises:
        InputError: the file is missing, empty, a damaged compressed file, or not UTF-8 (with the line).
    """
    for number, raw in raw_lines(path):
        try:
            yield number, raw.decode("utf-8")
        except UnicodeDecodeError as error:
            raise InputError.at(path, number, f"is not UTF-8 text: {error.reason}") from None


def read_jsonl(path: Path, *, strict: bool = True) -> Iterator[Row]:
    """Every row of a file with one JSON value a line; blank lines are passed over.

    Args:
        strict: raise where a line is not JSON or not UTF-8; else its row is `Damaged`.

    Raises:
        InputError: the file is missing, empty or a damaged compressed file; there are no rows at all.
    """
    found = False
    for number, raw in raw_lines(path):
        if not raw.strip():
            continue
        found = True
        value = parse_json(raw)
        if strict and isinstance(value, Damaged):
            hint = "; the file must hold one JSON object a line" if raw.strip() in (b"[", b"{") else ""
            raise InputError.at(path, number, value.reason + hint)
        yield Row(number, value)
    if not found:
        raise InputError.at(path, None, "the file holds no rows")


def parse_json(raw: bytes) -> Any:
    """The JSON value, or `Damaged`."""
    try:
        return json.loads(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        return Damaged(f"is not UTF-8 text: {error.reason}", raw.decode("utf-8", "backslashreplace"))
    except (ValueError, RecursionError) as error:
        problem = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        return Damaged(f"not valid JSON: {problem}", raw.decode("utf-8", "backslashreplace"))


def raw_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """(line number from 1, bytes) of every line as `read_lines`, before it is decoded.

    Raises:
        InputError: as `open_bytes`; the file is empty.
    """
    number = 0
    with open_bytes(path) as file:
        for number, raw in enumerate(file, start=1):
            yield number, (raw.removeprefix(_BOM) if number == 1 else raw).removesuffix(b"\n").removesuffix(b"\r")
    if number == 0:
        raise InputError.at(path, None, "the file is empty")


@contextmanager
def open_bytes(path: Path) -> Iterator[BinaryIO]:
    """The content of a file, decompressed where it is gzip or Zstandard by its first bytes.

    Raises:
        InputError: the file is missing, cannot be read, or is a damaged compressed file, also while it is read.
    """
    try:
        with path.open("rb") as file, _decompressed(file) as content:
            yield content
    except FileNotFoundError:
        raise InputError.at(path, None, "there is no such file") from None
    except (EOFError, gzip.BadGzipFile, zlib.error, zstandard.ZstdError) as error:
        raise InputError.at(path, None, f"the compressed file is damaged or cut short: {error}") from None
    except OSError as error:
        raise InputError.at(path, None, f"cannot be read: {error.strerror or error}") from None
    except ValueError as error:  # a path that no file can have, such as one with a NUL
        if "null byte" not in str(error):
            raise
        raise InputError.at(repr(str(path)), None, "is no path of a file") from None


def _decompressed(file: BinaryIO) -> BinaryIO:
    # By content, not by name: downloads are often renamed.
    magic = file.read(4)
    file.seek(0)
    if magic[:2] == b"\x1f\x8b":
        return cast(BinaryIO, gzip.open(file, "rb"))
    if magic == b"\x28\xb5\x2f\xfd":
        return io.BufferedReader(_Zstandard(file), _READ_AT_ONCE)
    return file


class _Zstandard(io.RawIOBase):
    """Frames of Zstandard, decompressed. The library's own reader takes a file that is cut short for a whole one."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._begun = False
        self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready:
            if self._frame.eof:
                rest = self._frame.unused_data
                self._frame, self._begun = zstandard.ZstdDecompressor().decompressobj(), False
            else:
                rest = b""
            data = rest or self._file.read(_READ_AT_ONCE // 8)
            if not data:
                if self._begun:
                    raise EOFError("the last frame of Zstandard has no end")
                return 0
            self._begun = True
            self._ready = self._frame.decompress(data)
        count = min(len(buffer), len(self._ready))
        buffer[:count], self._ready = self._ready[:count], self._ready[count:]
        return count
