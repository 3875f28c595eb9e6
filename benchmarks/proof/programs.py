"""The two parts that run the command line as other processes: killed at random moments, and measured."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.proof.claims import Verdict, fact
from benchmarks.proof.markdown import table
from benchmarks.proof.study import Section, Study

from solon.errors import SolonError
from solon.store.records import write_json

BENCHMARKS = Path(__file__).resolve().parents[1]
KILLS = 10
MOST_SECONDS = 480
MOST_BYTES = 4_000_000_000


def make_kill(study: Study) -> Section:
    """Kill a run ten times, resume it, and compare it with an undisturbed one."""
    seed = study.seeds[0]
    arguments = [study.recipe, "--kills", str(KILLS), "--seed", str(seed), *_assignments(study)]
    result = result_of(study, "kill", arguments)
    return Section(kill_body(result), kill_verdicts(result))


def make_cost(study: Study) -> Section:
    """Run the recipe as `make quickstart` does, without a cache, and measure it."""
    result = result_of(study, "cost", [study.recipe, *_assignments(study)])
    return Section(cost_body(result), cost_verdicts(result))


def _assignments(study: Study) -> list[str]:
    return [part for override in study.overrides for part in ("--set", override)]


def result_of(study: Study, name: str, arguments: Sequence[str]) -> dict[str, Any]:
    """The JSON line that a program ends in; kept, so that a finished one is not run again.

    Raises:
        SolonError: the program failed.
    """
    folder = study.folder / name
    kept = folder / "result.json"
    if kept.is_file():
        told: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
        if told["arguments"] == list(arguments):
            study.progress.say(f"{kept}: kept; remove it to measure again")
            return told
    command = [sys.executable, str(BENCHMARKS / f"{name}.py"), *arguments, "--folder", str(folder / "work")]
    study.progress.say(" ".join(command))
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    lines = done.stdout.strip().splitlines()
    if not lines or not lines[-1].startswith("{"):
        raise SolonError(f"{name}.py ended with status {done.returncode} and without a result; see its output above")
    result: dict[str, Any] = {**json.loads(lines[-1]), "arguments": list(arguments)}
    write_json(kept, result)
    return result


def kill_body(result: Mapping[str, Any]) -> str:
    """What was killed when, and what was compared."""
    moments = ", ".join(f"{seconds:.0f}" for seconds in result["killed_after_seconds"])
    rows = [
        ["kills", str(result["kills"])],
        ["seconds of each attempt until kill -9", moments],
        ["seconds undisturbed", f"{result['undisturbed_seconds']:.0f}"],
        ["files of weights compared byte for byte", str(result["num_weights"])],
        ["files of records and training metrics compared byte for byte", str(result["num_records"])],
        ["files that differ", ", ".join(result["different"]) or "none"],
        ["metrics.json, seconds aside", "identical" if result["metrics_identical"] else "different"],
    ]
    return table(["", ""], rows)


def kill_verdicts(result: Mapping[str, Any]) -> list[Verdict]:
    """As many kills as asked, and no difference."""
    found = f"{result['kills']} kills, {'identical' if result['identical'] else 'different'}"
    met = bool(result["identical"]) and result["kills"] >= KILLS
    return [fact("kill -9 at random moments, resumed", f"{KILLS} kills, identical", found, met=met)]


def cost_body(result: Mapping[str, Any]) -> str:
    """Wall clock and memory."""
    rows = [
        ["wall clock", f"{result['seconds'] / 60:.1f} minutes"],
        ["peak resident memory", f"{result['peak_bytes'] / 1e9:.2f} GB"],
        ["load average (1 minute) before it began", f"{result['load_before']:.2f}"],
        ["exit status", str(result["status"])],
    ]
    told = "`solon run` in a process of its own, without a cache, as `make quickstart` runs it after installation; "
    return told + "other work on the machine makes it slower.\n\n" + table(["", ""], rows)


def cost_verdicts(result: Mapping[str, Any]) -> list[Verdict]:
    """Within the time and the memory of a laptop."""
    seconds, used = float(result["seconds"]), float(result["peak_bytes"])
    done = result["status"] == 0
    minutes = f"{seconds / 60:.1f} minutes"
    return [
        fact("quickstart: wall clock", "<= 8 minutes", minutes, met=done and seconds <= MOST_SECONDS),
        fact("quickstart: peak memory", "< 4 GB", f"{used / 1e9:.2f} GB", met=done and used < MOST_BYTES),
    ]
