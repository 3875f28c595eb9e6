"""Does a run that is killed and resumed end in the very same result?

    python benchmarks/kill.py quickstart --kills 10 --seed 0

Runs the recipe undisturbed (A), then another time (B) with `kill -9` at random moments, each time resumed by the same
command until it is done. Each has a cache of its own. Compared: `metrics.json` (seconds aside), and byte for byte all
weights, records and training metrics. The last line is JSON; the exit status is 1 where something differs or kills are
missing.

The moments are random shares of the undisturbed time. An attempt also gets the time that a start takes, so that killing
goes on through the whole run. Moments in its last tenth are not drawn: the machine may be a little faster the second
time, and a run that is done cannot be killed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

LAST = 0.9
"""Share of the undisturbed time after which no moment is drawn."""
NOT_COMPARED = frozenset({"checkpoints", "work", "key"})


def main() -> int:
    """Run, kill, resume, compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recipe", nargs="?", default="quickstart")
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0, help="decides the moments")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="given to both runs")
    parser.add_argument("--folder", type=Path, default=Path("runs/kill"), help="emptied first; then holds both runs")
    given = parser.parse_args()
    folder: Path = given.folder
    shutil.rmtree(folder, ignore_errors=True)

    undisturbed, resumed = folder / "undisturbed", folder / "resumed"
    undisturbed_seconds = run(given.recipe, undisturbed, given.set)
    start_seconds = run(given.recipe, undisturbed, given.set, "--dry-run")
    shares = gaps(given.kills, given.seed)
    killed_after = []
    for number, share in enumerate(shares, start=1):
        delay = start_seconds + share * max(0.0, undisturbed_seconds - start_seconds)
        if not run_and_kill(given.recipe, resumed, given.set, delay):
            say(f"attempt {number} was done after less than {delay:.1f} s: nothing left to kill")
            break
        killed_after.append(round(delay, 1))
        say(f"killed {number} of {given.kills} after {delay:.1f} s: {state(resumed)}")
    run(given.recipe, resumed, given.set)

    result = compare(undisturbed, resumed)
    result |= {
        "name": "kill", "kills": len(killed_after), "recipe": given.recipe, "set": given.set, "seed": given.seed,
        "undisturbed_seconds": round(undisturbed_seconds, 1), "killed_after_seconds": killed_after,
    }  # fmt: skip
    print(json.dumps(result))
    return 0 if result["identical"] and len(killed_after) == given.kills else 1


def gaps(kills: int, seed: int) -> list[float]:
    """Distances between `kills` random moments in (0, LAST), from 0 on."""
    chance = random.Random(seed)
    moments = sorted(LAST * chance.random() for _ in range(kills))
    return [moment - before for before, moment in zip([0.0, *moments], moments, strict=False)]


def start(recipe: str, to: Path, assignments: Sequence[str], *options: str) -> subprocess.Popen[bytes]:
    """Begin a run, or go on with it, in a process group of its own and with a cache of its own."""
    command = [sys.executable, "-m", "solon", "run", recipe, "--to", str(to), *options]
    for assignment in ("gates=record", *assignments):
        command += ["--set", assignment]
    to.parent.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "SOLON_CACHE": str(to.with_name(f"{to.name}-cache"))}
    with to.with_name(f"{to.name}.log").open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, env=environment, start_new_session=True)


def run(recipe: str, to: Path, assignments: Sequence[str], *options: str) -> float:
    """Run to the end; the seconds it took."""
    began = time.monotonic()
    status = start(recipe, to, assignments, *options).wait()
    seconds = time.monotonic() - began
    if status != 0:
        raise SystemExit(f"error: the run ended with status {status}; see {to.with_name(f'{to.name}.log')}")
    say(f"{to} {' '.join(options)}: done after {seconds:.1f} s")
    return seconds


def run_and_kill(recipe: str, to: Path, assignments: Sequence[str], delay: float) -> bool:
    """Run for `delay` seconds, then kill -9 the whole group; False where the run was done before."""
    process = start(recipe, to, assignments)
    try:
        process.wait(timeout=delay)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return True
    if process.returncode != 0:
        raise SystemExit(f"error: a resumed run failed; see {to.with_name(f'{to.name}.log')}")
    return False


def state(run_folder: Path) -> str:
    """What a killed run left behind, in a few words."""
    names = sorted(path.name for path in run_folder.glob("*") if path.is_dir())
    partial = [name.removeprefix(".partial-") for name in names if name.startswith(".partial-")]
    done = [name for name in names if name[0].isdigit()]
    return f"{len(done)} stages done, " + (f"inside {', '.join(partial)}" if partial else "between stages")


def compare(first: Path, second: Path) -> dict[str, Any]:
    """Whether two runs hold the same figures, weights, records and training metrics, and which files differ."""
    ours, theirs = hashes(first), hashes(second)
    different = sorted(name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name))
    same_metrics = figures(first) == figures(second)
    weights = [name for name in ours if name.endswith(".safetensors")]
    return {
        "identical": same_metrics and not different and bool(weights),
        "metrics_identical": same_metrics,
        "num_weights": len(weights),
        "num_records": len(ours) - len(weights),
        "different": different,
    }


def hashes(run_folder: Path) -> dict[str, str]:
    """sha256 of all weights and JSON-lines files of a run, by their paths in it."""
    found = {}
    for path in sorted(run_folder.rglob("*")):
        name = path.relative_to(run_folder)
        if path.suffix in (".safetensors", ".jsonl") and path.is_file() and not NOT_COMPARED & set(name.parts):
            found[name.as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def figures(run_folder: Path) -> dict[str, Any]:
    """`metrics.json` without what a clock measured."""
    told = json.loads((run_folder / "metrics.json").read_text(encoding="utf-8"))
    return {stage: {k: v for k, v in found.items() if k != "seconds"} for stage, found in told["stages"].items()}


def say(line: str) -> None:
    """Progress, on stderr."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
