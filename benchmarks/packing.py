"""Does packing save time against batches of rows of like length, and is the loss the same?

    python -m benchmarks.packing

One pass of loss and gradient over the same real Alpaca rows ($SOLON_DATA/data/alpaca), without updates: padded (rows
of like length in a batch, as the chain reads them), packed, and padded without regard to length. Two models: the tiny
real one ($SOLON_DATA/models/stories260k, context 512) and one of the quickstart's shape (context 256). First the losses
of both are compared. Each is timed in turn, several times; the last line is JSON with medians and their ratios.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from solon.models.adapt import adapt
from solon.models.language_model import LanguageModel
from solon.models.template import Tokens
from solon.models.tiny import new_language_model, tiny_config
from solon.training.batches import PaddedBatch, epoch_batches, pad_batch
from solon.training.packing import PackedOrder, pack_batch
from solon.training.supervised import supervised_loss

Batches = list[PaddedBatch]


def main() -> int:
    """Compare, time, tell."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=600)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    from benchmarks.prepare import alpaca_rows

    from solon.data.load import first_of
    from solon.data.rows import as_demonstration

    examples = [
        first_of(json.loads(line), f"alpaca:{number}", as_demonstration)
        for number, line in enumerate(alpaca_rows(given.rows * 2), 1)
    ]
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as made:
        adapt(str(Path(os.environ.get("SOLON_DATA", "../shared")) / "models/stories260k"), Path(made) / "model")
        real = LanguageModel.load(Path(made) / "model")
    shape = tiny_config("llama", vocab_size=len(real.tokenizer), width=128, layers=4, heads=4, context_tokens=256)
    quickstart = new_language_model(shape, real.tokenizer, seed=0)
    for name, model, tokens_per_batch in (("stories260k", real, 4096), ("quickstart shape", quickstart, 1024)):
        rendered = (row for example in examples for row in model.template.rows_of(example))
        rows = [row for row in rendered if len(row.ids) <= model.context_tokens][: given.rows]
        found[name] = measure(model, rows, tokens_per_batch, given.repeats)
        print(f"{name}: {found[name]}", file=sys.stderr, flush=True)
    print(json.dumps({"name": "packing", "models": found, "torch": torch.__version__, "threads": given.threads,
                      "load": os.getloadavg()[0]}))  # fmt: skip
    return 0


def measure(model: LanguageModel, rows: Sequence[Tokens], tokens_per_batch: int, repeats: int) -> dict[str, Any]:
    """Losses, fill and seconds of each way."""
    lengths, pad_id = [len(row.ids) for row in rows], model.template.pad_id
    order = PackedOrder(lengths, model.context_tokens, tokens_per_batch, 0)
    by_length = epoch_batches(lengths, tokens_per_batch, 0, 0)
    per_batch = max(1, len(rows) // len(by_length))
    as_they_come = [list(range(begin, min(begin + per_batch, len(rows)))) for begin in range(0, len(rows), per_batch)]
    ways: dict[str, Callable[[], Batches]] = {
        "padded": lambda: [pad_batch([rows[i] for i in batch], pad_id) for batch in by_length],
        "packed": lambda: [pack_batch(rows, order.at(step), pad_id) for step in range(order.steps_per_epoch())],
        "as they come": lambda: [pad_batch([rows[i] for i in batch], pad_id) for batch in as_they_come],
    }
    made = {name: make() for name, make in ways.items()}
    losses = {name: one_pass(model, batches) for name, batches in made.items()}  # warms up, too
    assert abs(losses["packed"] / losses["padded"] - 1) < 1e-5, losses
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(repeats):
        for name in ways:
            began = time.perf_counter()
            one_pass(model, ways[name]())
            seconds[name].append(time.perf_counter() - began)
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    fill = {name: sum(b.num_tokens for b in of) / sum(b.mask_BT.numel() for b in of) for name, of in made.items()}
    return {
        "rows": len(rows), "tokens": sum(lengths), "tokens_per_batch": tokens_per_batch, "losses": losses,
        "seconds": {name: round(value, 3) for name, value in medians.items()},
        "fill": {name: round(value, 4) for name, value in fill.items()},
        "packed_takes": round(medians["packed"] / medians["padded"], 3),
        "as_they_come_takes": round(medians["as they come"] / medians["padded"], 3),
    }  # fmt: skip


def one_pass(model: LanguageModel, batches: Batches) -> float:
    """Mean loss; gradients are computed and thrown away."""
    total = count = 0.0
    for batch in batches:
        loss = supervised_loss(model, batch)
        torch.autograd.backward(loss.total)
        model.model.zero_grad()
        total, count = total + float(loss.total.detach()), count + float(loss.count)
    return total / count


if __name__ == "__main__":
    sys.exit(main())
