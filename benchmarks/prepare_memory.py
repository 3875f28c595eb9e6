"""Does preparing a file ten times as long take more memory?

    python -m benchmarks.prepare_memory

Prepares 10,000 real Alpaca rows and 100,000, each in a process of its own, and compares the peak of resident memory as
the system counted it (what the imports take included, and told). The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

GOAL = 1.1

CHILD = """
import json, resource, sys
from pathlib import Path
from solon.data.prepare import prepare
from solon.data.quarantine import QuarantineWriter
from solon.models.language_model import load_tokenizer
from solon.models.template import ChatTemplate

model, rows, folder, processes = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
tokenizer = load_tokenizer(model)
template = ChatTemplate(tokenizer, model)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
told = prepare(
    [rows], template, folder, vocab_size=len(tokenizer), most_tokens=512, long_rows="cut_right", packing=True,
    quarantine=QuarantineWriter(None), processes=processes,
)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"rows": told["num_rows"], "before_mib": before / 1024, "peak_mib": peak / 1024}))
"""


def main() -> int:
    """Prepare both, compare, tell."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000, help="of the shorter file")
    parser.add_argument("--processes", type=int, default=1)
    given = parser.parse_args()
    from benchmarks.prepare import adapted, alpaca_rows

    found = {}
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        adapted(folder / "model")
        for times in (1, 10):
            rows = folder / f"{times}.jsonl"
            with rows.open("w", encoding="utf-8") as file:
                file.writelines(alpaca_rows(given.rows * times))
            command = [sys.executable, "-c", CHILD, str(folder / "model"), str(rows), str(folder / f"shard{times}")]
            done = subprocess.run(
                [*command, str(given.processes)], stdout=subprocess.PIPE, check=True, env=dict(os.environ)
            )
            found[times] = json.loads(done.stdout.splitlines()[-1]) | {"file_mib": rows.stat().st_size / 2**20}
            print(f"{times}x: {found[times]}", file=sys.stderr, flush=True)
    ratio = found[10]["peak_mib"] / found[1]["peak_mib"]
    result = {
        "name": "prepare_memory", "once": found[1], "ten_times": found[10], "ratio": round(ratio, 4), "goal": GOAL,
        "processes": given.processes,
    }  # fmt: skip
    print(json.dumps(result))
    return 0 if ratio <= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
