"""RLOO: REINFORCE on whole responses, the mean of a response's siblings being its baseline.

Source: Ahmadian et al. 2024, arXiv:2402.14740. The clipped form, for several updates per rollout, is PPO's surrogate
with a response as its one action.
"""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor

from solon.objectives.advantages import leave_one_out_advantages
from solon.objectives.policy_gradient import ppo_clip_loss, reinforce_loss
from solon.policy.groups import GroupExperience, GroupMethod
from solon.policy.rl_config import RLOOConfig
from solon.policy.updates import MinibatchLoss, PolicyLoss


def rloo_method(config: RLOOConfig) -> GroupMethod:
    """Advantages and loss of RLOO under these settings."""
    loss = _reinforce if config.clip_range is None else partial(_clipped, config.clip_range)
    return GroupMethod(leave_one_out_advantages, loss, reward_kl_coef=config.kl_coef)


def _reinforce(experience: GroupExperience) -> MinibatchLoss:
    def loss(logprobs_BR: Tensor, indices: list[int]) -> PolicyLoss:
        advantages_B = experience.advantages_B[indices].to(logprobs_BR.device)
        total = reinforce_loss(logprobs_BR.sum(1), advantages_B).total
        return PolicyLoss(total, torch.zeros(()), len(indices))

    return loss


def _clipped(clip_range: float, experience: GroupExperience) -> MinibatchLoss:
    def loss(logprobs_BR: Tensor, indices: list[int]) -> PolicyLoss:
        rollout_BR, advantages_B = (
            source[indices].to(logprobs_BR.device)
            for source in (experience.readings.logprobs_BR, experience.advantages_B)
        )
        logprobs_B1, rollout_B1 = logprobs_BR.sum(1, keepdim=True), rollout_BR.sum(1, keepdim=True)
        mask_B1 = torch.ones_like(logprobs_B1, dtype=torch.bool)
        found = ppo_clip_loss(logprobs_B1, rollout_B1, advantages_B[:, None], mask_B1, clip_range=clip_range)
        return PolicyLoss(found.total, found.clipped, len(indices))

    return loss
