import math

import pytest
import torch

from solon.objectives.cross_entropy import weighted_cross_entropy


def test_a_weighted_sum_of_two_tokens_by_hand() -> None:
    # token 0: p = 0.25, weight 6; token 1: p = 0.5, weight 1
    logits = torch.tensor([[0.25, 0.75], [0.5, 0.5]]).log()
    total, count = weighted_cross_entropy(logits, torch.tensor([0, 1]), torch.tensor([6.0, 1.0]))
    assert total.item() == pytest.approx(6 * math.log(4) + math.log(2))
    assert count.item() == 7


def test_the_gradient_of_a_token_is_its_weight_times_probability_minus_target() -> None:
    logits = torch.tensor([[0.25, 0.75]]).log().requires_grad_()
    weighted_cross_entropy(logits, torch.tensor([0]), torch.tensor([2.0])).total.backward()  # type: ignore[no-untyped-call]
    assert logits.grad is not None
    assert logits.grad[0].tolist() == pytest.approx([2 * (0.25 - 1), 2 * 0.75])


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="shapes do not fit"):
        weighted_cross_entropy(torch.zeros(2, 3), torch.zeros(3, dtype=torch.long), torch.zeros(3))
