"""Cross-entropy of the next token, with a weight for every token.

Shapes: N predicted tokens. Losses are in nats.
"""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from solon.objectives.shapes import check_same_shape


class CrossEntropy(NamedTuple):
    """Sum and count; the loop divides one by the other over all micro-batches."""

    total: Tensor
    """Scalar: sum of weighted losses, in nats."""
    count: Tensor  # type: ignore[assignment]  # hides tuple.count, which nobody needs here
    """Scalar: sum of weights. With weights of 1 the number of tokens."""


def weighted_cross_entropy(logprobs_N: Tensor, weights_N: Tensor) -> CrossEntropy:
    """Weighted negative log-likelihood of the target tokens.

        total = -sum_n w_n log p(target_n),  count = sum_n w_n

    Args:
        logprobs_N: of the target tokens; receives gradient.
        weights_N: at least 0. A token of weight 6 counts as six tokens, in `count` too, so that the weights of a
            batch say how its tokens stand to each other and leave the learning rate alone.
    """
    check_same_shape(logprobs_N, weights_N)
    return CrossEntropy(-(logprobs_N * weights_N).sum(), weights_N.sum())
