"""Does the local engine sample faster than transformers' own generation, and the same tokens?

    python -m benchmarks.sampling [--size S] [--dtype float32] [--shapes equal varied judge samples] [--repeats 3]

The peer is `generate` of the installed transformers, in its best cache mode of `dynamic` and `static`, with the same
weights, prompts and numbers of new tokens, in the same process and with the same allocator settings (glibc's, set so
that freed memory is kept). Shapes, 64 rows unless told otherwise:

    equal     150 shared + 20 to 80 own prompt tokens, 64 new ones each
    varied    the same, 4 to 64 new ones
    judge     1,000 shared + 150 own, 4 to 96 new (16 rows for size M); `judge-reused` gives the peer the shared part
              in a cache made by hand
    samples   8 samples of each of 8 prompts of 200 tokens, 64 new ones

First greedy tokens of both are compared: they may differ only where the two likeliest logits are closer than 1e-4. Then
both are timed in turn. The last line is JSON.
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple

SIZES = {"S": (192, 6, 6, 512, 2048), "M": (512, 8, 8, 1024, 8192)}
"""Width, layers, heads, feed-forward width, vocabulary: 3.05 and 25.2 million parameters."""
GOALS = {"equal": 2.5, "varied": 3.5, "judge": 6.0, "judge-reused": 3.0, "samples": 3.0}
KEEP_MEMORY = {"MALLOC_TRIM_THRESHOLD_": str(1 << 40), "MALLOC_MMAP_MAX_": "0"}


class Work(NamedTuple):
    """Prompts and how many tokens each is to get."""

    prompts: list[list[int]]
    new: list[int]
    num_shared: int
    """Tokens that all prompts begin with."""


def main() -> int:
    """Compare, time, tell."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", choices=list(SIZES), default="S")
    parser.add_argument("--dtype", choices=["float32", "bfloat16"], default="float32")
    parser.add_argument("--shapes", nargs="+", default=list(GOALS), choices=list(GOALS))
    parser.add_argument("--modes", nargs="+", default=["dynamic", "static"], choices=["dynamic", "static"])
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    if any(os.environ.get(name) != value for name, value in KEEP_MEMORY.items()):  # read once, when a process starts
        return subprocess.run(
            [sys.executable, "-m", "benchmarks.sampling", *sys.argv[1:]], env={**os.environ, **KEEP_MEMORY}, check=False
        ).returncode
    import torch
    import transformers

    torch.set_num_threads(2)
    model = model_of(given.size, given.dtype)
    ok = True
    cells: dict[str, dict[str, Any]] = {}
    for shape in given.shapes:
        work = work_of(shape, given.size)
        same = _agreement(model, work)
        found: dict[str, list[float]] = {}
        sides: dict[str, Callable[[], int]] = {"solon": lambda work=work: _ours(model, work, greedy=False)}  # type: ignore[misc]
        for mode in given.modes if shape != "judge-reused" else ["dynamic"]:
            sides[mode] = lambda work=work, mode=mode, shape=shape: _peer(  # type: ignore[misc]
                model, work, mode, greedy=False, reuse=shape == "judge-reused"
            )
        for repeat in range(given.repeats + 1):
            for name, side in sides.items():
                began = time.perf_counter()
                tokens = side()
                if repeat:  # the first round warms up
                    found.setdefault(name, []).append(tokens / (time.perf_counter() - began))
        speed = {name: statistics.median(values) for name, values in found.items()}
        best = max((name for name in speed if name != "solon"), key=lambda name: speed[name])
        ratio = speed["solon"] / speed[best]
        ok &= ratio >= GOALS[shape] and same["differ"] == 0
        cells[shape] = {
            "ours": round(speed["solon"]), "peer": round(speed[best]), "mode": best, "ratio": round(ratio, 2),
            "goal": GOALS[shape], "range": {name: [round(min(v)), round(max(v))] for name, v in found.items()}, **same,
        }  # fmt: skip
        print(f"{given.size} {given.dtype} {shape}: {cells[shape]}", file=sys.stderr, flush=True)
    worst = min(cells, key=lambda shape: cells[shape]["ratio"] / cells[shape]["goal"])
    print(json.dumps({
        "name": "sampling", "ours": cells[worst]["ours"], "peer": cells[worst]["peer"], "ratio": cells[worst]["ratio"],
        "goal": cells[worst]["goal"], "worst": worst, "unit": "new tokens/s", "size": given.size, "dtype": given.dtype,
        "shapes": cells, "transformers": transformers.__version__, "repeats": given.repeats, "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
    }))  # fmt: skip
    return 0 if ok else 1


