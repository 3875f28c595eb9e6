import math

import pytest
import torch

from solon.objectives.cross_entropy import weighted_cross_entropy


def test_a_weighted_sum_of_two_tokens_by_hand() -> None:
    # token 0: p = 0.25, weight 6; token 1: p = 0.5, weight 1
    total, count = weighted_cross_entropy(torch.tensor([0.25, 0.5]).log(), torch.tensor([6.0, 1.0]))
    assert total.item() == pytest.approx(6 * math.log(4) + math.log(2))
    assert count.item() == 7


def test_the_gradient_of_a_log_probability_is_minus_its_weight() -> None:
    logprobs = torch.tensor([-1.0, -2.0], requires_grad=True)
    weighted_cross_entropy(logprobs, torch.tensor([2.0, 0.0])).total.backward()  # type: ignore[no-untyped-call]
    assert logprobs.grad is not None
    assert logprobs.grad.tolist() == [-2.0, 0.0]


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="one shape"):
        weighted_cross_entropy(torch.zeros(2), torch.zeros(3))
