"""The value model's objective. Shapes: B sequences, T tokens; mask_BT is bool, True on tokens that count."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from solon.objectives.shapes import check_same_shape


class ValueLoss(NamedTuple):
    """The squared error of a minibatch."""

    total: Tensor
    """Scalar sum over tokens, in squared reward units."""
    count: Tensor  # type: ignore[assignment]  # hides tuple.count, which nobody needs here
    """Tokens that count."""
    clipped: Tensor
    """Tokens whose gradient was cut."""


def clipped_value_loss(
    values_BT: Tensor, rollout_values_BT: Tensor, returns_BT: Tensor, mask_BT: Tensor, *, clip_range: float
) -> ValueLoss:
    """Squared error to the return, where one rollout may move a value by `clip_range` only.

        total = 1/2 sum_t max((V_t - R_t)^2, (clip(V_t, V_rollout - c, V_rollout + c) - R_t)^2)

    Args:
        values_BT: V(s_t); the only input that receives gradient.
        rollout_values_BT: the values the advantages were computed with.
        returns_BT: targets in reward units.
        mask_BT: the tokens that count.
        clip_range: in reward units; infinity turns clipping off.

    Source: OpenAI baselines ppo2 (2017), `vf_loss`; the paper itself (arXiv:1707.06347, eq. 9) has no clipping.
    """
    check_same_shape(values_BT, rollout_values_BT, returns_BT, mask_BT)
    rollout_values_BT, returns_BT = rollout_values_BT.detach(), returns_BT.detach()
    error_BT = (values_BT - returns_BT).square()
    near_BT = values_BT.clamp(rollout_values_BT - clip_range, rollout_values_BT + clip_range)
    near_error_BT = (near_BT - returns_BT).square()
    total = 0.5 * error_BT.maximum(near_error_BT)[mask_BT].sum()
    return ValueLoss(total, mask_BT.sum(), (near_error_BT > error_BT)[mask_BT].sum())


@torch.no_grad()
def explained_variance(values_BT: Tensor, returns_BT: Tensor, mask_BT: Tensor) -> Tensor:
    """1 - Var(returns - values) / Var(returns) over the counted tokens; 0 where the returns do not vary.

    1 is a perfect value model, 0 one no better than a constant, below 0 worse than a constant.
    """
    check_same_shape(values_BT, returns_BT, mask_BT)
    returns_N, values_N = returns_BT[mask_BT], values_BT[mask_BT]
    variance = returns_N.var(correction=0)
    unexplained = (returns_N - values_N).var(correction=0)
    return torch.where(variance > 0, 1 - unexplained / variance.clamp(min=1e-12), 0.0)