def work_of(shape: str, size: str) -> Work:
    """The prompts of a shape: random ids, the same for every program."""
    vocabulary, draw = SIZES[size][4], random.Random(1)

    def ids(count: int) -> list[int]:
        return [draw.randrange(3, vocabulary) for _ in range(count)]

    def stops(rows: int, most: int) -> list[int]:
        often = random.Random(2)
        return [min(most, max(4, int(often.expovariate(1 / (most * 0.6))))) for _ in range(rows)]

    if shape == "samples":
        asked = [ids(200) for _ in range(8)]
        return Work([prompt for prompt in asked for _ in range(8)], [64] * 64, 0)
    if shape.startswith("judge"):
        rows = 64 if size == "S" else 16
        shared = ids(1000)
        return Work([shared + ids(150) for _ in range(rows)], stops(rows, 96), 1000)
    shared = ids(150)
    prompts = [shared + ids(draw.randint(20, 80)) for _ in range(64)]
    return Work(prompts, [64] * 64 if shape == "equal" else stops(64, 64), 150)


def model_of(size: str, dtype: str) -> Any:
    """A Llama with random weights that never ends a text."""
    import torch
    from transformers import AutoModelForCausalLM

    from solon.models.tiny import tiny_config

    width, layers, heads, ffn, vocabulary = SIZES[size]
    torch.manual_seed(0)
    config = tiny_config(
        "llama", vocab_size=vocabulary, width=width, layers=layers, heads=heads, ffn_width=ffn, context_tokens=2048
    )
    build: Any = AutoModelForCausalLM
    model = build.from_config(config, attn_implementation="sdpa").eval()
    model.generation_config.eos_token_id = None  # the lengths are given
    return model.to(getattr(torch, dtype))


def _ours(model: Any, work: Work, *, greedy: bool) -> int:
    return sum(len(ids) for ids in our_tokens(model, work, greedy=greedy))


def our_tokens(model: Any, work: Work, *, greedy: bool) -> list[list[int]]:
    """The new tokens of every row."""
    from solon.engines.decoding import Job, generate
    from solon.engines.picking import Decoding

    decoding = Decoding(0.0 if greedy else 1.0)
    jobs = [
        Job(ids, seed, new, decoding, None) for seed, (ids, new) in enumerate(zip(work.prompts, work.new, strict=True))
    ]
    return [row.ids for row in generate(model, jobs, [], max_batch=128)]


def _peer(model: Any, work: Work, mode: str, *, greedy: bool, reuse: bool = False) -> int:
    _peer_tokens(model, work, mode, greedy=greedy, reuse=reuse)
    return sum(work.new)


def _peer_tokens(model: Any, work: Work, mode: str, *, greedy: bool, reuse: bool = False) -> Any:
    """(rows, new tokens) of generate: rows padded on the left, each stopped after its own number of tokens."""
    import torch
    from transformers import DynamicCache, StoppingCriteria, StoppingCriteriaList

    longest = max(map(len, work.prompts))
    ids = torch.tensor([[0] * (longest - len(row)) + row for row in work.prompts])
    mask = torch.tensor([[0] * (longest - len(row)) + [1] * len(row) for row in work.prompts])
    targets = torch.tensor(work.new)

    class StopAt(StoppingCriteria):
        def __call__(self, input_ids: Any, scores: Any, **options: Any) -> Any:
            return targets <= input_ids.shape[1] - longest

    options: dict[str, Any] = {"cache_implementation": "static"} if mode == "static" else {}
    if len(set(work.new)) > 1:
        options["stopping_criteria"] = StoppingCriteriaList([StopAt()])
    with torch.inference_mode():
        if reuse:
            prefix = DynamicCache(config=model.config)
            model(torch.tensor([work.prompts[0][: work.num_shared]]), past_key_values=prefix, use_cache=True)
            prefix = copy.deepcopy(prefix)
            prefix.batch_repeat_interleave(len(work.prompts))
            options["past_key_values"] = prefix
        out = model.generate(
            input_ids=ids, attention_mask=mask, max_new_tokens=max(work.new), do_sample=not greedy, temperature=1.0,
            top_k=0, top_p=1.0, pad_token_id=0, **options,
        )  # fmt: skip
    return out[:, longest:]


def _agreement(model: Any, work: Work) -> dict[str, int]:
    """Greedy rows that are the same, that differ from a tie on (likeliest logits closer than 1e-4), and that differ."""
    import torch

    theirs = _peer_tokens(model, work, "dynamic", greedy=True).tolist()
    same = ties = differ = 0
    for prompt, mine, row in zip(work.prompts, our_tokens(model, work, greedy=True), theirs, strict=True):
        place = next((at for at, (a, b) in enumerate(zip(mine, row, strict=False)) if a != b), None)
        if place is None:
            same += 1
            continue
        with torch.inference_mode():
            logits = model(torch.tensor([prompt + mine[:place]])).logits[0, -1].float()
        first, second = logits.topk(2).values.tolist()
        ties, differ = (ties + 1, differ) if first - second <= 1e-4 else (ties, differ + 1)
    return {"same": same, "ties": ties, "differ": differ}


if __name__ == "__main__":
    sys.exit(main())
