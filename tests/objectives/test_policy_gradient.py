import numpy as np
import pytest
import torch

from solon.objectives.policy_gradient import ppo_clip_loss


def test_clipped_and_padded_tokens_pull_no_gradient() -> None:
    # token 0: ratio 1.5, A=+2, clipped to 1.2 * 2; token 1: ratio 1, A=-1; token 2: padding
    logprobs = torch.tensor([[1.5, 1.0, 9.0]]).log().requires_grad_()
    advantages, mask = torch.tensor([[2.0, -1.0, 7.0]]), torch.tensor([[True, True, False]])
    total, count, clipped = ppo_clip_loss(logprobs, torch.zeros(1, 3), advantages, mask, clip_range=0.2)
    assert total.item() == pytest.approx(-(1.2 * 2 - 1.0))
    assert (count.item(), clipped.item()) == (2, 1)
    total.backward()  # type: ignore[no-untyped-call]
    assert logprobs.grad is not None
    assert logprobs.grad.tolist() == [[0.0, 1.0, 0.0]]


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_descent_raises_the_logprob_of_a_good_token_and_lowers_that_of_a_bad_one(sign: float) -> None:
    logprobs = torch.tensor([[-1.0]], requires_grad=True)
    ppo_clip_loss(
        logprobs, torch.tensor([[-1.0]]), torch.tensor([[sign]]), torch.tensor([[True]]), clip_range=0.2
    ).total.backward()  # type: ignore[no-untyped-call]
    assert logprobs.grad is not None
    assert -logprobs.grad.item() * sign > 0


def test_a_ratio_outside_the_range_in_the_wrong_direction_keeps_its_gradient() -> None:
    # ratio 0.5 with A=+1: the token became less likely although it was good, and must be pulled back
    logprobs = torch.tensor([[0.5]]).log().requires_grad_()
    loss = ppo_clip_loss(logprobs, torch.zeros(1, 1), torch.ones(1, 1), torch.tensor([[True]]), clip_range=0.2)
    loss.total.backward()  # type: ignore[no-untyped-call]
    assert logprobs.grad is not None
    assert (loss.clipped.item(), logprobs.grad.item()) == (0, -0.5)


def test_agrees_with_a_loop_over_tokens() -> None:
    rng = np.random.default_rng(0)
    new, old, advantages = (rng.normal(size=(3, 6)) for _ in range(3))
    mask = rng.random((3, 6)) < 0.6
    expected = 0.0
    for n, o, a, counts in zip(*(x.ravel() for x in (new, old, advantages, mask)), strict=True):
        ratio = np.exp(n - o)
        expected -= min(ratio * a, np.clip(ratio, 0.7, 1.3) * a) if counts else 0.0
    ours = ppo_clip_loss(*map(torch.tensor, (new, old, advantages, mask)), clip_range=0.3)
    assert ours.total.item() == pytest.approx(expected)


def test_padding_that_is_not_finite_leaves_loss_and_gradient_finite() -> None:
    logprobs = torch.tensor([[0.0, float("inf")]], requires_grad=True)
    mask = torch.tensor([[True, False]])
    ppo_clip_loss(logprobs, torch.zeros(1, 2), torch.ones(1, 2), mask, clip_range=0.2).total.backward()  # type: ignore[no-untyped-call]
    assert logprobs.grad is not None
    assert logprobs.grad.tolist() == [[-1.0, 0.0]]


def test_tensors_that_would_broadcast_are_refused() -> None:
    with pytest.raises(ValueError, match="one shape"):
        ppo_clip_loss(torch.zeros(2, 3), torch.zeros(2, 1), torch.zeros(2, 3), torch.ones(2, 3).bool(), clip_range=0.2)
