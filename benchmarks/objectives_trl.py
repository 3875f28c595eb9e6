"""What TRL's own trainers make of known inputs, for tests/objectives: run by the Python of an environment with TRL.

    python -m benchmarks.objectives_trl --out tests/objectives/trl.json

Every trainer is built as a user builds it, with tiny random models and rows of words. Its loss function is called on
one of its own batches; log-probabilities are read from the outputs of the models while it runs. Models are in double
precision; what TRL computes in single precision is recorded as it is.
Departures from a training step: GRPO and RLOO get log-probabilities of the rollout, and of the reference, that are some
noise away from the policy's, because before the first step all ratios would be 1. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from benchmarks.objectives_trl_inputs import (
    GROUPS,
    SAMPLES,
    WORDS,
    common,
    first_batch,
    halves,
    language_model,
    pair_rows,
    read,
    reward_model,
    sampled,
    single_rows,
    tokenizer,
)  # fmt: skip

PAIRS = 4
REWARDS = [1.0, 0.25, 0.5, -2.0, 0.75, 0.75, 0.75, 0.75, 3.0, 0.0, 0.0, 1.5]  # three prompts; the second is flat


def main() -> int:
    """Ask every trainer, write what it said."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()

    import transformers
    import trl  # type: ignore[import-not-found]

    torch.manual_seed(0)
    with tempfile.TemporaryDirectory() as folder:
        asked = {
            "dpo": list(dpo(folder)), "kto": list(kto(folder)), "simpo": list(simpo(folder)),
            "orpo": list(orpo(folder)), "reward": list(reward(folder)), "grpo": list(grpo(folder)),
            "rloo": list(rloo(folder)),
        }  # fmt: skip
    versions = {"trl": trl.__version__, "transformers": transformers.__version__, "torch": torch.__version__}
    lines = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in (versions | asked).items()]
    given.out.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    print(json.dumps(versions | {name: len(cases) for name, cases in asked.items()}))
    return 0


def dpo(folder: str) -> Iterator[dict[str, Any]]:
    """DPOTrainer. Its `sigmoid` has no label smoothing; its `aot` on a single pair is cDPO."""
    import trl

    kinds = [("sigmoid", 0.0, PAIRS), ("ipo", 0.0, PAIRS), ("aot", 0.2, 1), ("robust", 0.2, PAIRS)]
    for loss_type, smoothing, pairs in kinds:
        trainer = trl.DPOTrainer(
            model=language_model(), ref_model=language_model(), processing_class=tokenizer(), train_dataset=pair_rows(),
            args=trl.DPOConfig(loss_type=[loss_type], label_smoothing=smoothing, beta=0.3, **common(folder, pairs)),
        )  # fmt: skip
        batch, policy, reference = first_batch(trainer), read(trainer.model), read(trainer.ref_model)
        loss = trainer.compute_loss(trainer.model, batch)
        (logprobs, lengths), (reference_logprobs, _) = policy[0], reference[0]
        yield {
            "function": "DPOTrainer._compute_loss", "loss_type": loss_type, "label_smoothing": smoothing, "beta": 0.3,
            **halves("logprobs", logprobs), **halves("reference_logprobs", reference_logprobs),
            **halves("num_tokens", lengths), "loss": loss.item(),
        }  # fmt: skip


def kto(folder: str) -> Iterator[dict[str, Any]]:
    """KTOTrainer: the responses of other prompts come first, then the responses themselves."""
    import trl

    trainer = trl.KTOTrainer(
        model=language_model(), ref_model=language_model(), processing_class=tokenizer(), train_dataset=single_rows(),
        args=trl.KTOConfig(beta=0.2, desirable_weight=1.0, undesirable_weight=1.5, **common(folder, 6)),
    )  # fmt: skip
    batch, policy, reference = first_batch(trainer), read(trainer.model), read(trainer.ref_model)
    loss = trainer.compute_loss(trainer.model, batch)
    yield {
        "function": "KTOTrainer._compute_loss", "beta": 0.2, "desirable_weight": 1.0, "undesirable_weight": 1.5,
        "mismatched_logprobs": policy[0][0], "mismatched_reference_logprobs": reference[0][0],
        "logprobs": policy[1][0], "reference_logprobs": reference[1][0],
        "desirable": [bool(label) for label in batch["label"]],
        "baseline": trainer._metrics["train"]["kl"][-1], "loss": loss.item(),
    }  # fmt: skip


