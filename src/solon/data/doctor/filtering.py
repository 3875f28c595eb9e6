"""A file without the rows that nobody wants; the rows that stay are written as they were."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from solon.data.doctor.corpus import Corpus
from solon.data.doctor.duplicates import duplicates
from solon.data.doctor.encoding import repair_strings
from solon.data.doctor.language import language_of
from solon.data.doctor.leaks import Leaks
from solon.data.doctor.rows import raw_rows, rows_of
from solon.data.doctor.texts import whole
from solon.data.doctor.threads import Threads
from solon.data.quarantine import QuarantineWriter
from solon.errors import InputError


class Wanted(NamedTuple):
    """Which rows stay."""

    drop_duplicates: bool = False
    """Of rows that are equal, case and white space apart, the first stays."""
    drop_near_duplicates: bool = False
    """Also of rows that are nearly so; of a chain of alike rows the first stays."""
    drop_overlap_with: tuple[Path, ...] = ()
    """Rows that repeat a row of these files, or its prompt, exactly or nearly, go; and those that hold one, or stand
    inside one."""
    language: str | None = None
    """ISO 639-1; rows in another language, or of one that cannot be told, go."""
    repair: bool = False
    """Repair text that was read in the wrong encoding."""
    objections: Mapping[int, str] = {}
    """Line -> what a critic has against it; these rows go too."""


class Filtered(NamedTuple):
    """What became of the rows: rows_in = rows_out + the sum of `dropped`."""

    rows_in: int
    rows_out: int
    dropped: dict[str, int]
    """By reason."""
    repaired: int
    """Rows in which a text was changed."""


def filter_file(path: Path, out: Path, dropped: QuarantineWriter, wanted: Wanted, *, format: str | None) -> Filtered:
    """Write the rows of `path` that stay to `out`, as JSONL, and the others to `dropped` with their reason.

    Rows that cannot be read as records are dropped too. Where every row is one message of a tree, whole threads stay or
    go: with a message goes all that stands below it. `out` appears when it is whole.

    Raises:
        InputError: a file cannot be read, or near-duplicates are to be dropped among messages of trees.
    """
    reasons = _reasons(path, wanted, format)
    counts: Counter[str] = Counter()
    rows_in = repaired = 0
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f".partial-{out.name}")
    with partial.open("w", encoding="utf-8", newline="\n") as file:
        for line, value in raw_rows(path):
            rows_in += 1
            if reason := reasons.get(line):
                counts[reason.kind] += 1
                dropped.put(path, line, reason.told, value)
                continue
            row = value
            if wanted.repair:
                row, _ = repair_strings(value)
                repaired += row != value
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    partial.replace(out)
    return Filtered(rows_in, rows_in - counts.total(), dict(counts), repaired)


class _Reason(NamedTuple):
    kind: str
    detail: str

    @property
    def told(self) -> str:
        return f"{self.kind}: {self.detail}"


class _Unusable(QuarantineWriter):
    """Keeps the reasons by line."""

    def __init__(self) -> None:
        super().__init__(None)
        self.reasons: dict[int, _Reason] = {}

    def put(self, file: Path, line: int, reason: str, row: Any) -> None:
        super().put(file, line, reason, row)
        self.reasons[line] = _Reason("cannot be used", reason)


def _reasons(path: Path, wanted: Wanted, format: str | None) -> dict[int, _Reason]:
    """Line -> why the row goes; of several reasons the first."""
    threads = Threads(path, format=format)
    if threads and wanted.drop_near_duplicates:
        raise InputError.at(
            path, None, "its rows are single messages of threads, and threads of one tree begin alike without "
            "repeating each other, so that near-duplicates cannot be told; use --drop-duplicates",
        )  # fmt: skip
    unusable, told = _Unusable(), set()
    rows = Corpus(whole, format=format)
    found: dict[int, _Reason] = {}
    compare = wanted.drop_duplicates or wanted.drop_near_duplicates
    for row in rows_of(path, unusable, format=format):
        if threads:
            told.add(row.line)
        if wanted.language and (language := language_of(whole(row.records))) != wanted.language:
            found[row.line] = _Reason("language", language)
        elif compare:
            rows.add(row)
    found |= unusable.reasons
    for line, objection in wanted.objections.items():
        found.setdefault(line, _Reason("critique", objection))
    if wanted.drop_overlap_with:
        for leak in Leaks([path], wanted.drop_overlap_with, format=format):
            found.setdefault(leak.row.line, _Reason("overlap", f"{leak.how.removeprefix('=')} {leak.other}".strip()))
    if compare:
        for match in duplicates(rows.prints, rows.texts).found:
            if match.kind != "near" or wanted.drop_near_duplicates:
                what = "near-duplicate" if match.kind == "near" else "duplicate"
                found.setdefault(rows.line(match.second), _Reason(what, f"{rows.place(match.first)}"))
    return found | {line: _Reason("thread", why) for line, why in threads.following(found, told).items()}
