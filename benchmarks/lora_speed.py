"""How long do a training step and sampling take with adapters, beside all weights?

    python -m benchmarks.lora_speed

A random Llama of 31 million weights, in turn with all weights trained, with adapters, and with adapters on 4 bits; the
medians of the time per token are told as ratios to the first. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import torch
from benchmarks.lora_memory import RANK, new_start

from solon.engines.local import LocalEngine
from solon.interfaces import SampleRequest
from solon.models.language_model import LanguageModel
from solon.models.lora import add_adapters
from solon.models.lora_settings import LoraSettings
from solon.models.template import Tokens
from solon.records import user
from solon.training.batches import pad_batch
from solon.training.optimiser import Optimiser, OptimiserConfig
from solon.training.supervised import supervised_loss

REQUESTS = [SampleRequest((user("the red dog ran home"),), seed=seed, max_new_tokens=32) for seed in range(32)]


def work(start: Path, lora: LoraSettings | None) -> dict[str, Callable[[], int]]:
    """What is timed: a step on ten rows of 100 tokens, and 32 samples of up to 32 tokens. Each tells its tokens."""
    model = LanguageModel.load(start, quantise=lora.quantise if lora else None)
    if lora is not None:
        add_adapters(model, lora, seed=1)
    optimiser = Optimiser(model.model, OptimiserConfig(peak_lr=1e-9, num_steps=1000))  # weights stay
    engine = LocalEngine(model)
    ids = torch.randint(10, 290, (10, 100), generator=torch.Generator().manual_seed(0)).tolist()
    batch = pad_batch([Tokens(row, [0.0] + [1.0] * 99) for row in ids], pad_id=1)

    def step() -> int:
        loss = supervised_loss(model, batch)
        optimiser.backward(loss.total)
        optimiser.step(float(loss.count))
        return batch.num_tokens

    return {"step": step, "sampling": lambda: sum(one.num_tokens for one in engine.sample(REQUESTS))}


def main() -> int:
    """Time in turn, tell."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repeats", type=int, default=7)
    given = parser.parse_args()
    adapters = LoraSettings(rank=RANK)
    ways = {"full": None, "lora": adapters, "qlora": adapters.model_copy(update={"quantise": "4bit"})}
    seconds: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as made:
        start = new_start(Path(made) / "start", 512, 8, 8192)
        works = {name: work(start, lora) for name, lora in ways.items()}
        for repeat in range(given.repeats + 1):
            for name, timed in works.items():
                for what, function in timed.items():
                    begin = time.perf_counter()
                    tokens = function()
                    if repeat:  # the first is a warm-up
                        seconds.setdefault(f"{what} {name}", []).append((time.perf_counter() - begin) / tokens)
    ratios = {
        key: round(median(found) / median(seconds[f"{key.split()[0]} full"]), 2) for key, found in seconds.items()
    }
    print(ratios, file=sys.stderr)
    print(json.dumps({"name": "lora_speed", "torch": torch.__version__, **vars(given), "ratios": ratios}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