def simpo(folder: str) -> Iterator[dict[str, Any]]:
    """CPOTrainer with loss_type simpo; smoothing as it has it, and none."""
    from trl.experimental.cpo import CPOConfig, CPOTrainer  # type: ignore[import-not-found]

    for smoothing in (0.0, 0.2):
        arguments = CPOConfig(
            loss_type="simpo", cpo_alpha=0.0, beta=2.0, simpo_gamma=0.7, label_smoothing=smoothing,
            **common(folder, PAIRS),
        )  # fmt: skip
        trainer = CPOTrainer(
            model=language_model(), args=arguments, processing_class=tokenizer(), train_dataset=pair_rows()
        )
        yield paired(trainer, "CPOTrainer.get_batch_loss_metrics") | {
            "beta": 2.0, "gamma": 0.7, "label_smoothing": smoothing,
        }  # fmt: skip


def orpo(folder: str) -> Iterator[dict[str, Any]]:
    """ORPOTrainer; its beta is lambda, and its loss less the cross-entropy is the odds-ratio term."""
    from trl.experimental.orpo import ORPOConfig, ORPOTrainer  # type: ignore[import-not-found]

    trainer = ORPOTrainer(
        model=language_model(), args=ORPOConfig(beta=1.0, **common(folder, PAIRS)), processing_class=tokenizer(),
        train_dataset=pair_rows(),
    )  # fmt: skip
    yield paired(trainer, "ORPOTrainer.get_batch_loss_metrics")


def reward(folder: str) -> Iterator[dict[str, Any]]:
    """RewardTrainer, with and without a margin column."""
    import trl

    margins = [0.0, 0.5, 1.0, 3.0]
    for rows in (pair_rows(), pair_rows().add_column("margin", margins)):
        trainer = trl.RewardTrainer(
            model=reward_model(),
            args=trl.RewardConfig(**common(folder, PAIRS)), processing_class=tokenizer(), train_dataset=rows,
        )  # fmt: skip
        batch = first_batch(trainer)
        scores: list[torch.Tensor] = []
        trainer.model.register_forward_hook(lambda *args, kept=scores: kept.append(args[-1].logits.squeeze(-1)))
        loss = trainer.compute_loss(trainer.model, batch)
        yield {
            "function": "RewardTrainer.compute_loss", **halves("scores", scores[0].tolist()),
            "margins": batch["margin"].tolist() if "margin" in batch else None, "loss": loss.item(),
        }  # fmt: skip


def grpo(folder: str) -> Iterator[dict[str, Any]]:
    """GRPOTrainer: advantages of its own rollout, then its loss on that rollout, shifted by noise."""
    import trl

    kinds = [("grpo", "group", "token", 0.04, False), ("grpo", "group", "token", 0.04, True),
             ("dr_grpo", "none", "token", 0.0, False), ("bnpo", "group", "token", 0.0, False),
             ("grpo", "group", "sequence", 0.0, False)]  # fmt: skip
    for loss_type, scale, level, beta, corrected in kinds:
        arguments = trl.GRPOConfig(
            loss_type=loss_type, scale_rewards=scale, importance_sampling_level=level, beta=beta, epsilon=0.2,
            use_bias_correction_kl=corrected, **sampled(folder),
        )  # fmt: skip
        trainer, inputs, logprobs = rolled_out(trl.GRPOTrainer, arguments)
        inputs["old_per_token_logps"] = logprobs + 0.2 * torch.randn_like(logprobs)
        inputs["ref_per_token_logps"] = logprobs + 0.5 * torch.randn_like(logprobs)
        yield {
            "function": "GRPOTrainer._generate_and_score_completions, _compute_loss", "loss_type": loss_type,
            "scale_rewards": scale, "importance_sampling_level": level, "beta": beta, "clip_range": 0.2,
            "use_bias_correction_kl": corrected, "max_tokens": arguments.max_completion_length, "rewards": REWARDS,
            "advantages": inputs["advantages"].tolist(), "mask": inputs["completion_mask"].bool().tolist(),
            "logprobs": logprobs.tolist(), "rollout_logprobs": inputs["old_per_token_logps"].tolist(),
            "reference_logprobs": inputs["ref_per_token_logps"].tolist(),
            "loss": trainer._compute_loss(trainer.model, inputs).item(),
        }  # fmt: skip


