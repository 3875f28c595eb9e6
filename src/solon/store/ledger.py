"""The ledger: every call of an engine, what it cost and what came of it, in one SQLite file that is only added to.

The file serves all runs of a working directory: a call that any of them made before is free. Several processes may
write to it at once.
"""

from __future__ import annotations

import sqlite3
import time
import weakref
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from solon.errors import StorageError
from solon.interfaces import Call
from solon.store.cache import cache_root

FILE = "calls.sqlite"
_KEYS_AT_ONCE = 500
_TABLE = """
CREATE TABLE IF NOT EXISTS calls (
    id INTEGER PRIMARY KEY, work TEXT, stage TEXT, key TEXT, engine TEXT, kind TEXT, seed INTEGER, outcome TEXT,
    num_prompt_tokens INTEGER, num_tokens INTEGER, seconds REAL, price REAL, answer TEXT, at REAL
);
CREATE INDEX IF NOT EXISTS answers ON calls (key) WHERE answer IS NOT NULL;
CREATE INDEX IF NOT EXISTS works ON calls (work, stage);
"""
_COLUMNS = "work, stage, key, engine, kind, seed, outcome, num_prompt_tokens, num_tokens, seconds, price, answer, at"


class Spending(NamedTuple):
    """What one engine did in one stage, by outcome."""

    stage: str
    engine: str
    kind: str
    outcome: str
    calls: int
    num_prompt_tokens: int
    num_tokens: int
    seconds: float
    price: float


class Ledger:
    """Implements `solon.interfaces.CallLedger`.

    Args:
        path: the SQLite file; made where it is not there.
        work: whose calls these are: a run's folder, a command's result. `spent` counts the calls of one work.
        stage: the part of the work.

    Raises:
        StorageError: the file is no ledger, or cannot be opened.
    """

    def __init__(self, path: Path, *, work: str, stage: str = "") -> None:
        self._path, self._work, self._stage = path, work, stage
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Used by one thread at a time, though not always by the one that opened it.
            self._file = sqlite3.connect(path, timeout=60, check_same_thread=False)
            self._file.execute("PRAGMA journal_mode=WAL")
            # Committed calls survive a kill of the process; a power cut may lose the last moments, never the file.
            self._file.execute("PRAGMA synchronous=NORMAL")
            self._file.executescript(_TABLE)
            weakref.finalize(self, self._file.close)
        except (sqlite3.Error, OSError) as error:
            raise StorageError(f"{path}: cannot be used as ledger: {error}; move it away to begin a new one") from None

    def find(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Key -> answer, of those that are there."""
        found: dict[str, str] = {}
        for start in range(0, len(keys), _KEYS_AT_ONCE):
            part = keys[start : start + _KEYS_AT_ONCE]
            marks = ",".join("?" * len(part))
            query = f"SELECT key, answer FROM calls WHERE answer IS NOT NULL AND key IN ({marks}) ORDER BY id DESC"
            found.update(self._file.execute(query, part))  # the first answer wins where two processes raced
        return found

    def add(self, calls: Sequence[Call]) -> None:
        """Write down calls in one transaction.

        Raises:
            StorageError: they cannot be written.
        """
        now = time.time()
        rows = [
            (
                self._work, self._stage, call.key, call.engine, call.kind, call.seed, call.outcome,
                call.num_prompt_tokens, call.num_tokens, call.seconds, call.price, call.answer, now,
            )
            for call in calls
        ]  # fmt: skip
        try:
            with self._file:
                self._file.executemany(f"INSERT INTO calls ({_COLUMNS}) VALUES ({','.join('?' * 13)})", rows)
        except sqlite3.Error as error:  # the disk is full, the file is gone, somebody locks it for a minute
            told = f"{len(rows)} calls could not be written down: {error}"
            raise StorageError(f"{self._path}: {told}; the same command goes on where it stopped") from None

    def spent(self) -> tuple[int, float]:
        """Tokens (read and written) and money that this work has cost so far, earlier attempts at it too."""
        query = "SELECT sum(num_prompt_tokens + num_tokens), sum(price) FROM calls WHERE work = ?"
        tokens, money = self._file.execute(query, (self._work,)).fetchone()
        return tokens or 0, money or 0.0


def ledger_path() -> Path:
    """The ledger of the working directory: beside the cache of stages."""
    return cache_root() / FILE


def spending(path: Path, work: str) -> Iterator[Spending]:
    """What a work has cost, by stage, engine, kind and outcome; nothing where there is no ledger."""
    if not path.is_file():
        return
    query = (
        "SELECT stage, engine, kind, outcome, count(*), sum(num_prompt_tokens), sum(num_tokens), sum(seconds), "
        "sum(price) FROM calls WHERE work = ? GROUP BY stage, engine, kind, outcome ORDER BY min(id)"
    )
    file = sqlite3.connect(path, timeout=60)
    try:
        yield from (Spending(*row) for row in file.execute(query, (work,)))
    finally:
        file.close()


def export_calls(path: Path, work: str, stage: str, target: Path) -> int:
    """Write a stage's calls of a work, answers included, as a Parquet file, and tell how many there are.

    Without any, nothing is written: what a file of an earlier attempt holds stays.
    """
    if not path.is_file():
        return 0
    file = sqlite3.connect(path, timeout=60)
    try:
        query = f"SELECT {_COLUMNS} FROM calls WHERE work = ? AND stage = ? ORDER BY id"
        rows = file.execute(query, (work, stage)).fetchall()
    finally:
        file.close()
    if rows:
        import pyarrow
        from pyarrow import parquet

        names = _COLUMNS.split(", ")
        table = pyarrow.table({name: [row[i] for row in rows] for i, name in enumerate(names)})
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f".partial-{target.name}")
        parquet.write_table(table, partial)
        partial.replace(target)
    return len(rows)
