import math

import pytest
import torch
from scipy.stats import entropy as scipy_entropy

from solon.objectives.kl import entropy, kl_k1, kl_k3

# KL(p||q) = 0.9 log(0.9/0.5) + 0.1 log(0.1/0.5) = 0.529008 - 0.160944 = 0.368064
P, Q = torch.tensor([0.9, 0.1]).double(), torch.tensor([0.5, 0.5]).double()
KL_P_Q = 0.368064


@pytest.mark.parametrize("estimator", [kl_k1, kl_k3])
def test_the_unbiased_estimators_average_to_the_exact_kl_over_p(estimator: object) -> None:
    assert callable(estimator)
    assert (P * estimator(P.log(), Q.log())).sum().item() == pytest.approx(KL_P_Q, abs=1e-6)


def test_k1_is_positive_where_the_policy_likes_a_token_more_than_the_reference() -> None:
    assert kl_k1(torch.tensor(-0.1), torch.tensor(-2.0)).item() == pytest.approx(1.9)


def test_k3_is_never_negative() -> None:
    logprobs = -torch.rand(100) * 5
    assert kl_k3(logprobs, logprobs.flip(0)).min() >= 0


def test_a_token_that_p_never_picks_adds_nothing() -> None:
    logits = torch.tensor([0.0, -math.inf])
    assert entropy(logits).item() == 0


def test_entropy_agrees_with_scipy() -> None:
    assert entropy(P.log()).item() == pytest.approx(scipy_entropy(P.numpy()))
