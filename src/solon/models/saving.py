"""Folders that appear whole or not at all, and disk errors that say what to do."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from solon.errors import StorageError

_FULL = (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn a full or forbidden disk into a StorageError that says what to do."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise _full(path) from error
        raise StorageError(
            f"{path}: cannot write ({error.strerror or error}). Check that the folder exists and may be written."
        ) from error
    except Exception as error:
        # safetensors wraps the system's error in its own class and keeps only its text
        if type(error).__name__ == "SafetensorError" and f"code: {errno.ENOSPC}" in str(error):
            raise _full(path) from error
        raise


def _full(path: Path) -> StorageError:
    return StorageError(
        f"{path}: the disk is full; nothing half-written was kept. Free some space and give the same command again, "
        f"it goes on where it stopped."
    )


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """A folder to write into that becomes `target` (replacing what was there) when the block ends without error.

    Everything is on the disk before the name changes, so a crash leaves the old folder or the new one.

    Raises:
        StorageError: the disk is full or may not be written.
    """
    draft = target.with_name(f".{target.name}.draft")
    with disk_errors(target):
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        try:
            yield draft
            for file in sorted(draft.rglob("*")):
                if file.is_file():
                    fsync(file)
            fsync(draft)
            if target.exists():
                old = target.with_name(f".{target.name}.old")
                shutil.rmtree(old, ignore_errors=True)
                target.rename(old)
                draft.rename(target)
                shutil.rmtree(old)
            else:
                draft.rename(target)
            fsync(target.parent)
        finally:
            shutil.rmtree(draft, ignore_errors=True)


def fsync(path: Path) -> None:
    """Wait until a file or folder is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
