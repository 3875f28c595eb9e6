"""Does the local engine sample faster than llama.cpp through its Python binding, and the same tokens?

    python -m benchmarks.sampling_llama [--size S] [--shapes equal varied samples judge] [--repeats 3] [--peer PYTHON]

Shapes, weights, prompts and numbers of tokens are those of `benchmarks.sampling`; both compute in float32 with two
threads and keep keys and values in float32. llama.cpp gets 64 sequences in one context, whose shared tokens it reads
once, as it is told to by hand. Its binding is compiled into an environment of its own under `.bench` (needs a C++
compiler); `--peer` names another one. Greedy tokens are compared first, then both take turns. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
from benchmarks.peers import llama_python
from benchmarks.sampling import SIZES, Work, model_of, our_tokens, work_of
from benchmarks.side import Side

SHAPES = ("equal", "varied", "judge", "samples")
SIDE = Path(__file__).parent / "sampling_llama_side.py"


def main() -> int:
    """Compare, time, tell."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", choices=list(SIZES), default="S")
    parser.add_argument("--shapes", nargs="+", default=list(SHAPES), choices=SHAPES)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--peer", help="Python of an environment with llama-cpp-python, gguf and safetensors")
    given = parser.parse_args()
    torch.set_num_threads(2)
    peer = given.peer or llama_python()
    model = model_of(given.size, "float32")
    cells: dict[str, dict[str, Any]] = {}
    for shape in given.shapes:
        work = work_of(shape, given.size)
        with tempfile.TemporaryDirectory() as folder:
            model.save_pretrained(folder)
            (Path(folder) / "work.json").write_text(json.dumps(work._asdict()))
            side = Side([peer, str(SIDE), folder], dict(os.environ))
            cells[shape] = _compared(model, work, side, given.repeats)
            side.end()
        print(f"{given.size} {shape}: {cells[shape]}", file=sys.stderr, flush=True)
    worst = min(cells.values(), key=lambda cell: float(cell["ratio"]))
    print(json.dumps({
        "name": "sampling-llama", **{key: worst[key] for key in ("ours", "peer", "ratio")}, "goal": None,
        "unit": "new tokens/s", "size": given.size, "dtype": "float32", "shapes": cells, "repeats": given.repeats,
        "cores": os.cpu_count(), "load": os.getloadavg()[0],
    }))  # fmt: skip
    return 0


def _compared(model: Any, work: Work, side: Side, repeats: int) -> dict[str, Any]:
    greedy: Any = side.ready["greedy"]
    ours = our_tokens(model, work, greedy=True)
    same = sum(a == b for a, b in zip(ours, greedy, strict=True))
    firsts = sum(a[0] == b[0] for a, b in zip(ours, greedy, strict=True))
    rates: dict[str, list[float]] = {"solon": [], "llama.cpp": []}
    for repeat in range(repeats + 1):
        began = time.perf_counter()
        tokens = sum(map(len, our_tokens(model, work, greedy=False)))
        if repeat:  # the first round warms up
            rates["solon"].append(tokens / (time.perf_counter() - began))
            told = side.turn()
            rates["llama.cpp"].append(told["tokens"] / told["seconds"])
    mine, other = (statistics.median(values) for values in rates.values())
    return {
        "ours": round(mine), "peer": round(other), "ratio": round(mine / other, 2),
        "range": {name: [round(min(v)), round(max(v))] for name, v in rates.items()}, "same": same,
        "same_first_token": firsts, "rows": len(ours),
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
