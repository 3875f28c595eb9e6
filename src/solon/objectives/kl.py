"""How far one distribution is from another, and how spread it is. Everything in nats.

The direction is always KL(p || q) = E_{x ~ p}[log p(x) - log q(x)]: in RLHF p is the policy that sampled x and q the
reference. k1 and k3 are *values* of sampled tokens (Schulman 2020, http://joschu.net/blog/kl-approx.html); as
losses they behave differently (k1 has zero expected gradient) and none is offered as one.
"""

from __future__ import annotations

from torch import Tensor

from solon.objectives.shapes import check_same_shape


def kl_k1(logprobs_p: Tensor, logprobs_q: Tensor) -> Tensor:
    """log p(x) - log q(x) for x ~ p: unbiased, high variance, negative for single samples."""
    check_same_shape(logprobs_p, logprobs_q)
    return logprobs_p - logprobs_q


def kl_k3(logprobs_p: Tensor, logprobs_q: Tensor) -> Tensor:
    """q(x)/p(x) - 1 - log(q(x)/p(x)) for x ~ p: unbiased, low variance, never negative."""
    check_same_shape(logprobs_p, logprobs_q)
    log_ratio = logprobs_q - logprobs_p
    return log_ratio.expm1() - log_ratio


def entropy(logits: Tensor) -> Tensor:
    """-sum_v p_v log p_v along the last axis, in nats."""
    logprobs = logits.log_softmax(-1)
    return -(logprobs.exp() * logprobs).masked_fill(logprobs.isneginf(), 0.0).sum(-1)
