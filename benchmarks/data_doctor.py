"""What does the doctor find in the public data sets, row by row as their files stand?

    python benchmarks/data_doctor.py [--markdown docs/FILE.md]

Every JSON row of every file under $SOLON_DATA/data is taken as the text of all its strings, so that no reader decides
what is looked at; of plain text every line that is not blank is a row. Counted: rows with text in the wrong encoding,
rows that repeat an earlier row of the same set (all fields alike), and rows nearly like an earlier one. The last line
is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from solon.data.doctor.duplicates import duplicates
from solon.data.doctor.encoding import repair_strings
from solon.data.doctor.fingerprints import Fingerprints
from solon.data.lines import read_jsonl, read_lines
from solon.data.text import is_text

STATES = ("repaired", "partly", "hopeless")


class SetFound(NamedTuple):
    """Rows of one set."""

    name: str
    rows: int
    encoding: Counter[str]
    """By the worst state of a row's strings."""
    identical: int
    near: int


def main() -> int:
    """Look at every set."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--markdown", type=Path, help="write the table to this file as well")
    given = parser.parse_args()
    folder = Path(os.environ.get("SOLON_DATA", "../shared")) / "data"
    sets = sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    if not sets:
        print(f"{folder} holds no data sets: set SOLON_DATA", file=sys.stderr)
        return 1
    begun = time.perf_counter()
    found = []
    for path in sets:
        found.append(look_at(path))
        print(line_of(found[-1]), flush=True)
    if given.markdown:
        head = "| set | rows | repaired | partly | hopeless | repeated rows | near-duplicates |\n" + "|---" * 7 + "|\n"
        given.markdown.write_text(head + "".join(line_of(one) + "\n" for one in found), encoding="utf-8")
    totals = {state: sum(one.encoding[state] for one in found) for state in STATES}
    result = {
        "name": "data_doctor", "sets": len(found), "rows": sum(one.rows for one in found), **totals,
        "identical": sum(one.identical for one in found), "near": sum(one.near for one in found),
        "seconds": round(time.perf_counter() - begun, 1),
    }  # fmt: skip
    print(json.dumps(result))
    return 0


def look_at(path: Path) -> SetFound:
    """One set: all files of its folder together."""
    encoding: Counter[str] = Counter()
    rows = Fingerprints()
    for value in values_of(path):
        _, repairs = repair_strings(value)
        if repairs:
            encoding[max((one.status for one in repairs), key=STATES.index)] += 1
        rows.add(text_of(value))
    found = duplicates(rows, lambda: map(text_of, values_of(path)))
    return SetFound(path.name, len(rows), encoding, len(found.of("identical")), len(found.of("near")))


def values_of(folder: Path) -> Iterator[Any]:
    """The rows of all files of a set."""
    for file in sorted(folder.iterdir()):
        if is_text(file):
            yield from (line for _, line in read_lines(file) if line.strip())
        elif file.name.removesuffix(".gz").endswith(".jsonl"):
            yield from (row.value for row in read_jsonl(file))


def text_of(value: Any) -> str:
    """A row as one text: its fields in the order of their names."""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)


def line_of(found: SetFound) -> str:
    """One line of the table."""
    states = " | ".join(f"{found.encoding[state]}" for state in STATES)
    return f"| {found.name} | {found.rows:,} | {states} | {found.identical:,} | {found.near:,} |"


if __name__ == "__main__":
    sys.exit(main())
