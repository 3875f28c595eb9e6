"""GRPO: PPO's clipped surrogate on advantages over the group.

Sources: Shao et al. 2024, arXiv:2402.03300; Liu et al. 2025, arXiv:2503.20783 (Dr. GRPO, by settings). The departures
are listed in `GRPOConfig`.
"""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor

from solon.objectives.advantages import group_advantages
from solon.objectives.kl import kl_corrected, kl_k3
from solon.objectives.policy_gradient import grpo_loss
from solon.policy.groups import GroupExperience, GroupMethod
from solon.policy.rl_config import GRPOConfig
from solon.policy.updates import MinibatchLoss, PolicyLoss


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
