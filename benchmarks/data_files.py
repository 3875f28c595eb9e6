"""What becomes of every published file at hand?

    SOLON_DATA=../shared python benchmarks/data_files.py [--docs docs]

Reads every row of every file below $SOLON_DATA/data, writes the records, reads them back, and compares; and calls
`solon data check` on every file, whose counts must be the same. Writes DOCS/data-files.md, a table of all files, and
DOCS/data-formats.md, a table of all formats. The last line is JSON.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import typer

from solon.commands.data_doctor import check
from solon.data.formats import FORMATS
from solon.data.load import load
from solon.data.quarantine import QuarantineWriter, RowCounts
from solon.data.recognition import recognise
from solon.errors import InputError
from solon.records import Record
from solon.store.records import write_records

NOT_DATA = {"MANIFEST.json", "README.md", "model_spec/LICENSE", "rbr_gold/proposition_prompts.yaml"}
FILES_INTRO = """# Every published file at hand

Made by `benchmarks/data_files.py`: each file of the shared data read whole by `load`, whatever its format. Rows in are
rows used plus rows quarantined; the last column tells the reason of the first quarantined row. All records were written
and read back, and were equal. What each format is: [data-formats.md](data-formats.md).

`check` is the exit status of `solon data check FILE`, for each file by itself: 0 nothing found, 3 something, 1 the file
cannot be read. `found` is what, with the number of rows ([data-doctor.md](data-doctor.md)). Command and reader counted
the same rows in, out and quarantined.
"""
FORMATS_INTRO = """# Formats

Made by `benchmarks/data_files.py` from the formats themselves. A row is read in the first format that recognises it by
its fields, so that the particular ones stand first; `--format NAME` reads all rows of a file in one.

A row whose answer is empty is no demonstration and goes to quarantine; read for its prompt
(`source.data.helpful_prompts`, `solon data convert --to prompts`) it is used.
"""


class Checked(NamedTuple):
    """What the command `solon data check` told of one file."""

    status: int
    told: dict[str, Any]
    """Its JSON; empty where the file could not be read."""

    @property
    def counts(self) -> RowCounts:
        """Rows in, out and quarantined."""
        return RowCounts(*(self.told.get(name, 0) for name in ("rows_in", "rows_out", "quarantined")))


class Report(NamedTuple):
    """What became of one file."""

    name: str
    format: str
    counts: RowCounts
    kinds: dict[str, int]
    reason: str
    equal: bool
    check: Checked


def main() -> int:
    """Read all, write the tables, tell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--docs", type=Path, default=Path("docs"))
    docs: Path = parser.parse_args().docs
    folder = Path(os.environ.get("SOLON_DATA") or "../shared") / "data"
    (docs / "data-formats.md").write_text(formats_page(), encoding="utf-8")
    names = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    began = time.monotonic()
    reports = []
    for name in sorted(set(names) - NOT_DATA):
        reports.append(report(folder, name))
        print(" | ".join(_cells(reports[-1])), file=sys.stderr)
    seconds = time.monotonic() - began
    counts = [one.counts for one in reports]
    told = {
        "name": "data_files",
        "files": len(reports),
        "rows_in": sum(one.rows_in for one in counts),
        "rows_out": sum(one.used for one in counts),
        "quarantined": sum(one.quarantined for one in counts),
        "records": sum(sum(one.kinds.values()) for one in reports),
        "adds_up": all(one.rows_in == one.used + one.quarantined for one in counts)
        and _as_the_manifest(folder, reports),
        "check_agrees": all(one.check.counts == one.counts for one in reports),
        "check_status": dict(sorted(Counter(str(one.check.status) for one in reports).items())),
        "check_found": _found(reports),
        "read_back_equal": all(one.equal for one in reports),
        "seconds": round(seconds, 1),
    }
    (docs / "data-files.md").write_text(
        f"{FILES_INTRO}\n{_summary(told)}\n{_table(FILE_COLUMNS, map(_cells, reports))}", encoding="utf-8"
    )
    print(json.dumps(told))
    return int(not all(told[name] for name in ("files", "adds_up", "read_back_equal", "check_agrees")))


def report(folder: Path, name: str) -> Report:
    """Read one file whole, write its records, read them back."""
    path, quarantine = folder / name, QuarantineWriter(None)
    doctor = checked(path)
    try:
        found = recognise(path)
        records = [one.record for one in load(path, quarantine)]
    except InputError as error:
        return Report(name, "-", RowCounts(0, 0, 0), {}, str(error), False, doctor)
    counts, kinds = quarantine.counts[path], quarantine.kinds[path]
    reason = quarantine.first_reason.get(path, "")
    return Report(name, found.name if found else "-", counts, kinds, reason, _reads_back(records), doctor)


def checked(path: Path) -> Checked:
    """Call the command on one file."""
    written, status = io.StringIO(), 0
    try:
        with contextlib.redirect_stdout(written):
            check([path], as_json=True)
    except typer.Exit as ended:
        status = ended.exit_code
    except InputError:
        return Checked(1, {})
    return Checked(status, json.loads(written.getvalue()))


def _found(reports: Iterable[Report]) -> dict[str, list[int]]:
    """Kind of finding -> files, rows."""
    found: dict[str, list[int]] = {}
    for one in reports:
        for finding in one.check.told.get("findings", ()):
            files_rows = found.setdefault(finding["kind"], [0, 0])
            files_rows[0] += 1
            files_rows[1] += finding["rows"]
    return dict(sorted(found.items()))


def _summary(told: dict[str, Any]) -> str:
    """The totals of docs/data-files.md."""
    status = ", ".join(f"{told['check_status'].get(one, 0)} with {one}" for one in "031")
    found = _table(("found", "files", "rows"), ((kind, *map(str, two)) for kind, two in told["check_found"].items()))
    return (
        f"In all {told['files']} files: {told['rows_in']} rows in = {told['rows_out']} used + {told['quarantined']} "
        f"quarantined;\n{told['records']} records. Of the checks end {status}.\n\n{found}"
    )


def _reads_back(records: Sequence[Record]) -> bool:
    of_kind: dict[str, list[Record]] = {}
    for record in records:
        of_kind.setdefault(type(record).__name__, []).append(record)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "records.jsonl"
        for same in of_kind.values():
            write_records(out, same)
            if [one.record for one in load(out, QuarantineWriter(None))] != same:
                return False
    return True


def _as_the_manifest(folder: Path, reports: Iterable[Report]) -> bool:
    """Whether every file has as many rows as whoever collected it counted."""
    manifest = json.loads((folder / "MANIFEST.json").read_text(encoding="utf-8"))
    rows = {name: told.get("rows") for name, told in manifest.items()}
    return all(rows.get(one.name) in (None, one.counts.rows_in) for one in reports)


FILE_COLUMNS = ("file", "format", "rows in", "rows out", "quarantined", "records", "check", "found", "first reason")


def _cells(one: Report) -> tuple[str, ...]:
    kinds = ", ".join(f"{number} {kind}" for kind, number in sorted(one.kinds.items()))
    found = ", ".join(f"{finding['rows']} {finding['kind']}" for finding in one.check.told.get("findings", ()))
    return (
        one.name,
        one.format,
        *map(str, one.counts),
        kinds,
        str(one.check.status),
        found,
        one.reason.replace("`", ""),
    )


def formats_page() -> str:
    """docs/data-formats.md."""
    rows = ((f"`{one.name}`", one.known_by, one.gives, one.left_aside) for one in FORMATS)
    return f"{FORMATS_INTRO}\n{_table(('format', 'known by', 'gives', 'left aside'), rows)}"


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |\n" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
