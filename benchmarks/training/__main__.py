"""Does Solon train faster than TRL, on the same weights and rows, and to the same losses?

    python -m benchmarks.training [--methods sft reward dpo grpo rloo ppo] [--size S] [--repeats 5]

TRL 1.16 (PPO: 1.12.0, its last release with PPO) is installed into an environment of its own under `.bench`; `--peer`
names another one. Both sides load the same models; the loss of the same first rows must agree to 1e-4 before anything
is timed. Then each side, in a process of its own that does nothing meanwhile, makes a few steps in turn, A B A B. A
method's modes are TRL's ways to do it: its default, and the others of which the fastest is its best. `--memory` instead
runs every side alone, once, and tells by how much its process grows over the loaded models. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.machine import matmul_flops
from benchmarks.peers import trl_python, trl_with_ppo
from benchmarks.side import Side
from benchmarks.training.material import SIZES, flops_per_token, write_material

HERE = Path(__file__).parent
KEEP_MEMORY = {"MALLOC_TRIM_THRESHOLD_": str(1 << 40), "MALLOC_MMAP_MAX_": "0"}
"""glibc gives no freed memory back: of use to both sides, and given to both where time is measured."""
MODES = {
    "sft": ["default", "grouped", "packed", "padding-free"],
    "reward": ["default", "grouped"],
    "dpo": ["default", "grouped", "padding-free"],
    "grpo": ["equal", "natural"],
    "rloo": ["equal", "natural"],
    "ppo": ["equal", "natural", "lora"],
}
UNITS = {"sft": "tokens", "reward": "tokens", "dpo": "tokens", "grpo": "completions", "rloo": "completions",
         "ppo": "completions"}  # fmt: skip
STEPS = {"sft": 5, "reward": 4, "dpo": 3, "grpo": 2, "rloo": 2, "ppo": 1}
"""Of a turn."""
GOALS = {
    ("sft", "default"): 3.0, ("sft", "best"): 1.25, ("reward", "default"): 3.0, ("reward", "best"): 1.4,
    ("dpo", "default"): 4.0, ("dpo", "best"): 1.5, ("grpo", "equal"): 2.0, ("grpo", "natural"): 3.5,
    ("rloo", "equal"): 2.0, ("rloo", "natural"): 3.5, ("ppo", "equal"): 1.5, ("ppo", "natural"): 1.5,
    ("ppo", "lora"): 2.5,
}  # fmt: skip
MEMORY_GOAL = 0.6


class Case(NamedTuple):
    """What is compared."""

    method: str
    size: str
    folder: Path
    peer: str
    epochs: int


def main() -> int:
    """Compare, time, tell."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--methods", nargs="+", default=list(MODES), choices=list(MODES))
    parser.add_argument("--modes", nargs="+", help="of TRL; all of them unless told")
    parser.add_argument("--size", default="S", choices=list(SIZES))
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=4, help="of PPO")
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--peer", help="Python of an environment with TRL")
    parser.add_argument("--to", type=Path, default=Path(".bench/material"))
    given = parser.parse_args()
    peer = given.peer or trl_python()
    write_material(given.to / given.size, given.size)
    limit = matmul_flops()
    cells: dict[str, dict[str, Any]] = {}
    for method in given.methods:
        case = Case(method, given.size, given.to / given.size, peer, given.epochs)
        modes = [mode for mode in MODES[method] if not given.modes or mode in given.modes]
        found = _grown(case, modes) if given.memory else _timed(case, modes, given.repeats, limit)
        for name, cell in found.items():
            cells[f"{method} {name}"] = cell
            print(f"{given.size} {method} {name}: {cell}", file=sys.stderr, flush=True)
    worst = min(cells.values(), key=_reached)
    print(json.dumps({
        "name": "training-memory" if given.memory else "training", **{key: worst[key] for key in
        ("ours", "peer", "ratio", "goal")}, "size": given.size, "dtype": "float32", "cells": cells,
        "matmul_gflops": round(limit / 1e9, 1), "repeats": given.repeats, "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
    }))  # fmt: skip
    return 0 if _reached(worst) >= 1 else 1


def _reached(cell: dict[str, Any]) -> float:
    """At least 1 where the goal is met: of memory less is better."""
    return float(cell["goal"] / cell["ratio"] if cell["unit"] == "bytes grown" else cell["ratio"] / cell["goal"])


