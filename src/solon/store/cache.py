"""Finished stage folders that outlive their run, so that a variant recomputes only what differs.

An entry is a copy of a stage folder (hard links where the file system has them), found by a key over everything that
decides its content. Stage folders are therefore never written to after they are committed: a file is replaced whole.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from solon.store.folders import commit, hash_artefacts, link_or_copy, open_partial, partial_of
from solon.store.lineage import Manifest, read_manifest

SEAL = ".seal"  # holds the hash of the entry's artefacts: damage is noticed, and the stage made again
STAYS_IN_THE_RUN = frozenset({"checkpoints", "admission", "evaluation", "key", "work", SEAL})


def cache_root() -> Path:
    """`$SOLON_CACHE`, else `.solon/cache` in the working directory."""
    return Path(os.environ.get("SOLON_CACHE") or Path(".solon") / "cache")


def stage_key(
    name: str, *, parents: Mapping[str, str], settings: Mapping[str, Any], seed: int, stage_version: int
) -> str:
    """The sha256 of everything that decides what a stage writes; `settings` holds JSON values only."""
    told = {"name": name, "parents": dict(parents), "settings": settings, "seed": seed, "version": stage_version}
    return hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


class Cache:
    """Folders by key under one root."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def fetch(self, key: str, target: Path) -> bool:
        """Put the entry of `key` at `target`, and tell whether there was a sound one; a damaged entry is removed."""
        entry = self._entry(key)
        if not entry.is_dir():
            return False
        if _seal_of(entry) != hash_artefacts(entry):
            shutil.rmtree(entry, ignore_errors=True)
            return False
        partial = partial_of(target)
        shutil.rmtree(partial, ignore_errors=True)
        _link_tree(entry, partial)
        (partial / "key").write_text(key, encoding="utf-8")
        commit(target)
        return True

    def keep(self, key: str, folder: Path) -> None:
        """Take a finished folder in; an entry that is already there stays."""
        entry = self._entry(key)
        if entry.is_dir():
            return
        # Two runs may keep the same key at once: each works in a folder of its own, and the first rename wins.
        partial, _ = open_partial(entry.with_name(f"{entry.name}-{os.getpid()}"), key)
        _link_tree(folder, partial)
        (partial / SEAL).write_text(hash_artefacts(partial), encoding="utf-8")
        try:
            partial.rename(entry)
        except OSError:
            shutil.rmtree(partial, ignore_errors=True)

    def manifest(self, key: str) -> Manifest | None:
        """The manifest of a stage's entry, or None where there is no entry."""
        return read_manifest(self._entry(key))

    def _entry(self, key: str) -> Path:
        return self.root / key[:2] / key


def _link_tree(source: Path, target: Path) -> None:
    for path in sorted(source.rglob("*")):
        first = path.relative_to(source).parts[0]
        if path.is_file() and first not in STAYS_IN_THE_RUN:
            link_or_copy(path, target / path.relative_to(source))


def _seal_of(entry: Path) -> str | None:
    seal = entry / SEAL
    return seal.read_text(encoding="utf-8") if seal.is_file() else None
