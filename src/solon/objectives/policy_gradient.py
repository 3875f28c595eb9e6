"""Policy-gradient objectives. Pure tensor functions: no model, no config, no logging.

Shapes: B sequences, T tokens. mask_BT is bool, True on tokens that count. Log-probabilities are in nats.
"""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from solon.objectives.shapes import check_same_shape


class PPOLoss(NamedTuple):
    """The clipped surrogate of a minibatch."""

    total: Tensor
    """Scalar sum over tokens; the loop divides by `count` over micro-batches."""
    count: Tensor  # type: ignore[assignment]  # hides tuple.count, which nobody needs here
    """Tokens that count."""
    clipped: Tensor
    """Tokens whose gradient was cut."""


def ppo_clip_loss(
    logprobs_BT: Tensor, rollout_logprobs_BT: Tensor, advantages_BT: Tensor, mask_BT: Tensor, *, clip_range: float
) -> PPOLoss:
    """PPO's clipped surrogate, negated so that lower is better.

        ratio_t = pi(a_t | s_t) / pi_rollout(a_t | s_t)
        total   = -sum_t min(ratio_t A_t, clip(ratio_t, 1 - clip_range, 1 + clip_range) A_t)

    Args:
        logprobs_BT: log pi of the sampled tokens; the only input that receives gradient.
        rollout_logprobs_BT: the same tokens under the weights that sampled them, computed by the trainer.
        advantages_BT: standardise before, not here.
        mask_BT: every counted token weighs the same, so a long response weighs more.
        clip_range: a ratio; 0.2 lets a token's probability move by 20 %.

    Source: Schulman et al. 2017, arXiv:1707.06347, eq. 7.
    """
    check_same_shape(logprobs_BT, rollout_logprobs_BT, advantages_BT, mask_BT)
    log_ratio_BT = (logprobs_BT - rollout_logprobs_BT.detach()).masked_fill(~mask_BT, 0.0)
    ratio_BT, advantages_BT = log_ratio_BT.exp(), advantages_BT.detach()
    objective_BT = ratio_BT * advantages_BT
    clipped_BT = ratio_BT.clamp(1 - clip_range, 1 + clip_range) * advantages_BT
    total = -objective_BT.minimum(clipped_BT)[mask_BT].sum()
    return PPOLoss(total, mask_BT.sum(), (clipped_BT < objective_BT)[mask_BT].sum())
