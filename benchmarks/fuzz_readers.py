"""Does any file crash a reader, or lose a row in silence?

    python benchmarks/fuzz_readers.py [--inputs 12000]

Half of the inputs are files of every kind, whole or damaged; the other half rows of one format's own fields with values
of any type, read as that format and as what they are recognised as. Anything but InputError that leaves a reader is a
crash; a row that is neither used nor quarantined is lost. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
from hypothesis import HealthCheck, Phase, given, seed, settings
from tests.data.damaged import Table, lost_rows, rows, tables

from solon.data.formats import FORMATS


def main() -> int:
    """Generate, read, tell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=int, default=12_000)
    given_arguments = parser.parse_args()
    told: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def read(table: Table, format: str | None) -> None:
            told["inputs"] += 1
            try:
                told["lost"] += lost_rows(folder, table, format)
            except Exception:  # whatever leaves a reader is a finding: counted, and shown with its input
                told["crashes"] += 1
                print(f"crash as {format}: {table!r}", file=sys.stderr)
                traceback.print_exc()

        half = given_arguments.inputs // 2
        _generate(half, tables(), lambda table: read(table, None))
        for format in FORMATS:

            def read_both(row: object, format: str = format.name) -> None:
                table = Table("a.jsonl", (json.dumps(row) + "\n").encode())
                read(table, format)
                read(table, None)

            _generate(-(-half // len(FORMATS) // 2), rows(format.name), read_both)
    result = {
        "name": "fuzz_readers",
        "formats": len(FORMATS),
        **{key: told[key] for key in ("inputs", "crashes", "lost")},
    }
    print(json.dumps(result))
    return int(bool(told["crashes"] or told["lost"]))


def _generate(count: int, values: st.SearchStrategy[Any], read: Callable[[Any], None]) -> None:
    @seed(1)
    @settings(
        max_examples=count, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(value=values)
    def each(value: Any) -> None:
        read(value)

    each()


if __name__ == "__main__":
    sys.exit(main())
