"""GRPO: PPO's clipped surrogate on advantages over the group.

Sources: Shao et al. 2024, arXiv:2402.03300; Liu et al. 2025, arXiv:2503.20783 (Dr. GRPO, by settings). The departures
are listed in `GRPOConfig`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from solon.interfaces import Reward
from solon.models.language_model import LanguageModel
from solon.models.template import Tokens
from solon.models.trainable import make_trainable
from solon.objectives.advantages import group_advantages
from solon.objectives.kl import kl_corrected, kl_k3
from solon.objectives.policy_gradient import grpo_loss
from solon.policy.collect import Rewards
from solon.policy.groups import GroupExperience, GroupMethod, GroupStage
from solon.policy.rl_config import GRPOConfig
from solon.policy.rl_loop import train_on_rollouts
from solon.policy.updates import MinibatchLoss, PolicyLoss
from solon.progress import Progress
from solon.records import Prompt
from solon.seeds import derive


def grpo_method(config: GRPOConfig) -> GroupMethod:
    """Advantages and loss of GRPO under these settings."""
    return GroupMethod(
        advantages=partial(group_advantages, divide_by_deviation=config.scale_by_deviation),
        loss=partial(_loss, config),
        reward_kl_coef=config.kl_coef if config.kl == "reward" else 0.0,
    )


def _loss(config: GRPOConfig, experience: GroupExperience) -> MinibatchLoss:
    readings = experience.readings
    divisor = None if config.divide_by == "response_tokens" else config.max_new_tokens

    def loss(logprobs_BR: Tensor, indices: list[int]) -> PolicyLoss:
        rollout_BR, reference_BR, mask_BR, advantages_B = (
            source[indices].to(logprobs_BR.device)
            for source in (readings.logprobs_BR, readings.reference_BR, readings.mask_BR, experience.advantages_B)
        )
        penalties_BR = _penalties(config, logprobs_BR, reference_BR, rollout_BR)
        found = grpo_loss(
            logprobs_BR, rollout_BR, advantages_B, penalties_BR, mask_BR, clip_range=config.clip_range, divisor=divisor
        )
        return PolicyLoss(found.total, found.clipped, int(found.tokens))

    return loss


def _penalties(config: GRPOConfig, logprobs_BR: Tensor, reference_BR: Tensor, rollout_BR: Tensor) -> Tensor:
    """What each token pays for being off the reference, with gradient."""
    if config.kl == "k3":
        return config.kl_coef * kl_k3(logprobs_BR, reference_BR)
    if config.kl == "corrected":
        return config.kl_coef * kl_corrected(logprobs_BR, reference_BR, rollout_BR)
    return torch.zeros_like(logprobs_BR)


def train_grpo(
    policy: LanguageModel, reference: LanguageModel, rewards: Rewards, prompts: Sequence[Prompt], config: GRPOConfig, *,
    folder: Path, seed: int, progress: Progress, ptx_rows: Sequence[Tokens] = (), true_score: Reward | None = None,
    keep_checkpoints: int = 1,
) -> None:  # fmt: skip
    """Train a policy in place with GRPO and write it to `folder/model`. Resumes where it stopped.

    `folder` also gets `metrics.jsonl`, `rollouts.jsonl` (RolloutRecord) and `checkpoints`, of which the newest
    `keep_checkpoints` stay. Arguments and errors as in GroupStage; with LoRA a reference that the policy starts from is
    its twin.
    """
    make_trainable(policy, config.lora, derive(seed, "adapters"), recompute=config.recompute_activations)
    stage = GroupStage(
        policy, reference, rewards, prompts, config, grpo_method(config), rollouts_file=folder / "rollouts.jsonl",
        seed=seed, ptx_rows=ptx_rows, true_score=true_score,
    )  # fmt: skip
    train_on_rollouts(stage, policy, config, folder=folder, progress=progress, keep_checkpoints=keep_checkpoints)
