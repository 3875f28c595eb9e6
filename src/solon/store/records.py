"""Records as JSON lines: one record a line, in UTF-8. A file appears whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from solon.errors import InputError

R = TypeVar("R", bound=BaseModel)


def write_text(path: Path, text: str) -> None:
    """Write a small file so that a kill leaves the old one or the new one, never half of either."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".partial-{path.name}")
    with partial.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def write_json(path: Path, value: object) -> None:
    """Write one JSON value, readable by people; NaN and infinity are refused, for they are not JSON."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def write_records(path: Path, records: Iterable[BaseModel]) -> int:
    """Write records to `path`, one JSON object a line, and tell how many. The file appears when all are written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".partial-{path.name}")
    count = 0
    with partial.open("w", encoding="utf-8", newline="\n") as file:
        for record in records:
            file.write(record.model_dump_json(exclude_defaults=True) + "\n")
            count += 1
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    return count


def read_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The JSON objects of a file with their line numbers (from 1); blank lines are passed over.

    Raises:
        InputError: the file is missing, is not UTF-8, holds no rows, or a line is not a JSON object.
    """
    found = False
    try:
        with path.open(encoding="utf-8-sig") as file:
            for number, line in enumerate(file, 1):
                if not line.strip():
                    continue
                found = True
                yield number, _object(path, number, line)
    except FileNotFoundError:
        raise InputError.at(path, None, "no such file; check the path") from None
    except IsADirectoryError:
        raise InputError.at(path, None, "is a folder; name the JSONL file in it") from None
    except UnicodeDecodeError as error:
        raise InputError.at(path, None, f"is not UTF-8 text ({error.reason}); convert it to UTF-8 first") from None
    if not found:
        raise InputError.at(path, None, "holds no rows; write one JSON object a line")


def read_records(path: Path, kind: type[R]) -> Iterator[R]:
    """The records of a file, validated as `kind`.

    Raises:
        InputError: as `read_rows`, or a row does not fit `kind`; the message names file, line and field.
    """
    for number, row in read_rows(path):
        try:
            yield kind.model_validate(row)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"]) or "row"
            problem = f"not a {kind.__name__} record: {field}: {first['msg'].lower()}"
            raise InputError.at(path, number, problem) from None


def kept_records(path: Path, kind: type[R], make: Callable[[], Iterable[R]]) -> list[R]:
    """The records of `path`; made and written first where the file is not there yet, so that a kill loses one file."""
    if not path.is_file():
        write_records(path, make())
    return list(read_records(path, kind)) if path.stat().st_size else []


def _object(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise InputError.at(
            path, number, f"not JSON ({error.msg} at column {error.colno}); write one JSON object a line"
        ) from None
    if not isinstance(row, dict):
        raise InputError.at(path, number, f"a JSON object is needed, not {type(row).__name__}")
    return row
