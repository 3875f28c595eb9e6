from collections.abc import Callable
from typing import cast

import pytest
import torch
from torch import Tensor

from solon.objectives.kl import kl_corrected, kl_k1, kl_k2, kl_k3
from solon.objectives.policy_gradient import reinforce_loss

Estimator = Callable[[Tensor, Tensor], Tensor]

# KL(p||q) = 0.9 log(0.9/0.5) + 0.1 log(0.1/0.5) = 0.529008 - 0.160944 = 0.368064
# and KL(q||p) = 0.5 log(0.5/0.9) + 0.5 log(0.5/0.1) = -0.293893 + 0.804719 = 0.510826: the two differ
P, Q = torch.tensor([0.9, 0.1]).double(), torch.tensor([0.5, 0.5]).double()
KL_P_Q = 0.368064


@pytest.mark.parametrize("estimator", [kl_k1, kl_k3])
def test_the_unbiased_estimators_average_to_the_exact_kl_over_p(estimator: object) -> None:
    assert callable(estimator)
    assert (P * estimator(P.log(), Q.log())).sum().item() == pytest.approx(KL_P_Q, abs=1e-6)


def test_k2_as_a_value_is_biased() -> None:
    # 0.9 * 0.587787^2 / 2 + 0.1 * 1.609438^2 / 2 = 0.155472 + 0.129515 = 0.284987, not 0.368064
    assert (P * kl_k2(P.log(), Q.log())).sum().item() == pytest.approx(0.284987, abs=1e-6)


def expected_gradient(estimator: Estimator) -> list[float]:
    """E_{x ~ p} of the estimator's gradient over the logits of p: every token of the vocabulary, weighed by p."""
    logits = P.log().requires_grad_()
    logprobs = logits.log_softmax(-1)
    (logprobs.detach().exp() * estimator(logprobs, Q.log())).sum().backward()  # type: ignore[no-untyped-call]
    assert logits.grad is not None
    return cast(list[float], logits.grad.tolist())


def exact_gradient(first_is_p: bool) -> list[float]:
    """The gradient of KL(p || q), or of KL(q || p), over the logits of p."""
    logits = P.log().requires_grad_()
    logprobs, reference = logits.log_softmax(-1), Q.log()
    first, second = (logprobs, reference) if first_is_p else (reference, logprobs)
    (first.exp() * (first - second)).sum().backward()  # type: ignore[no-untyped-call]
    assert logits.grad is not None
    return cast(list[float], logits.grad.tolist())


def test_the_exact_gradients_by_hand() -> None:
    # KL(p||q): p_v (log p_v/q_v - KL) = 0.9 * (0.587787 - 0.368064) = 0.197751; KL(q||p): p_v - q_v = 0.4
    assert exact_gradient(first_is_p=True) == pytest.approx([0.197751, -0.197751], abs=1e-6)
    assert exact_gradient(first_is_p=False) == pytest.approx([0.4, -0.4])


def test_k1_as_a_loss_has_no_gradient() -> None:
    assert expected_gradient(kl_k1) == pytest.approx([0, 0], abs=1e-12)


def test_k2_as_a_loss_has_the_gradient_of_the_kl() -> None:
    assert expected_gradient(kl_k2) == pytest.approx(exact_gradient(first_is_p=True))


def test_k3_as_a_loss_has_the_gradient_of_the_other_direction() -> None:
    assert expected_gradient(kl_k3) == pytest.approx(exact_gradient(first_is_p=False))


@pytest.mark.parametrize("rollout", [P, torch.tensor([0.3, 0.7]).double()], ids=["on-policy", "off-policy"])
def test_the_corrected_estimator_has_value_and_gradient_of_the_kl_whoever_sampled(rollout: Tensor) -> None:
    logits = P.log().requires_grad_()
    expected = (rollout * kl_corrected(logits.log_softmax(-1), Q.log(), rollout.log())).sum()
    assert expected.item() == pytest.approx(KL_P_Q, abs=1e-6)
    expected.backward()  # type: ignore[no-untyped-call]
    assert logits.grad is not None
    assert logits.grad.tolist() == pytest.approx(exact_gradient(first_is_p=True))


def test_k2_is_no_longer_right_for_tokens_of_another_policy() -> None:
    logits, rollout = P.log().requires_grad_(), torch.tensor([0.3, 0.7]).double()
    (rollout * kl_k2(logits.log_softmax(-1), Q.log())).sum().backward()  # type: ignore[no-untyped-call]
    assert logits.grad is not None
    assert (logits.grad - torch.tensor(exact_gradient(first_is_p=True))).abs().max() > 0.1


def test_k1_inside_the_reward_has_the_gradient_of_the_kl() -> None:
    def in_reward(logprobs: Tensor, reference: Tensor) -> Tensor:
        advantages = -kl_k1(logprobs, reference)
        return torch.stack([reinforce_loss(logprobs[v : v + 1], advantages[v : v + 1]).total for v in range(2)])

    assert expected_gradient(in_reward) == pytest.approx(exact_gradient(first_is_p=True))


def test_k1_is_positive_where_the_policy_likes_a_token_more_than_the_reference() -> None:
    assert kl_k1(torch.tensor(-0.1), torch.tensor(-2.0)).item() == pytest.approx(1.9)


def test_k3_is_never_negative() -> None:
    logprobs = -torch.rand(100) * 5
    assert kl_k3(logprobs, logprobs.flip(0)).min() >= 0


def test_tensors_that_would_broadcast_are_refused() -> None:
    with pytest.raises(ValueError, match="one shape"):
        kl_k2(torch.zeros(3), torch.zeros(1))
    with pytest.raises(ValueError, match="one shape"):
        kl_corrected(torch.zeros(3), torch.zeros(3), torch.zeros(1))
