"""Folders that appear whole or not at all, and the hash of what is in them.

A stage works in `.partial-NAME` beside its place and is renamed when it is done: a kill leaves either nothing or a
partial folder that the same command resumes. A partial folder belongs to one key; under another key it is discarded.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

# What a stage folder holds beside its artefacts: none of it is an input of another stage.
NOT_ARTEFACTS = frozenset(
    {"__pycache__", "manifest.json", "metrics.jsonl", "checkpoints", "admission", "evaluation", "key", "work"}
)


def artefacts(folder: Path) -> Iterator[Path]:
    """The files that later stages may read, in the order of their names."""
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if path.is_file() and relative.parts[0] not in NOT_ARTEFACTS and not relative.parts[0].startswith("."):
            yield path


def hash_file(path: Path) -> str:
    """The sha256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hash_artefacts(folder: Path) -> str:
    """One sha256 over the names and contents of a stage folder's artefacts."""
    digest = hashlib.sha256()
    for path in artefacts(folder):
        digest.update(f"{path.relative_to(folder).as_posix()}\0{hash_file(path)}\n".encode())
    return digest.hexdigest()


def partial_of(folder: Path) -> Path:
    """Where the work for `folder` happens until it is committed."""
    return folder.with_name(f".partial-{folder.name}")


def open_partial(folder: Path, key: str) -> tuple[Path, bool]:
    """The partial folder for `folder`, and whether earlier work under the same key is in it to go on from."""
    partial = partial_of(folder)
    mark = partial / "key"
    if mark.is_file() and mark.read_text(encoding="utf-8") == key:
        return partial, True
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    mark.write_text(key, encoding="utf-8")
    return partial, False


def commit(folder: Path) -> None:
    """Put the finished partial folder in its place; what stood there before is removed."""
    partial = partial_of(folder)
    for path in partial.rglob("*"):
        if path.is_file():
            _sync(path)
    old = folder.with_name(f".old-{folder.name}")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    partial.rename(folder)
    _sync(folder.parent)
    (folder / "key").unlink(missing_ok=True)
    shutil.rmtree(old, ignore_errors=True)


def link_or_copy(source: Path, target: Path) -> None:
    """Hard-link a file; copy it where links are not possible (another device, a file system without them)."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
