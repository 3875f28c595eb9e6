"""TRL's PPO, whose last release is 1.12.0, for `benchmarks.training`: that release must be first on the path.

    PYTHONPATH=TRL-1.12 python benchmarks/training/trl_ppo_side.py FOLDER equal|natural --steps 1 --warm 1 --epochs 4

A step is 64 episodes of up to 64 new tokens and the updates on them; policy, reference, reward and value model are four
full models. The protocol is that of `pace.py`.
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
from trl.experimental.ppo import PPOConfig, PPOTrainer, ppo_trainer  # type: ignore[import-not-found]


def main() -> None:
    """Train until nobody asks for more."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("mode", choices=["equal", "natural"])
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--steps", type=int, default=1)
    parser.add_argument("--warm", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=4)
    given = parser.parse_args()
    torch.set_num_threads(2)
    tokenizer = transformers.AutoTokenizer.from_pretrained(given.folder / "model")
    tokenizer.padding_side = "left"
    name = "endless" if given.mode == "equal" else "model"
    policy, reference = (transformers.AutoModelForCausalLM.from_pretrained(given.folder / name) for _ in range(2))
    reward, value = (
        transformers.AutoModelForSequenceClassification.from_pretrained(given.folder / "reward") for _ in range(2)
    )
    pace = Pace(given.steps, given.warm)
    texts = json.loads((given.folder / "prompts.json").read_text())
    asked = [
        tokenizer.apply_chat_template(
            [{"role": "user", "content": text}], add_generation_prompt=True, return_dict=False
        )
        for text in texts
    ]
    data = Dataset.from_list([{"input_ids": ids} for ids in asked])

    class Paced(transformers.TrainerCallback):
        def on_step_end(self, args: Any, state: Any, control: Any, **told: Any) -> None:
            pace.step_done()

    with tempfile.TemporaryDirectory() as out:
        config = PPOConfig(
            output_dir=out, per_device_train_batch_size=16, gradient_accumulation_steps=4, num_mini_batches=1,
            num_ppo_epochs=given.epochs, total_episodes=64 * 100_000, response_length=64, stop_token="eos",
            temperature=1.0, bf16=given.dtype == "bfloat16", gradient_checkpointing=False, report_to=[],
            save_strategy="no", logging_strategy="no", num_sample_generations=0, use_cpu=True,
            local_rollout_forward_batch_size=64, learning_rate=1e-6, disable_tqdm=True, kl_coef=0.05,
        )  # fmt: skip
        trainer = PPOTrainer(
            args=config, processing_class=tokenizer, model=policy, ref_model=reference, reward_model=reward,
            value_model=value, train_dataset=data, eval_dataset=data.select(range(64)), callbacks=[Paced()],
        )  # fmt: skip
        cut = ppo_trainer.truncate_response

        def counted(stop: Any, pad: Any, responses: Any) -> Any:
            kept = cut(stop, pad, responses)
            pace.count(tokens=int((kept != pad).sum()), completions=len(kept))
            return kept

        ppo_trainer.truncate_response = counted
        pace.ready(loss=None)
        trainer.train()


if __name__ == "__main__":
    main()
