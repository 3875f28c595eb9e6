"""Policy-gradient objectives. Pure tensor functions: no model, no config, no logging.

Shapes: B sequences, T tokens. mask_BT is bool, True on tokens that count. Log-probabilities are in nats.

`ppo_clip_loss` with the advantages of a group (`advantages.py`) is the token-level GRPO of DAPO (arXiv:2503.14476): one
mean over all tokens. On shape (B, 1), a response being one action, it is RLOO with clipping for summed
log-probabilities, and GSPO (arXiv:2507.18071) for means per token.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
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


class ReinforceLoss(NamedTuple):
    """The policy gradient of a batch of whole responses."""

    total: Tensor
    """Scalar sum over responses."""
    count: Tensor  # type: ignore[assignment]  # hides tuple.count, which nobody needs here
    """Responses."""


class GRPOLoss(NamedTuple):
    """The clipped surrogate of a minibatch of whole responses."""

    total: Tensor
    """Scalar sum over responses."""
    count: Tensor  # type: ignore[assignment]  # hides tuple.count, which nobody needs here
    """Responses."""
    clipped: Tensor
    """Tokens whose gradient was cut."""
    tokens: Tensor
    """Tokens that count."""


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
    losses_BT, clipped_BT = _clipped_surrogate(logprobs_BT, rollout_logprobs_BT, advantages_BT, mask_BT, clip_range)
    return PPOLoss(losses_BT[mask_BT].sum(), mask_BT.sum(), clipped_BT[mask_BT].sum())


def reinforce_loss(logprobs_B: Tensor, advantages_B: Tensor) -> ReinforceLoss:
    """REINFORCE with a baseline, a whole response being one action.

        total = -sum_i A_i log pi(y_i | x_i)

    Its value means nothing; its gradient is the policy gradient, while the responses come from the policy itself. For
    more than one step on a rollout take `ppo_clip_loss`, whose gradient at a ratio of 1 is this one's.

    Args:
        logprobs_B: sum over the tokens of each response; receives gradient.
        advantages_B: reward less a baseline that does not depend on the response: `leave_one_out_advantages` for RLOO.

    Source: Williams 1992; Ahmadian et al. 2024, arXiv:2402.14740.
    """
    check_same_shape(logprobs_B, advantages_B)
    total = -(advantages_B.detach() * logprobs_B).sum()
    return ReinforceLoss(total, torch.tensor(len(logprobs_B), device=logprobs_B.device))


def grpo_loss(
    logprobs_BT: Tensor,
    rollout_logprobs_BT: Tensor,
    advantages_B: Tensor,
    penalties_BT: Tensor,
    mask_BT: Tensor,
    *,
    clip_range: float,
    divisor: int | None,
) -> GRPOLoss:
    """GRPO's objective, negated so that lower is better.

        total = -sum_i 1 / L_i sum_t [ min(ratio_it A_i, clip(ratio_it, 1 - c, 1 + c) A_i) - penalty_it ]

    With L_i = |y_i|, as published, every response weighs the same: a token of a long response weighs less, so that
    among bad responses long ones are punished less. Dr. GRPO takes one number for all responses.

    Args:
        logprobs_BT: log pi of the sampled tokens; receives gradient.
        rollout_logprobs_BT: the same tokens under the weights that sampled them, computed by the trainer.
        advantages_B: from `group_advantages`.
        penalties_BT: what each token pays, with gradient. As published kl_coef * kl_k3(logprobs, reference logprobs),
            whose gradient is that of the other direction; `kl_corrected` has the right one, and TRL takes it by
            default. Zeros without penalty. Finite outside the mask too.
        mask_BT: the tokens that count. A response without any adds 0 and is counted.
        clip_range: c, as in `ppo_clip_loss`.
        divisor: None divides by the response's own tokens; a number, such as the most tokens a response may have, is
            L of every response, which is Dr. GRPO.

    Source: Shao et al. 2024, arXiv:2402.03300, eq. 3 and 4; Liu et al. 2025, arXiv:2503.20783 (Dr. GRPO).
    """
    check_same_shape(logprobs_BT, penalties_BT)
    check_same_shape(advantages_B, mask_BT[:, 0])
    advantages_BT = advantages_B[:, None].expand_as(logprobs_BT)
    losses_BT, clipped_BT = _clipped_surrogate(logprobs_BT, rollout_logprobs_BT, advantages_BT, mask_BT, clip_range)
    sums_B = (losses_BT + penalties_BT).masked_fill(~mask_BT, 0.0).sum(1)
    total = (sums_B / (mask_BT.sum(1).clamp(min=1) if divisor is None else divisor)).sum()
    responses = torch.tensor(len(mask_BT), device=mask_BT.device)
    return GRPOLoss(total, responses, clipped_BT[mask_BT].sum(), mask_BT.sum())


def _clipped_surrogate(
    logprobs_BT: Tensor, rollout_logprobs_BT: Tensor, advantages_BT: Tensor, mask_BT: Tensor, clip_range: float
) -> tuple[Tensor, Tensor]:
    """Loss of every token and whether its gradient was cut; outside the mask they mean nothing."""
    check_same_shape(logprobs_BT, rollout_logprobs_BT, advantages_BT, mask_BT)
    log_ratio_BT = (logprobs_BT - rollout_logprobs_BT.detach()).masked_fill(~mask_BT, 0.0)
    ratio_BT, advantages_BT = log_ratio_BT.exp(), advantages_BT.detach()
    objective_BT = ratio_BT * advantages_BT
    clipped_BT = ratio_BT.clamp(1 - clip_range, 1 + clip_range) * advantages_BT
    return -objective_BT.minimum(clipped_BT), clipped_BT < objective_BT
