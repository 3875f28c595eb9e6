import math

import pytest
import torch
from scipy.stats import entropy as scipy_entropy
from torch.distributions import Categorical, kl_divergence

from solon.objectives.kl import entropy, exact_kl, kl_k1, kl_k2, kl_k3

# p = (3/4, 1/4), q = (1/4, 3/4) would be symmetric; these are not:
# KL(p||q) = 0.9 log(0.9/0.5) + 0.1 log(0.1/0.5) = 0.529008 - 0.160944 = 0.368064
# KL(q||p) = 0.5 log(0.5/0.9) + 0.5 log(0.5/0.1) = -0.293893 + 0.804719 = 0.510826
P, Q = torch.tensor([0.9, 0.1]).double(), torch.tensor([0.5, 0.5]).double()
KL_P_Q = 0.368064


def test_exact_kl_has_the_direction_its_name_says() -> None:
    assert exact_kl(P.log(), Q.log()).item() == pytest.approx(KL_P_Q, abs=1e-6)
    assert exact_kl(Q.log(), P.log()).item() == pytest.approx(0.510826, abs=1e-6)


@pytest.mark.parametrize("estimator", [kl_k1, kl_k3])
def test_the_unbiased_estimators_average_to_the_exact_kl_over_p(estimator: object) -> None:
    assert callable(estimator)
    assert (P * estimator(P.log(), Q.log())).sum().item() == pytest.approx(KL_P_Q, abs=1e-6)


def test_k2_averages_to_half_the_squared_log_ratio() -> None:
    # 0.9 * log(1.8)^2 / 2 + 0.1 * log(0.2)^2 / 2 = 0.155474 + 0.129515 = 0.284989
    assert (P * kl_k2(P.log(), Q.log())).sum().item() == pytest.approx(0.284989, abs=1e-5)


def test_k1_is_positive_where_the_policy_likes_a_token_more_than_the_reference() -> None:
    assert kl_k1(torch.tensor(-0.1), torch.tensor(-2.0)).item() == pytest.approx(1.9)


def test_k3_is_never_negative() -> None:
    logprobs = -torch.rand(100) * 5
    assert kl_k3(logprobs, logprobs.flip(0)).min() >= 0


def test_exact_kl_agrees_with_torch_distributions_on_unnormalised_logits() -> None:
    logits_p, logits_q = torch.randn(2, 3, 7), torch.randn(2, 3, 7)
    expected = kl_divergence(Categorical(logits=logits_p), Categorical(logits=logits_q))
    torch.testing.assert_close(exact_kl(logits_p, logits_q), expected)


def test_a_token_that_p_never_picks_adds_nothing() -> None:
    logits = torch.tensor([0.0, -math.inf])
    assert exact_kl(logits, torch.zeros(2)).item() == pytest.approx(math.log(2))
    assert entropy(logits).item() == 0


def test_entropy_agrees_with_scipy() -> None:
    assert entropy(P.log()).item() == pytest.approx(scipy_entropy(P.numpy()))
