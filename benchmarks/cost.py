"""How long does a recipe take, and how much memory, from nothing?

    python benchmarks/cost.py quickstart

Runs `solon run` without a cache in a process of its own. The last line is JSON: wall-clock seconds, and the peak of
resident memory as the system counted it for that process. This program imports nothing large: the count begins with
what the parent held when the process was made.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

BYTES_OF_MAXRSS = 1 if sys.platform == "darwin" else 1024


def main() -> int:
    """Run, measure, tell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recipe", nargs="?", default="quickstart")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--folder", type=Path, default=Path("runs/cost"), help="emptied first; then holds the run")
    given = parser.parse_args()
    folder: Path = given.folder
    shutil.rmtree(folder, ignore_errors=True)
    command = [sys.executable, "-m", "solon", "run", given.recipe, "--to", str(folder / "run")]
    for assignment in given.set:
        command += ["--set", assignment]
    load_before = os.getloadavg()[0]
    began = time.monotonic()
    # The run's own output goes to stderr: the last line of stdout is the result.
    done = subprocess.run(
        command, stdout=sys.stderr, env={**os.environ, "SOLON_CACHE": str(folder / "cache")}, check=False
    )
    result = {
        "name": "cost", "recipe": given.recipe, "set": given.set, "status": done.returncode,
        "seconds": round(time.monotonic() - began, 1), "load_before": load_before,
        "peak_bytes": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * BYTES_OF_MAXRSS,
        "report": (folder / "run" / "report.html").is_file(),
    }  # fmt: skip
    print(json.dumps(result))
    return 0 if done.returncode == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
