"""How far one distribution is from another, and how spread it is. Everything in nats.

The direction is always KL(p || q) = E_{x ~ p}[log p(x) - log q(x)]: in RLHF p is the policy that sampled x and q the
reference. An estimator has a value and a gradient, and they are right or wrong apart (Schulman 2020,
http://joschu.net/blog/kl-approx.html). With x ~ p, in expectation:

    estimator   value                gradient, used as a loss
    k1          KL(p || q)           0: use it inside the reward, where it gives the gradient of KL(p || q)
    k2          not the KL           that of KL(p || q)
    k3          KL(p || q)           that of KL(q || p), the other direction; GRPO is published with it

All of it holds while x comes from the p that is being changed, and is an approximation after some steps on one rollout.
`kl_corrected` stays right there, as value and as loss.
"""

from __future__ import annotations

from torch import Tensor

from solon.objectives.shapes import check_same_shape


def kl_k1(logprobs_p: Tensor, logprobs_q: Tensor) -> Tensor:
    """log p(x) - log q(x) for x ~ p: unbiased, high variance, negative for single samples."""
    check_same_shape(logprobs_p, logprobs_q)
    return logprobs_p - logprobs_q


def kl_k2(logprobs_p: Tensor, logprobs_q: Tensor) -> Tensor:
    """1/2 (log p(x) - log q(x))^2 for x ~ p: a loss whose gradient is the KL's; as a value it is biased."""
    check_same_shape(logprobs_p, logprobs_q)
    return 0.5 * (logprobs_p - logprobs_q).square()


def kl_k3(logprobs_p: Tensor, logprobs_q: Tensor) -> Tensor:
    """q(x)/p(x) - 1 - log(q(x)/p(x)) for x ~ p: unbiased, low variance, never negative."""
    check_same_shape(logprobs_p, logprobs_q)
    log_ratio = logprobs_q - logprobs_p
    return log_ratio.expm1() - log_ratio


def kl_corrected(logprobs_p: Tensor, logprobs_q: Tensor, rollout_logprobs: Tensor) -> Tensor:
    """p(x)/p_rollout(x) * k3 for x ~ p_rollout, an earlier p: unbiased as a value, and its gradient is that of the KL.

    The ratio receives gradient too; that is what turns k3's gradient round, even while p is still p_rollout.

    Source: DeepSeek-AI 2025, arXiv:2512.02556 (DeepSeek-V3.2).
    """
    check_same_shape(logprobs_p, rollout_logprobs)
    return (logprobs_p - rollout_logprobs.detach()).exp() * kl_k3(logprobs_p, logprobs_q)
