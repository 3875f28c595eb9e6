"""At which learning rate do adapters learn, beside all weights? And what does merging change?

    python -m benchmarks.lora_rates

A model of 260,000 weights (`$SOLON_DATA/models/stories260k`, adapted and mid-trained on the embedded world) imitates
demonstrations at a row of rates, trained in full and with adapters (at one rate also on 4 bits, and in bfloat16); the
loss is that of demonstrations that train nothing. Compared are the logits of the start under each adapter with those of
the merged model, and of the start with itself in bfloat16 and in 4 bits. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from torch import Tensor

from solon.agora.source import Agora
from solon.models.adapt import adapt
from solon.models.language_model import LanguageModel
from solon.models.lora_settings import LoraSettings
from solon.models.template import Tokens
from solon.policy.config import PretrainConfig, SFTConfig
from solon.policy.pretrain import pretrain
from solon.policy.rows import Example, mean_loss, render_rows
from solon.policy.sft import train_sft_rows
from solon.progress import Silent

RATES = (3e-4, 1e-3, 3e-3, 1e-2, 3e-2)
HALF_RATE = 1e-2


def mid_trained(folder: Path, documents: int) -> Path:
    """The start: all weights know the turns."""
    adapt(str(Path(os.environ["SOLON_DATA"]) / "models" / "stories260k"), folder / "adapted")
    model = LanguageModel.load(folder / "adapted")
    texts: list[Example] = list(Agora(0).mid_documents(documents, seed=1))
    config = PretrainConfig(peak_lr=3e-3, schedule="linear", long_rows="drop")
    pretrain(model, texts, config, folder=folder / "mid", seed=1, progress=Silent())
    return folder / "mid" / "model"


def logits_of(model: Any, rows: Sequence[Tokens]) -> Tensor:
    """Logits of all tokens of a few rows."""
    with torch.no_grad():
        return torch.cat([model(input_ids=torch.tensor([ids])).logits[0].float() for ids, _ in rows])


def logits_gap(one: Any, other: Any, rows: Sequence[Tokens]) -> dict[str, float]:
    """How far apart the logits are, and their own deviation."""
    before = logits_of(one, rows)
    gap = (logits_of(other, rows) - before).abs()
    found = {"largest_gap": gap.max(), "mean_gap": gap.mean(), "deviation": before.std()}
    return {name: float(f"{float(value):.2g}") for name, value in found.items()}


def trained(
    start: Path, train: Sequence[Tokens], test: Sequence[Tokens], rate: float, lora: LoraSettings | None,
    dtype: torch.dtype,
) -> dict[str, float]:  # fmt: skip
    """Held-out loss after one pass, and what merging changed: the start under the adapter, by peft, and the result."""
    quantise = lora.quantise if lora else None
    model = LanguageModel.load(start, dtype=dtype, quantise=quantise)
    with tempfile.TemporaryDirectory() as made:
        config = SFTConfig(peak_lr=rate, tokens_per_batch=2048, lora=lora)
        train_sft_rows(model, train, config, folder=Path(made), seed=1, progress=Silent())
        found = {"loss": round(mean_loss(model, test, 8192), 4)}
        if lora is not None:
            untrained: Any = LanguageModel.load(start, dtype=dtype, quantise=quantise).model
            adapted = PeftModel.from_pretrained(untrained, str(Path(made) / "adapter"))
            found |= logits_gap(adapted, model.model, test[:20])
    return found


def main() -> int:
    """Train at every rate, tell."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--documents", type=int, default=2000)
    parser.add_argument("--demonstrations", type=int, default=1000)
    parser.add_argument("--rank", type=int, default=8)
    given = parser.parse_args()
    lora = LoraSettings(rank=given.rank, alpha=2 * given.rank)
    ways = {"full": None, "lora": lora, "qlora": lora.model_copy(update={"quantise": "4bit"})}
    found = {}
    with tempfile.TemporaryDirectory() as made:
        start = mid_trained(Path(made), given.documents)
        rows = render_rows(LanguageModel.load(start), Agora(0).demonstrations(given.demonstrations, seed=1), "drop")
        train, test = rows[: -len(rows) // 10], rows[-len(rows) // 10 :]
        plain = LanguageModel.load(start)
        untrained = round(mean_loss(plain, test, 8192), 4)
        others: dict[str, dict[str, Any]] = {"bfloat16": {"dtype": torch.bfloat16}, "4bit": {"quantise": "4bit"}}
        of_start = {
            name: logits_gap(plain.model, LanguageModel.load(start, **how).model, test[:20])
            for name, how in others.items()
        }
        print(of_start, file=sys.stderr)
        for rate in RATES:
            for name, way in ways.items():
                if name != "qlora" or rate == HALF_RATE:
                    found[f"{name} {rate}"] = trained(start, train, test, rate, way, torch.float32)
                    print(name, rate, found[f"{name} {rate}"], file=sys.stderr, flush=True)
        halves = {
            name: trained(start, train, test, HALF_RATE, way, torch.bfloat16) for name, way in ways.items() if way
        }
    print(halves, file=sys.stderr)
    told = {"untrained": untrained, "start": of_start, "float32": found, "bfloat16": halves}
    print(json.dumps({"name": "lora_rates", **vars(given), **told}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
