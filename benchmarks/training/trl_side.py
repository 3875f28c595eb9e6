"""TRL's side of the comparison, for `benchmarks.training`: run by the Python of an environment with TRL 1.16.

    python benchmarks/training/trl_side.py FOLDER METHOD MODE --steps 5 --warm 2 --dtype float32

METHOD and MODE: sft (default, grouped, packed, packed-one, padding-free), reward (default, grouped), dpo (default,
grouped, padding-free), grpo and rloo (natural, equal). Before it trains it tells the loss of the first rows,
which Solon computes too. The protocol is that of `pace.py`.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import torch
import transformers
from datasets import Dataset  # type: ignore[import-not-found, import-untyped, unused-ignore]
from pace import Pace  # type: ignore[import-not-found]
from transformers.trainer_pt_utils import LengthGroupedSampler

COMPARED_ROWS = 16


class Paced(transformers.TrainerCallback):
    """Takes turns after every optimiser step."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace

    def on_step_end(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        """A step is done."""
        self.pace.step_done()


def main() -> None:
    """Train until nobody asks for more."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("method", choices=["sft", "reward", "dpo", "grpo", "rloo"])
    parser.add_argument("mode")
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--warm", type=int, default=2)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--completions", type=int, default=64)
    given = parser.parse_args()
    torch.set_num_threads(2)
    with tempfile.TemporaryDirectory() as out:
        common = {
            "output_dir": out, "max_steps": 100_000, "bf16": given.dtype == "bfloat16", "gradient_checkpointing": False,
            "report_to": [], "save_strategy": "no", "logging_strategy": "no", "disable_tqdm": True, "use_cpu": True,
            "dataloader_pin_memory": False, "learning_rate": 1e-5, "per_device_train_batch_size": given.batch,
        }  # fmt: skip
        if given.method in ("grpo", "rloo"):
            _groups(given, common)
        else:
            _rows(given, common)


def _rows(given: argparse.Namespace, common: dict[str, Any]) -> None:
    """SFT, reward models and DPO: rows of tokens."""
    import trl  # type: ignore[import-not-found]

    model = _load(given.folder / ("reward" if given.method == "reward" else "model"), scalar=given.method == "reward")
    reference = _load(given.folder / "model") if given.method == "dpo" else None
    pace = Pace(given.steps, given.warm)
    options: dict[str, Any] = {"model": model, "processing_class": _tokenizer(given.folder), "callbacks": [Paced(pace)]}
    if given.method == "sft":
        if given.mode == "grouped":
            common["train_sampling_strategy"] = "group_by_length"
        modes: dict[str, dict[str, Any]] = {
            "packed": {"packing": True, "per_device_train_batch_size": 4},
            "packed-one": {"packing": True, "per_device_train_batch_size": 1, "gradient_accumulation_steps": 4},
            "padding-free": {"padding_free": True, "max_length": None},
        }
        rows = json.loads((given.folder / "rows.json").read_text())
        data = Dataset.from_list(
            [
                {"input_ids": row["ids"], "assistant_masks": [0] * (len(row["ids"]) - row["own"]) + [1] * row["own"]}
                for row in rows
            ]
        )
        config = trl.SFTConfig(**common | {"max_length": 512, **modes.get(given.mode, {})})
        trainer = trl.SFTTrainer(args=config, train_dataset=data, **options)
    else:
        pairs = json.loads((given.folder / "pairs.json").read_text())
        if given.method == "reward":
            data = Dataset.from_list(
                [{f"{name}_ids": one["prompt"] + one[name] for name in ("chosen", "rejected")} for one in pairs]
            )
            trainer = trl.RewardTrainer(args=trl.RewardConfig(max_length=1024, **common), train_dataset=data, **options)
        else:
            data = Dataset.from_list(
                [{f"{name}_ids": one[name] for name in ("prompt", "chosen", "rejected")} for one in pairs]
            )
            config = trl.DPOConfig(max_length=1024, padding_free=given.mode == "padding-free", **common)

            class OfTokens(trl.DPOTrainer):  # type: ignore[misc]
                def _prepare_dataset(self, dataset: Any, *rest: Any, **named: Any) -> Any:
                    return dataset  # it is made of tokens already

            trainer = OfTokens(args=config, ref_model=reference, train_dataset=data, **options)
        if given.mode == "grouped":
            lengths = [len(one["prompt"]) + max(len(one["chosen"]), len(one["rejected"])) for one in pairs]
            trainer._get_train_sampler = lambda *_: LengthGroupedSampler(given.batch, lengths=lengths)
    inner = trainer.training_step

    def step(model: Any, inputs: Any, *rest: Any, **named: Any) -> Any:
        ids = inputs["input_ids"]
        real = int(inputs["attention_mask"].sum()) if "attention_mask" in inputs else ids.numel()
        pace.count(tokens=real, computed=ids.numel(), rows=_rows_of(inputs))
        return inner(model, inputs, *rest, **named)

    trainer.training_step = step
    pace.ready(loss=_first_loss(trainer) if given.mode in ("default", "grouped") else None, trl=trl.__version__)
    trainer.train()


def _rows_of(inputs: Any) -> int:
    """Rows of a batch: where positions begin again, or rows as they stand."""
    positions = inputs.get("position_ids")
    return int((positions == 0).sum()) if positions is not None else len(inputs["input_ids"])


def _first_loss(trainer: Any) -> float:
    """Of the first rows, by TRL's own collator and loss."""
    batch = trainer.data_collator([trainer.train_dataset[i] for i in range(COMPARED_ROWS)])
    with torch.no_grad():
        return float(trainer.compute_loss(trainer.model, batch))


def _groups(given: argparse.Namespace, common: dict[str, Any]) -> None:
    """GRPO and RLOO: eight completions of 64 tokens for each prompt."""
    import trl

    model = _load(given.folder / ("endless" if given.mode == "equal" else "model"))
    tokenizer = _tokenizer(given.folder)
    tokenizer.padding_side = "left"
    pace = Pace(given.steps, given.warm)
    texts = json.loads((given.folder / "prompts.json").read_text())
    data = Dataset.from_list([{"prompt": [{"role": "user", "content": text}]} for text in texts])
    config, trainer_of = (
        (trl.GRPOConfig, trl.GRPOTrainer) if given.method == "grpo" else (trl.RLOOConfig, trl.RLOOTrainer)
    )
    common["per_device_train_batch_size"] = given.completions
    trainer = trainer_of(
        args=config(num_generations=8, max_completion_length=64, beta=0.05, temperature=1.0, **common),
        model=model, reward_funcs=reward, train_dataset=data, processing_class=tokenizer, callbacks=[Paced(pace)],
    )  # fmt: skip
    rewards = trainer._calculate_rewards

    def counted(inputs: Any, prompts: Any, completions: Any, ids: Any) -> Any:
        pace.count(completions=len(ids), tokens=sum(map(len, ids)))
        return rewards(inputs, prompts, completions, ids)

    trainer._calculate_rewards = counted
    pace.ready(loss=None, trl=trl.__version__)
    trainer.train()


def reward(completions: Any, **given: Any) -> list[float]:
    """A cheap reward that is not the same for all."""
    return [float(len(one[0]["content"]) % 7) for one in completions]


def _load(folder: Path, *, scalar: bool = False) -> Any:
    kind: Any = transformers.AutoModelForSequenceClassification if scalar else transformers.AutoModelForCausalLM
    return kind.from_pretrained(folder, dtype=torch.float32)


def _tokenizer(folder: Path) -> Any:
    return transformers.AutoTokenizer.from_pretrained(folder / "model")


if __name__ == "__main__":
    main()
