import numpy as np
import pytest
import torch
from sklearn.metrics import explained_variance_score

from solon.objectives.value import clipped_value_loss, explained_variance


def test_a_value_that_moved_too_far_is_charged_and_pulls_no_gradient() -> None:
    # token 0: V moved 0 -> 2 towards R=3, held at 0.5: error (0.5-3)^2 = 6.25 > 1; token 1: V=1, R=2: error 1
    values = torch.tensor([[2.0, 1.0]], requires_grad=True)
    loss = clipped_value_loss(
        values, torch.tensor([[0.0, 1.0]]), torch.tensor([[3.0, 2.0]]), torch.ones(1, 2).bool(), clip_range=0.5
    )
    assert loss.total.item() == pytest.approx(0.5 * (6.25 + 1))
    assert (loss.count.item(), loss.clipped.item()) == (2, 1)
    loss.total.backward()  # type: ignore[no-untyped-call]
    assert values.grad is not None
    assert values.grad.tolist() == [[0.0, -1.0]]


def test_descent_pulls_the_value_to_the_return_from_both_sides() -> None:
    values = torch.tensor([[0.0, 5.0]], requires_grad=True)
    clipped_value_loss(
        values, values.detach(), torch.full((1, 2), 2.0), torch.ones(1, 2).bool(), clip_range=0.2
    ).total.backward()  # type: ignore[no-untyped-call]
    assert values.grad is not None
    assert values.grad[0, 0] < 0 < values.grad[0, 1]


def test_without_clipping_it_is_half_the_squared_error_of_torch() -> None:
    values, returns = torch.randn(3, 4), torch.randn(3, 4)
    ours = clipped_value_loss(values, torch.zeros(3, 4), returns, torch.ones(3, 4).bool(), clip_range=float("inf"))
    torch.testing.assert_close(ours.total, 0.5 * torch.nn.functional.mse_loss(values, returns, reduction="sum"))


def test_tokens_outside_the_mask_do_not_count() -> None:
    mask = torch.tensor([[True, False]])
    loss = clipped_value_loss(torch.tensor([[1.0, 9.0]]), torch.zeros(1, 2), torch.zeros(1, 2), mask, clip_range=9.0)
    assert (loss.total.item(), loss.count.item()) == (0.5, 1)


def test_explained_variance_agrees_with_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    returns, values = rng.normal(size=(2, 20)), rng.normal(size=(2, 20))
    ours = explained_variance(torch.tensor(values), torch.tensor(returns), torch.ones(2, 20).bool())
    assert ours.item() == pytest.approx(explained_variance_score(returns.ravel(), values.ravel()))


def test_returns_that_do_not_vary_have_nothing_to_explain() -> None:
    assert explained_variance(torch.randn(1, 3), torch.ones(1, 3), torch.ones(1, 3).bool()).item() == 0
