"""Attention over several places: a prefix that many prompts share, a row's own prompt, its answer.

Each place gives a partial result with its log-sum-exp, and the results are merged exactly.

Shapes: N tokens of a pass, H query heads, G key-value heads, D width of a head; M nodes of a place, Q query slots of a
node, T tokens of a node.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor


class Partial(NamedTuple):
    """Attention over one place."""

    out_NHD: Tensor
    lse_NH: Tensor
    """Log of the sum of exponentials of the scores."""


def merged(parts: Sequence[Partial]) -> Tensor:
    """Attention over all places together, (N, H, D)."""
    out_NHD, lse_NH = parts[0]
    for other in parts[1:]:
        weight_NH1 = torch.sigmoid(other.lse_NH - lse_NH)[..., None].to(out_NHD.dtype)
        out_NHD, lse_NH = torch.lerp(out_NHD, other.out_NHD, weight_NH1), torch.logaddexp(lse_NH, other.lse_NH)
    return out_NHD


def attend_to(
    query_MHQD: Tensor, key_MGTD: Tensor, value_MGTD: Tensor, scale: float, *, bias_M1QT: Tensor | None = None,
    causal: bool = False,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """Attention and its log-sum-exp, (M, H, Q, D) and (M, H, Q). Query heads share key-value heads in turn.

    Args:
        bias_M1QT: added to the scores; its Q may be 1. Not with `causal`.
        causal: query q reads tokens 0 to q.
    """
    num_nodes, heads, slots, width = query_MHQD.shape
    groups = heads // key_MGTD.shape[1]
    if groups > 1 and causal:
        key_MGTD, value_MGTD = (one.repeat_interleave(groups, dim=1) for one in (key_MGTD, value_MGTD))
    elif groups > 1:  # the heads of a group are further queries of its one key head
        query_MHQD = query_MHQD.reshape(num_nodes, heads // groups, groups * slots, width)
    if query_MHQD.device.type == "cpu":
        out, lse = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(
            query_MHQD, key_MGTD, value_MGTD, 0.0, causal, attn_mask=bias_M1QT, scale=scale
        )
    else:
        out, lse = _by_formula(query_MHQD, key_MGTD, value_MGTD, scale, bias_M1QT, causal)
    return out.reshape(num_nodes, heads, slots, width), lse.reshape(num_nodes, heads, slots)


def _by_formula(
    query: Tensor, key: Tensor, value: Tensor, scale: float, bias: Tensor | None, causal: bool
) -> tuple[Tensor, Tensor]:
    scores = (query @ key.transpose(-1, -2)).float() * scale
    if causal:
        ahead = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device).triu(1)
        scores = scores.masked_fill(ahead, float("-inf"))
    elif bias is not None:
        scores = scores + bias
    lse = scores.logsumexp(-1)
    return (scores - lse[..., None]).exp().to(value.dtype) @ value, lse
