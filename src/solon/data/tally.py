"""What became of the rows of a run's files, kept in the run directory across all starts of the run.

RUN/rows.json          {KEY: {"from": FINGERPRINT, "files": {FILE: {"rows_in": n, "used": n, "quarantined": n}}}}
RUN/quarantine.jsonl   {key, file, line, reason, row}: the rows set aside; no file where there are none

KEY is a key of `source.data`. What an earlier start found of a key is replaced when its files are read again, and
forgotten when they changed or are no longer asked for, so that both files hold every row that counts once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from solon.data.hub import fingerprint, is_hub_name
from solon.data.quarantine import QuarantineWriter, RowCounts
from solon.store.records import write_json, write_text

Found = dict[str, RowCounts]
"""File -> counts."""


class CollectedRows(QuarantineWriter):
    """Keeps the rows that are set aside instead of writing them; a row of a file that is listed twice counts once."""

    def __init__(self) -> None:
        super().__init__(None)
        self.rows: dict[tuple[str, int], dict[str, Any]] = {}

    def put(self, file: Path, line: int, reason: str, row: Any) -> None:
        """Set one row aside."""
        super().put(file, line, reason, row)
        told = {"file": str(file), "line": line, "reason": reason, "row": row}
        self.rows.setdefault((str(file), line), told)


class RowTally:
    """The counts by key, and the rows set aside.

    Args:
        quarantine: the file of the rows set aside; None writes none.
        counts: the file of the counts; None keeps them, and what `quarantine` holds, for this start alone.
        files: key -> the files that the recipe gives for it.
        settings: what else decides which rows of a file are read.
    """

    def __init__(
        self,
        quarantine: Path | None,
        counts: Path | None,
        *,
        files: Mapping[str, Sequence[Path]],
        settings: Mapping[str, object],
    ) -> None:
        self._quarantine = quarantine
        self._counts = counts
        self._files = files
        self._settings = json.dumps(settings, sort_keys=True)
        self._fingerprints: dict[str, str] = {}
        self._read: dict[str, Found] = {}
        self._set_aside: dict[str, list[dict[str, Any]]] = {}

    def counts(self) -> dict[str, Found]:
        """Key -> file -> counts: of this start, else of an earlier one that read the same files."""
        known = {**self._earlier(), **self._read}
        return {key: known[key] for key in self._files if key in known}

    def unread(self) -> tuple[str, ...]:
        """The keys that nothing has read, neither now nor earlier."""
        known = self.counts()
        return tuple(key for key in self._files if key not in known)

    @contextmanager
    def reading(self, key: str) -> Iterator[CollectedRows]:
        """Where the rows of the key's files go while they are read; what was found is kept even if reading fails."""
        rows = CollectedRows()
        try:
            yield rows
        finally:
            self._read[key] = {str(file): counts for file, counts in rows.counts.items()}
            self._set_aside[key] = list(rows.rows.values())
            self._keep()

    def _keep(self) -> None:
        earlier = {key: found for key, found in self._earlier().items() if key not in self._read}
        if self._quarantine is not None:
            rows = [line for line in _lines(self._quarantine) if json.loads(line)["key"] in earlier] if earlier else []
            # ASCII escapes: a row is often here because its text cannot be encoded.
            rows += [
                json.dumps({"key": key, **row}) + "\n" for key, of_key in self._set_aside.items() for row in of_key
            ]
            if rows:
                write_text(self._quarantine, "".join(rows))
            else:
                self._quarantine.unlink(missing_ok=True)
        if self._counts is not None:  # last: a count promises that its rows are on the disk
            told = {
                key: {"from": self._fingerprint(key), "files": {file: one._asdict() for file, one in found.items()}}
                for key, found in {**earlier, **self._read}.items()
            }
            write_json(self._counts, told)

    def _earlier(self) -> dict[str, Found]:
        """What earlier starts told, as far as it is true of the files that the recipe gives now."""
        if self._counts is None or not self._counts.is_file():
            return {}
        told = json.loads(self._counts.read_text(encoding="utf-8"))
        return {
            key: {file: RowCounts(**counts) for file, counts in one["files"].items()}
            for key, one in told.items()
            if key in self._files and one["from"] == self._fingerprint(key)
        }

    def _fingerprint(self, key: str) -> str:
        """A hash of the key's files, by path and content, and of the settings."""
        if key not in self._fingerprints:
            digest = hashlib.sha256(self._settings.encode())
            for path in self._files[key]:
                digest.update(f"\0{path}\0".encode())
                if is_hub_name(path) or path.exists():
                    digest.update(fingerprint(path).encode())
            self._fingerprints[key] = digest.hexdigest()
        return self._fingerprints[key]


def _lines(path: Path) -> list[str]:
    # Not splitlines(): rows are divided by line feeds alone.
    return [line + "\n" for line in path.read_text(encoding="utf-8").split("\n") if line] if path.is_file() else []
