"""How do time and memory grow with data, model size and live tokens?

    python -m benchmarks.growth [--only data size memory] [--repeats 3]

data      SFT on 94 to 1,500 rows, one pass each, in turn: seconds per token, and the slope of their logarithm against
          that of the number of rows, with a 95 % interval; 0 is growth in step with the data
size      SFT steps of models of 1, 3, 25 and 97 million parameters: multiply-adds per second over the machine's limit
memory    answers of 64 tokens to 32 to 512 prompts at once, in a process each: by how much it grows, and how much of
          that a straight line in the live tokens explains

The material is that of `benchmarks.training`. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from benchmarks.machine import matmul_flops
from benchmarks.training.material import SIZES, flops_per_token, write_material
from benchmarks.training.pace import resident
from scipy.stats import linregress, t

from solon.engines.local import LocalEngine
from solon.interfaces import SampleRequest
from solon.models.language_model import LanguageModel
from solon.models.template import Tokens
from solon.records import Message
from solon.training.optimiser import OptimiserConfig
from solon.training.supervised import SupervisedStage, row_order

ROWS = (94, 188, 375, 750, 1500)
LIVE_ROWS = (32, 64, 128, 256, 512)
STEPS = {"XS": 20, "S": 10, "M": 3, "L": 2}
TOKENS_PER_STEP = 2048


def main() -> int:
    """Measure, fit, tell."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", nargs="+", default=["data", "size", "memory"], choices=["data", "size", "memory"])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--to", type=Path, default=Path(".bench/material"))
    parser.add_argument("--live-rows", type=int, help="(a process of `memory`)")
    given = parser.parse_args()
    torch.set_num_threads(2)
    if given.live_rows:
        print(json.dumps(_grown(given.to / "S", given.live_rows)))
        return 0
    found: dict[str, Any] = {}
    if "data" in given.only:
        found["data"] = _data(given.to, given.repeats)
    if "size" in given.only:
        found["size"] = _size(given.to, given.repeats)
    if "memory" in given.only:
        found["memory"] = _memory(given.to)
    for name, told in found.items():
        print(f"{name}: {told}", file=sys.stderr)
    ok = all(told["ok"] for told in found.values())
    print(json.dumps({"name": "growth", "ours": int(ok), "peer": None, "ratio": None, "goal": 1, **found,
                      "cores": os.cpu_count(), "load": os.getloadavg()[0]}))  # fmt: skip
    return 0 if ok else 1


def _data(to: Path, repeats: int) -> dict[str, Any]:
    rows = _rows(to, "S")
    seconds: dict[int, list[float]] = {count: [] for count in ROWS}
    _seconds_per_token(to / "S", rows[:94])  # warms up
    for _ in range(repeats):
        for count in ROWS:
            seconds[count].append(_seconds_per_token(to / "S", rows[:count]))
    points = [(np.log(count), np.log(one)) for count, values in seconds.items() for one in values]
    fit = linregress(*zip(*points, strict=True))
    reach = float(t.ppf(0.975, len(points) - 2) * fit.stderr)
    slope = float(fit.slope)
    return {
        "slope": round(slope, 4), "interval": [round(slope - reach, 4), round(slope + reach, 4)],
        "microseconds_per_token": {count: round(1e6 * float(np.median(v)), 1) for count, v in seconds.items()},
        "ok": slope - reach <= 0,
    }  # fmt: skip


def _seconds_per_token(folder: Path, rows: Sequence[Tokens], steps: int | None = None) -> float:
    """Of one pass over the rows, or of so many steps, with all that comes before the first one."""
    policy = LanguageModel.load(folder / "model")
    began = time.perf_counter()
    order = row_order(rows, TOKENS_PER_STEP, 0)
    steps = steps or order.steps_per_epoch()
    stage = SupervisedStage(policy, rows, order, OptimiserConfig(peak_lr=1e-5, num_steps=steps))
    tokens = sum(stage.step(index)["tokens"] for index in range(steps))
    return (time.perf_counter() - began) / tokens


def _size(to: Path, repeats: int) -> dict[str, Any]:
    limit = matmul_flops()
    reached: dict[str, list[float]] = {size: [] for size in SIZES}
    for _ in range(repeats):
        for size, steps in STEPS.items():
            seconds = _seconds_per_token(to / size, _rows(to, size), steps)
            reached[size].append(flops_per_token(size) / seconds)
    rates = {size: float(np.median(values)) for size, values in reached.items()}
    return {
        "gflops": {size: round(rate / 1e9, 1) for size, rate in rates.items()},
        "of_the_limit": {size: round(rate / limit, 2) for size, rate in rates.items()},
        "ok": all(rates[b] > 0.95 * rates[a] for a, b in zip(SIZES, list(SIZES)[1:], strict=False)),
    }


def _memory(to: Path) -> dict[str, Any]:
    write_material(to / "S", "S")
    command = [sys.executable, "-m", "benchmarks.growth", "--to", str(to), "--live-rows"]
    told = [json.loads(subprocess.check_output([*command, str(count)])) for count in LIVE_ROWS]
    tokens, grown = [one["live_tokens"] for one in told], [one["grown_bytes"] for one in told]
    fit = linregress(tokens, grown)
    width, layers, *_ = SIZES["S"]
    return {
        "live_tokens": tokens, "megabytes": [round(one / 1e6) for one in grown], "r2": round(float(fit.rvalue) ** 2, 4),
        "bytes_per_token": round(float(fit.slope)), "keys_and_values": 2 * 4 * width * layers,
        "ok": float(fit.rvalue) ** 2 > 0.98,
    }  # fmt: skip


def _grown(folder: Path, rows: int) -> dict[str, int]:
    """By how much this process grows while so many rows are sampled."""
    engine = LocalEngine(LanguageModel.load(folder / "endless"))
    texts = json.loads((folder / "prompts.json").read_text())[:rows]
    asked = [
        SampleRequest(messages=(Message(role="user", content=text),), seed=i, max_new_tokens=64)
        for i, text in enumerate(texts)
    ]
    engine.sample_tokens(asked[:8])  # what is made once
    loaded = resident("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")
    sampled = engine.sample_tokens(asked)
    live = sum(len(one.prompt_ids) + len(one.ids) for one in sampled)
    return {"live_tokens": live, "grown_bytes": resident("VmHWM") - loaded}


def _rows(to: Path, size: str) -> list[Tokens]:
    write_material(to / size, size)
    return [
        Tokens(row["ids"], [0.0] * (len(row["ids"]) - row["own"]) + [1.0] * row["own"])
        for row in json.loads((to / size / "rows.json").read_text())
    ]


if __name__ == "__main__":
    sys.exit(main())
