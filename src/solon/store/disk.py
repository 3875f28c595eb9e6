"""Is there room for a run? Asked before it starts, so that hours are not lost to a full disk."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from solon.errors import StorageError


class Usage(NamedTuple):
    """Bytes of a file system, as `shutil.disk_usage` gives them."""

    total: int
    used: int
    free: int


def disk_usage(path: Path) -> Usage:
    """The file system that holds `path`, or that will hold it once it exists."""
    existing = path.absolute()
    while not existing.exists():
        existing = existing.parent
    return Usage(*shutil.disk_usage(existing))


def check_space(folder: Path, needed_bytes: int, usage: Callable[[Path], Usage] = disk_usage) -> None:
    """Refuse to start what cannot be written.

    Raises:
        StorageError: fewer than `needed_bytes` are free where `folder` is.
    """
    free = usage(folder).free
    if free < needed_bytes:
        raise StorageError(
            f"{folder}: the run may write {gigabytes(needed_bytes)} and {gigabytes(free)} are free there. "
            "Free some space, or put the run elsewhere with --to."
        )


def gigabytes(count: int) -> str:
    """Bytes as people read them."""
    return f"{count / 1e9:.2f} GB"