def rloo(folder: str) -> Iterator[dict[str, Any]]:
    """RLOOTrainer without KL in the reward: advantages of its own rollout, then its clipped loss."""
    import trl

    arguments = trl.RLOOConfig(beta=0.0, epsilon=0.2, **sampled(folder))
    trainer, inputs, logprobs = rolled_out(trl.RLOOTrainer, arguments)
    summed = (logprobs * inputs["completion_mask"]).sum(1)
    inputs["old_logps"] = summed + 0.3 * torch.randn_like(summed)
    yield {
        "function": "RLOOTrainer._generate_and_score_completions, _compute_loss", "clip_range": 0.2,
        "rewards": REWARDS, "advantages": inputs["advantages"].tolist(), "logprobs": summed.tolist(),
        "rollout_logprobs": inputs["old_logps"].tolist(),
        "loss": trainer._compute_loss(trainer.model, inputs).item(),
    }  # fmt: skip


def rolled_out(kind: Any, arguments: Any) -> tuple[Any, dict[str, Any], torch.Tensor]:
    """A trainer in evaluation mode, which divides nothing by accumulation steps; its rollout; the policy's tokens."""
    from datasets import Dataset

    prompts = [{"prompt": " ".join(WORDS[i : i + 3])} for i in range(GROUPS)]
    model = language_model()
    model.save_pretrained(arguments.output_dir)
    model.config._name_or_path = arguments.output_dir  # where TRL takes the reference from
    trainer = kind(
        model=model, reward_funcs=lambda completions, **_: REWARDS, args=arguments,
        processing_class=tokenizer(), train_dataset=Dataset.from_list(prompts),
    )  # fmt: skip
    trainer.model.eval()
    inputs = trainer._generate_and_score_completions([dict(p) for p in prompts for _ in range(SAMPLES)])
    ids, mask = (torch.cat([inputs[f"prompt_{x}"], inputs[f"completion_{x}"]], 1) for x in ("ids", "mask"))
    with torch.no_grad():
        logprobs, _, _ = trainer._get_per_token_logps_and_entropies(
            trainer.model, ids, mask, inputs["completion_ids"].shape[1]
        )
    return trainer, inputs, logprobs


def paired(trainer: Any, function: str) -> dict[str, Any]:
    """The preference term of a trainer without reference; both of them give means per token."""
    batch = first_batch(trainer)
    means_a, means_b = trainer.concatenated_forward(trainer.model, batch)[:2]
    tokens_a, tokens_b = ((batch[f"{side}_labels"] != -100).sum(1) for side in ("chosen", "rejected"))
    loss, metrics = trainer.get_batch_loss_metrics(trainer.model, batch)
    return {
        "function": function, "logprobs_a": (means_a * tokens_a).tolist(), "logprobs_b": (means_b * tokens_b).tolist(),
        "num_tokens_a": tokens_a.tolist(), "num_tokens_b": tokens_b.tolist(),
        "loss": loss.item() - metrics["nll_loss"],
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
