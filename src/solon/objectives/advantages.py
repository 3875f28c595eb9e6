"""Advantages for policy gradients. Pure tensor functions, without gradient.

Shapes: B sequences, T tokens; P prompts, K responses of each. mask_BT is bool, True on response tokens; tokens outside
the mask are skipped.
The state s_t is everything before token t: values_BT[:, t] is V(s_t), read before token t is chosen, and
rewards_BT[:, t] is what choosing token t earned.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from solon.objectives.shapes import check_same_shape

SMALLEST_DEVIATION = 1e-8  # keeps a batch of equal values at 0 instead of dividing 0 by 0
DEVIATION_FLOOR = 1e-4  # added to a group's deviation, as TRL does: rewards that differ by rounding stay near 0


class Advantages(NamedTuple):
    """Advantages and the returns that the value model learns."""

    advantages_BT: Tensor
    """In reward units; 0 outside the mask."""
    returns_BT: Tensor
    """advantages + values, the TD(lambda) return; 0 outside the mask."""


class GroupAdvantages(NamedTuple):
    """Advantages of responses over their siblings, the other responses of the same prompt."""

    advantages_PK: Tensor
    """They sum to 0 within each prompt."""
    flat_groups: Tensor
    """Prompts whose responses all have one reward: their advantages are exactly 0, and they teach nothing."""


@torch.no_grad()
def gae(
    rewards_BT: Tensor, values_BT: Tensor, mask_BT: Tensor, bootstrap_B: Tensor, *, gamma: float, gae_lambda: float
) -> Advantages:
    """Generalised advantage estimation.

        delta_t = r_t + gamma V(s_{t+1}) - V(s_t)
        A_t     = delta_t + gamma lambda A_{t+1}

    Args:
        rewards_BT: reward of each token.
        values_BT: V(s_t), read before token t.
        mask_BT: the tokens that count.
        bootstrap_B: V after the last counted token: 0 where the response ended (terminal), the value model's
            estimate where it was cut off and would have gone on (truncated).
        gamma: discount per token.
        gae_lambda: 1 gives Monte-Carlo returns (no bias from V), 0 one-step errors.

    Source: Schulman et al. 2016, arXiv:1506.02438, eq. 16.
    """
    check_same_shape(rewards_BT, values_BT, mask_BT)
    check_same_shape(bootstrap_B, mask_BT[:, 0])
    advantages_BT = torch.zeros_like(values_BT)
    next_value_B, next_advantage_B = bootstrap_B.to(values_BT.dtype), torch.zeros_like(values_BT[:, 0])
    for t in range(mask_BT.shape[1] - 1, -1, -1):
        counts_B = mask_BT[:, t]
        delta_B = rewards_BT[:, t] + gamma * next_value_B - values_BT[:, t]
        advantage_B = delta_B + gamma * gae_lambda * next_advantage_B
        next_advantage_B = torch.where(counts_B, advantage_B, next_advantage_B)
        next_value_B = torch.where(counts_B, values_BT[:, t], next_value_B)
        advantages_BT[:, t] = torch.where(counts_B, advantage_B, 0.0)
    returns_BT = torch.where(mask_BT, advantages_BT + values_BT, 0.0)
    return Advantages(advantages_BT, returns_BT)


@torch.no_grad()
def whiten(values_BT: Tensor, mask_BT: Tensor, *, keep_mean: bool) -> Tensor:
    """Scale the counted values to deviation 1, and to mean 0 unless `keep_mean`; 0 outside the mask.

    The deviation is the population's (divided by n). Values that are all equal have no deviation: with mean 0 they
    become 0.
    """
    check_same_shape(values_BT, mask_BT)
    counted_N = values_BT[mask_BT]
    if counted_N.numel() == 0:
        raise ValueError("no token counts: whitening an empty mask has no mean")
    mean = counted_N.mean()
    deviation = (counted_N - mean).square().mean().sqrt().clamp(min=SMALLEST_DEVIATION)
    centred_BT = (values_BT - mean) / deviation
    return torch.where(mask_BT, centred_BT + mean if keep_mean else centred_BT, 0.0)


@torch.no_grad()
def leave_one_out_advantages(rewards_PK: Tensor) -> GroupAdvantages:
    """RLOO: each reward less the mean of its siblings'.

        A_i = r_i - 1 / (K - 1) sum_{j != i} r_j = K / (K - 1) (r_i - mean(r))

    The baseline does not depend on the response that it is taken from, so the gradient is unbiased.

    Raises:
        ValueError: fewer than two responses a prompt.

    Source: Ahmadian et al. 2024, arXiv:2402.14740; Kool et al. 2019.
    """
    centred_PK = _less_group_mean(rewards_PK)
    responses = rewards_PK.shape[1]
    return GroupAdvantages(centred_PK * responses / (responses - 1), _is_flat(rewards_PK).sum())


@torch.no_grad()
def group_advantages(rewards_PK: Tensor, *, divide_by_deviation: bool) -> GroupAdvantages:
    """GRPO: each reward less the mean of its group, in units of the group's deviation or as it is.

        A_i = (r_i - mean(r)) / (std(r) + DEVIATION_FLOOR)   or   r_i - mean(r)

    std is the sample's, with K - 1; the paper does not say, its implementations do. Dividing makes prompts with nearly
    equal rewards pull as hard as the others; Dr. GRPO leaves it out for that reason.

    Args:
        rewards_PK: one row for each prompt.
        divide_by_deviation: True is GRPO as published, False is Dr. GRPO.

    Raises:
        ValueError: fewer than two responses a prompt.

    Source: Shao et al. 2024, arXiv:2402.03300, section 4.1.2; Liu et al. 2025, arXiv:2503.20783 (Dr. GRPO). The
    floor is TRL's.
    """
    centred_PK = _less_group_mean(rewards_PK)
    if divide_by_deviation:
        centred_PK = centred_PK / (rewards_PK.std(1, keepdim=True) + DEVIATION_FLOOR)
    return GroupAdvantages(centred_PK, _is_flat(rewards_PK).sum())


def _less_group_mean(rewards_PK: Tensor) -> Tensor:
    if rewards_PK.ndim != 2 or rewards_PK.shape[1] < 2:
        raise ValueError(
            f"rewards of shape {tuple(rewards_PK.shape)}: expected (prompts, responses of each) with at least 2 "
            "responses, because a response alone has nothing to be compared with"
        )
    centred_PK = rewards_PK - rewards_PK.mean(1, keepdim=True)
    # the mean of equal numbers is not always that number, and an optimiser that divides by its own gradient sees it
    return centred_PK.masked_fill(_is_flat(rewards_PK)[:, None], 0.0)


def _is_flat(rewards_PK: Tensor) -> Tensor:
    return rewards_PK.amax(1) == rewards_PK.amin(1)