def _timed(case: Case, modes: list[str], repeats: int, limit: float) -> dict[str, dict[str, Any]]:
    """Each of TRL's modes against Solon, in turn."""
    on_policy = case.method in ("grpo", "rloo", "ppo")
    rates: dict[str, list[float]] = {}
    lengths: dict[str, float] = {}
    for group in [[mode] for mode in modes] if on_policy else [modes]:
        sides = {f"solon {group[0]}" if on_policy else "solon": _side(case, "solon", group[0], KEEP_MEMORY)}
        sides |= {mode: _side(case, "trl", mode, KEEP_MEMORY) for mode in group}
        _check_agreement(case, sides)
        for _ in range(repeats):
            for name, side in sides.items():
                told = side.turn()
                rates.setdefault(name, []).append(told[UNITS[case.method]] / told["seconds"])
                lengths[name] = told.get("tokens", 0.0)
        for side in sides.values():
            side.end()
    speed = {name: statistics.median(values) for name, values in rates.items()}
    spread = {name: [round(min(values), 2), round(max(values), 2)] for name, values in rates.items()}

    def cell(ours: str, mode: str, goal: str) -> dict[str, Any]:
        told = {
            "ours": round(speed[ours], 2), "peer": round(speed[mode], 2), "ratio": round(speed[ours] / speed[mode], 2),
            "goal": GOALS[case.method, goal], "mode": mode, "unit": f"{UNITS[case.method]}/s",
            "range": {ours: spread[ours], mode: spread[mode]},
        }  # fmt: skip
        if case.method == "sft":
            told["limit"] = round(speed[ours] * flops_per_token(case.size) / limit, 2)
        if on_policy:
            told["tokens"] = {"solon": round(lengths[ours]), "trl": round(lengths[mode])}
        return told

    if on_policy:
        return {mode: cell(f"solon {mode}", mode, mode) for mode in modes}
    best = max(modes, key=lambda mode: speed[mode])
    cells = {"default": cell("solon", "default", "default")} if "default" in modes else {}
    return cells | {"best": cell("solon", best, "best"), "modes": cell("solon", best, "best") | {"all": spread}}


def _grown(case: Case, modes: list[str]) -> dict[str, dict[str, Any]]:
    """By how much each process grows over the loaded models, every side alone."""
    found = {}
    for mode in modes:
        grown = {}
        for who in ("solon", "trl"):
            side = _side(case, who, mode, {})
            side.turn()
            grown[who] = side.end()["grown_bytes"]
        found[mode] = {
            "ours": round(grown["solon"] / 1e6), "peer": round(grown["trl"] / 1e6),
            "ratio": round(grown["solon"] / grown["trl"], 2), "goal": MEMORY_GOAL, "unit": "bytes grown",
        }  # fmt: skip
    return found


def _side(case: Case, who: str, mode: str, environment: dict[str, str]) -> Side:
    ppo = ["--epochs", str(case.epochs)] if case.method == "ppo" else []
    steps = ["--steps", str(STEPS[case.method]), "--warm", "1" if case.method == "ppo" else "2"]
    if who == "solon":
        command = [sys.executable, "-m", "benchmarks.training.solon_side", str(case.folder), case.method, mode]
        return Side([*command, *steps, *ppo], {**os.environ, **environment})
    clean = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"} | environment
    if case.method == "ppo":
        clean["PYTHONPATH"] = trl_with_ppo(case.peer)
        full = "equal" if mode == "lora" else mode  # TRL's PPO with four full models beside Solon's with adapters
        return Side([case.peer, str(HERE / "trl_ppo_side.py"), str(case.folder), full, *steps, *ppo], clean)
    return Side([case.peer, str(HERE / "trl_side.py"), str(case.folder), case.method, mode, *steps], clean)


def _check_agreement(case: Case, sides: dict[str, Side]) -> None:
    """Refuse to time what does not compute the same."""
    losses = {name: side.ready["loss"] for name, side in sides.items() if side.ready["loss"] is not None}
    if losses and max(losses.values()) - min(losses.values()) > 1e-4:
        raise SystemExit(f"error: {case.method}: losses of the first rows differ: {losses}")


if __name__ == "__main__":
    sys.exit(main())
