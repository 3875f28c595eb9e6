"""Cross-entropy of the next token, with a weight for every token.

Shapes: N predicted tokens, V vocabulary. Losses are in nats.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


class CrossEntropy(NamedTuple):
    """Sum and count; the loop divides one by the other over all micro-batches."""

    total: Tensor
    """Scalar: sum of weighted losses, in nats."""
    count: Tensor  # type: ignore[assignment]  # hides tuple.count, which nobody needs here
    """Scalar: sum of weights. With weights of 1 the number of tokens."""


def weighted_cross_entropy(logits_NV: Tensor, targets_N: Tensor, weights_N: Tensor) -> CrossEntropy:
    """Weighted negative log-likelihood of the target tokens.

        total = sum_n w_n (logsumexp(logits_n) - logits_n[target_n]),  count = sum_n w_n

    Args:
        logits_NV: one row per predicted token; receives gradient.
        targets_N: int64 ids.
        weights_N: at least 0. A token of weight 6 counts as six tokens, in `count` too, so that the weights of a
            batch say how its tokens stand to each other and leave the learning rate alone.
    """
    if logits_NV.ndim != 2 or targets_N.shape != logits_NV.shape[:1] or weights_N.shape != targets_N.shape:
        raise ValueError(
            f"shapes do not fit: logits {tuple(logits_NV.shape)}, targets {tuple(targets_N.shape)}, "
            f"weights {tuple(weights_N.shape)}; expected (N, V), (N,), (N,)"
        )
    losses_N = torch.nn.functional.cross_entropy(logits_NV.float(), targets_N, reduction="none")
    return CrossEntropy((losses_N * weights_N).sum(), weights_N.sum())
