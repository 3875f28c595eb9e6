"""What does a step of PPO hold with all weights trained, with adapters, and with adapters on 4 bits?

    python -m benchmarks.lora_memory

Counts the bytes of every distinct tensor of policy, reference, reward and value model after a real step, of the
moments, and of the gradients (which live within a step). Activations are not in it. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoModelForCausalLM, LlamaConfig

from solon.models.language_model import LanguageModel
from solon.models.lora import add_adapters
from solon.models.lora_settings import LoraSettings
from solon.models.scalar_model import ScalarModel
from solon.models.tiny import new_language_model, tiny_config, train_tokenizer
from solon.policy.ppo import PPOStage
from solon.policy.rl_config import PPOConfig
from solon.policy.value_model import initial_value_model
from solon.records import Prompt, user
from solon.reward.score import RewardModelScorer

RANK = 16
EIGHT_BILLION = LlamaConfig(
    vocab_size=128_256, hidden_size=4096, intermediate_size=14_336, num_hidden_layers=32, num_attention_heads=32,
    num_key_value_heads=8,
)  # fmt: skip
"""The shape of Llama 3 8B."""


def new_start(folder: Path, width: int, layers: int, vocab_size: int) -> Path:
    """A random model of a shape, on the disk."""
    tokenizer = train_tokenizer(["the red dog ran home, and a blue cat sat here."] * 9, vocab_size=290)
    config = tiny_config("llama", vocab_size=vocab_size, width=width, layers=layers, heads=8, context_tokens=512)
    new_language_model(config, tokenizer, 0).save(folder)
    return folder


def adapter_share(model: nn.Module) -> dict[str, float]:
    """Weights of the model, and those of adapters in all linear layers but the output."""
    linear = [one for name, one in model.named_modules() if isinstance(one, nn.Linear) and "lm_head" not in name]
    adapters = sum(RANK * (one.in_features + one.out_features) for one in linear)
    weights = sum(one.numel() for one in model.parameters())
    return {"weights": weights, "adapters": adapters, "share": adapters / weights, "adapter_mb": adapters * 4 / 1e6}


def held_bytes(start: Path, lora: LoraSettings | None) -> dict[str, float]:
    """Megabytes that a step of PPO holds."""
    policy = LanguageModel.load(start, quantise=lora.quantise if lora else None)
    reward_model = ScalarModel.from_policy(LanguageModel.load(start), seed=1)
    shares = lora is not None
    reference = policy.twin() if shares else LanguageModel.load(start)
    value_model = initial_value_model(policy, reward_model, share=shares)
    if lora is not None:
        add_adapters(policy, lora, seed=1)
        add_adapters(value_model, lora.model_copy(update={"quantise": None}), seed=2)
    config = PPOConfig(
        num_steps=1, value_warmup_steps=0, prompts_per_step=8, minibatch_responses=8, max_new_tokens=8, lora=lora
    )
    prompts = [Prompt(id=str(n), messages=(user(f"the dog {n}"),)) for n in range(8)]
    with tempfile.TemporaryDirectory() as made:
        stage = PPOStage(
            policy, reference, value_model, {"reward": (RewardModelScorer(reward_model), 1.0)}, prompts, config,
            rollouts_file=Path(made) / "rollouts.jsonl", seed=1,
        )  # fmt: skip
        stage.step(0)
        state = stage.state_dict()
    optimisers: list[dict[str, Any]] = [state["policy"], state["value"]["optimiser"]]
    models = [one.model for one in (policy, reference, reward_model, value_model)]
    trained = [tensor for one in optimisers for tensor in one["weights"].values()]
    moments = [tensor for one in optimisers for of_one in one["moments"].values() for tensor in of_one.values()]
    told = {
        "weights_mb": _bytes(tensor for model in models for tensor in _tensors(model)),
        "gradients_mb": _bytes(trained),
        "moments_mb": _bytes(moments),
    }
    return {name: round(value / 1e6, 1) for name, value in (told | {"all_mb": sum(told.values())}).items()}


def _tensors(model: nn.Module) -> Iterable[Tensor]:
    for one in (*model.parameters(), *model.buffers()):
        yield one
        if (state := getattr(one, "quant_state", None)) is not None:  # what 4 bits are read with
            yield from (part for part in state.as_dict(packed=True).values() if isinstance(part, Tensor))


def _bytes(tensors: Iterable[Tensor]) -> int:
    """Of distinct memory."""
    storages = {one.untyped_storage().data_ptr(): one.untyped_storage().nbytes() for one in tensors}
    return sum(storages.values())


def main() -> int:
    """Count, tell."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--layers", type=int, default=8)
    parser.add_argument("--vocab-size", type=int, default=8192)
    given = parser.parse_args()
    with torch.device("meta"):
        large = AutoModelForCausalLM.from_config(EIGHT_BILLION)  # type: ignore[no-untyped-call]
    with tempfile.TemporaryDirectory() as made:
        start = new_start(Path(made) / "start", given.width, given.layers, given.vocab_size)
        small = LanguageModel.load(start)
        shares = {"measured": adapter_share(small.model), "llama-3-8b": adapter_share(large)}
        add_adapters(small, LoraSettings(rank=RANK), seed=1)
        counted = sum(one.numel() for one in small.model.parameters() if one.requires_grad)
        assert counted == shares["measured"]["adapters"], "the formula is not what peft puts in"
        adapters = LoraSettings(rank=RANK)
        ways = {"full": None, "lora": adapters, "qlora": adapters.model_copy(update={"quantise": "4bit"})}
        held = {name: held_bytes(start, lora) for name, lora in ways.items()}
    for name, one in (shares | held).items():
        print(f"{name}: {one}", file=sys.stderr)
    print(json.dumps({"name": "lora_memory", "rank": RANK, **vars(given), "shares": shares, "held": held}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
