"""How long do all findings take from a cold cache, and how many have the expected shape?

    python -m benchmarks.findings              # three seeds, 100 to 102; the goal is three hours on two cores
    python -m benchmarks.findings --quick      # one seed, smaller experiments; the goal is twenty minutes

Runs `solon findings run --all` in a process of its own with an empty cache, prints the table of `docs/findings.md`, and
ends in one JSON line.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.proof.markdown import table

GOALS = {False: 3 * 3600, True: 20 * 60}
"""Seconds."""
LEAST_REPRODUCED = 20


def main() -> None:
    """Run, print the table and the JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--to", type=Path, help="keep results and page here")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as empty:
        to = given.to or Path(empty) / "findings"
        command = [sys.executable, "-m", "solon", "findings", "run", "--all", "--to", str(to), "--json"]
        began = time.monotonic()
        ran = subprocess.run(
            command + ["--quick"] * given.quick,
            env=os.environ | {"SOLON_CACHE": str(Path(empty) / "cache")},
            stdout=subprocess.PIPE,
            text=True,
        )
        seconds = time.monotonic() - began
    told = json.loads(ran.stdout)
    print(findings_table(told["findings"]))
    line = {
        "name": "findings",
        "quick": given.quick,
        "ours": round(seconds),
        "goal": GOALS[given.quick],
        "reproduced": told["reproduced"],
        "of": len(told["findings"]),
        "goal_reproduced": LEAST_REPRODUCED,
        "status": ran.returncode,
    }
    print(json.dumps(line))


def findings_table(findings: list[dict[str, Any]]) -> str:
    """A row for each finding: its shape, part by part, and whether it is reproduced."""
    rows = []
    for one in findings:
        parts = [f"{'' if part['holds'] else '**not:** '}{part['claim']} ({part['found']})" for part in one["shape"]]
        verdict = "yes" if one["reproduced"] else "failed" if one["failures"] else "no"
        rows.append([f"`{one['name']}`", one["source"], verdict, "; ".join(parts), f"{one['seconds']:.0f}"])
    return table(["finding", "source", "reproduced", "what was found", "processor seconds"], rows)


if __name__ == "__main__":
    main()
