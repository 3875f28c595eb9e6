import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from solon.objectives.kl import kl_k2
from solon.objectives.policy_gradient import grpo_loss, ppo_clip_loss, reinforce_loss


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


def test_reinforce_by_hand() -> None:
    # -(2 * -1 + -1 * -3) = -1; the gradient of each log-probability is minus its advantage
    logprobs = torch.tensor([-1.0, -3.0], requires_grad=True)
    total, count = reinforce_loss(logprobs, torch.tensor([2.0, -1.0]))
    assert (total.item(), count.item()) == (-1.0, 2)
    total.backward()  # type: ignore[no-untyped-call]
    assert logprobs.grad is not None
    assert logprobs.grad.tolist() == [-2.0, 1.0]


def test_reinforce_sends_no_gradient_to_advantages() -> None:
    logprobs, advantages = torch.zeros(2, requires_grad=True), torch.ones(2, requires_grad=True)
    reinforce_loss(logprobs, advantages).total.backward()  # type: ignore[no-untyped-call]
    assert advantages.grad is None


@given(st.lists(st.tuples(st.floats(-50, 0), st.floats(-5, 5)), min_size=1, max_size=5))
def test_clipping_whole_responses_starts_with_the_gradient_of_reinforce(pairs: list[tuple[float, float]]) -> None:
    logprobs, advantages = torch.tensor(pairs, dtype=torch.float64).unbind(1)
    logprobs = logprobs.clone().requires_grad_()
    mask = torch.ones(len(pairs), 1, dtype=torch.bool)
    clipped = ppo_clip_loss(
        logprobs[:, None], logprobs.detach()[:, None], advantages[:, None], mask, clip_range=0.2
    )  # fmt: skip
    (ours,), (theirs,) = (
        torch.autograd.grad(loss.total, logprobs) for loss in (clipped, reinforce_loss(logprobs, advantages))
    )
    assert ours.tolist() == pytest.approx(theirs.tolist())


# response 0: tokens of ratios 1.5 and 1, A = 2, penalties 0.1 and 0.3; response 1: ratio 0.5 and padding, A = -1
GRPO_LOGPROBS = torch.tensor([[1.5, 1.0], [0.5, 7.0]]).log()
GRPO_ADVANTAGES, GRPO_PENALTIES = torch.tensor([2.0, -1.0]), torch.tensor([[0.1, 0.3], [0.0, 9.0]])
GRPO_MASK = torch.tensor([[True, True], [True, False]])


def test_grpo_by_hand() -> None:
    # response 0: clipped to 1.2 * 2 = 2.4, and 2: -(2.4 - 0.1 + 2 - 0.3) / 2 = -2; response 1: A < 0 and ratio below
    # 0.8, so clipped to 0.8 * -1: 0.8 / 1
    loss = grpo_loss(
        GRPO_LOGPROBS, torch.zeros(2, 2), GRPO_ADVANTAGES, GRPO_PENALTIES, GRPO_MASK, clip_range=0.2, divisor=None
    )
    assert loss.total.item() == pytest.approx(-2 + 0.8)
    assert (loss.count.item(), loss.clipped.item(), loss.tokens.item()) == (2, 2, 3)


def test_one_divisor_for_all_responses_by_hand() -> None:
    # the same sums, -4 and 0.8, over 4
    loss = grpo_loss(
        GRPO_LOGPROBS, torch.zeros(2, 2), GRPO_ADVANTAGES, GRPO_PENALTIES, GRPO_MASK, clip_range=0.2, divisor=4
    )
    assert loss.total.item() == pytest.approx((-4 + 0.8) / 4)


def test_a_token_of_a_long_response_pulls_less_unless_the_divisor_is_one_number() -> None:
    mask = torch.tensor([[True, True], [True, False]])
    for divisor, expected in [(None, [-0.5, -0.5, -1.0, 0.0]), (2, [-0.5, -0.5, -0.5, 0.0])]:
        logprobs = torch.zeros(2, 2, requires_grad=True)
        grpo_loss(
            logprobs, torch.zeros(2, 2), torch.ones(2), torch.zeros(2, 2), mask, clip_range=0.2, divisor=divisor
        ).total.backward()  # type: ignore[no-untyped-call]
        assert logprobs.grad is not None
        assert logprobs.grad.flatten().tolist() == expected


def test_a_response_without_tokens_adds_nothing_and_is_counted() -> None:
    mask = torch.tensor([[True], [False]])
    loss = grpo_loss(
        torch.zeros(2, 1), torch.zeros(2, 1), torch.ones(2), torch.zeros(2, 1), mask, clip_range=0.2, divisor=None
    )
    assert (loss.total.item(), loss.count.item()) == (-1.0, 2)


def test_a_penalty_sends_its_gradient_to_the_tokens_that_count() -> None:
    logprobs = torch.zeros(1, 2, requires_grad=True)
    grpo_loss(
        logprobs, torch.zeros(1, 2), torch.zeros(1), 0.5 * kl_k2(logprobs, torch.tensor([[-2.0, -2.0]])),
        torch.tensor([[True, False]]), clip_range=0.2, divisor=None,
    ).total.backward()  # type: ignore[no-untyped-call]  # fmt: skip
    assert logprobs.grad is not None
    assert logprobs.grad.tolist() == [[1.0, 0.0]]  # 0.5 * (0 - -2)


def test_ratios_far_outside_the_range_pull_no_gradient_in_the_clipped_direction() -> None:
    logprobs = torch.tensor([[0.0], [-1e4]], requires_grad=True)
    loss = grpo_loss(
        logprobs, torch.tensor([[-80.0], [0.0]]), torch.tensor([1.0, -1.0]), torch.zeros(2, 1),
        torch.ones(2, 1, dtype=torch.bool), clip_range=0.2, divisor=None,
    )  # fmt: skip
    loss.total.backward()  # type: ignore[no-untyped-call]
    assert logprobs.grad is not None
    assert loss.total.item() == pytest.approx(-1.2 + 0.8)
    assert logprobs.grad.tolist() == [[0.0], [0.0]]


@pytest.mark.parametrize(("advantages", "penalties"), [((3,), (2, 3)), ((2,), (2, 1))])
def test_an_advantage_for_each_response_and_a_penalty_for_each_token_are_required(
    advantages: tuple[int], penalties: tuple[int, int]
) -> None:
    with pytest.raises(ValueError, match="one shape"):
        grpo_loss(
            torch.zeros(2, 3), torch.zeros(2, 3), torch.zeros(advantages), torch.zeros(penalties),
            torch.ones(2, 3, dtype=torch.bool), clip_range=0.2, divisor=None,
        )  # fmt: skip


def test_one_advantage_for_many_responses_is_refused() -> None:
    with pytest.raises(ValueError, match="one shape"):
        reinforce_loss(torch.zeros(3), torch.zeros(1))
