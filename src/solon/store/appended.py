"""JSON lines that grow by one record at a time, each on the disk before the next is made."""

from __future__ import annotations

import json
import os
from pathlib import Path

from pydantic import BaseModel


def append_record(path: Path, record: BaseModel) -> None:
    """Add one line to a file, which is made where it is missing; on the disk when this returns."""
    line = (record.model_dump_json(exclude_defaults=True) + "\n").encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    is_new = not path.exists()
    with path.open("ab", buffering=0) as file:
        while line:
            line = line[file.write(line) :]
        os.fsync(file.fileno())
    if is_new:
        _sync_folder(path.parent)


def mend_end(path: Path) -> str:
    """Take a line that was cut by a crash off the end of a file, and give its text; "" where the end is whole.

    A last line that merely lacks its line end gets one.
    """
    if not path.is_file():
        return ""
    content = path.read_bytes()
    last = content.rpartition(b"\n")[2]
    if not last:
        return ""
    with path.open("r+b", buffering=0) as file:
        if _is_json(last):
            file.seek(len(content))
            file.write(b"\n")
            last = b""
        else:
            file.truncate(len(content) - len(last))
        os.fsync(file.fileno())
    return last.decode("utf-8", "backslashreplace")


def _is_json(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def _sync_folder(folder: Path) -> None:
    # A new name stands in its folder, which is written apart from the file.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
