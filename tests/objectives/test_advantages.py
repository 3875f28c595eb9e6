import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import zscore

from solon.objectives.advantages import gae, group_advantages, leave_one_out_advantages, whiten

REWARDS = st.lists(st.lists(st.floats(-100, 100), min_size=4, max_size=4), min_size=1, max_size=3)


def test_gae_of_a_finished_response_worked_by_hand() -> None:
    # gamma 0.9, lambda 0.5, V = 1, 2, 3, reward 10 on the last token, terminal
    # delta_2 = 10 - 3 = 7; delta_1 = 0.9*3 - 2 = 0.7; delta_0 = 0.9*2 - 1 = 0.8
    # A_2 = 7; A_1 = 0.7 + 0.45*7 = 3.85; A_0 = 0.8 + 0.45*3.85 = 2.5325
    result = gae(
        torch.tensor([[0.0, 0.0, 10.0]]), torch.tensor([[1.0, 2.0, 3.0]]), torch.ones(1, 3, dtype=torch.bool),
        torch.zeros(1), gamma=0.9, gae_lambda=0.5,
    )  # fmt: skip
    assert result.advantages_BT[0].tolist() == pytest.approx([2.5325, 3.85, 7.0])
    assert result.returns_BT[0].tolist() == pytest.approx([3.5325, 5.85, 10.0])


def test_a_truncated_response_goes_on_with_the_bootstrap_value() -> None:
    # one token, V = 1, reward 2, cut off in a state worth 4: A = 2 + 0.5*4 - 1 = 3
    result = gae(
        torch.tensor([[2.0]]), torch.tensor([[1.0]]), torch.tensor([[True]]), torch.tensor([4.0]),
        gamma=0.5, gae_lambda=0.9,
    )  # fmt: skip
    assert result.advantages_BT.item() == pytest.approx(3.0)


def test_tokens_outside_the_mask_change_nothing_wherever_they_stand() -> None:
    mask = torch.tensor([[False, True, True, False]])
    inner = gae(
        torch.tensor([[1.0, 5.0]]), torch.tensor([[0.5, 0.25]]), torch.ones(1, 2, dtype=torch.bool),
        torch.tensor([2.0]), gamma=0.9, gae_lambda=0.8,
    )  # fmt: skip
    padded = gae(
        torch.tensor([[99.0, 1.0, 5.0, 99.0]]), torch.tensor([[99.0, 0.5, 0.25, 99.0]]), mask,
        torch.tensor([2.0]), gamma=0.9, gae_lambda=0.8,
    )  # fmt: skip
    assert padded.advantages_BT[0].tolist() == pytest.approx([0, *inner.advantages_BT[0].tolist(), 0])
    assert padded.returns_BT[0].tolist() == pytest.approx([0, *inner.returns_BT[0].tolist(), 0])


def test_gae_is_the_discounted_sum_of_temporal_differences() -> None:
    rng = np.random.default_rng(0)
    rewards, values, bootstrap = rng.normal(size=(4, 7)), rng.normal(size=(4, 7)), rng.normal(size=4)
    lengths = [7, 3, 1, 5]
    mask = torch.arange(7)[None] < torch.tensor(lengths)[:, None]
    ours = gae(
        torch.tensor(rewards), torch.tensor(values), mask, torch.tensor(bootstrap), gamma=0.97, gae_lambda=0.9
    )  # fmt: skip
    for row, length in enumerate(lengths):
        following = [*values[row, 1:length], bootstrap[row]]
        deltas = [rewards[row, t] + 0.97 * following[t] - values[row, t] for t in range(length)]
        for t in range(length):
            expected = sum((0.97 * 0.9) ** (s - t) * deltas[s] for s in range(t, length))
            assert ours.advantages_BT[row, t].item() == pytest.approx(expected)


def test_lambda_one_makes_the_return_the_sum_of_later_rewards() -> None:
    rewards = torch.tensor([[1.0, 2.0, 4.0]])
    ours = gae(rewards, torch.randn(1, 3), torch.ones(1, 3, dtype=torch.bool), torch.zeros(1), gamma=1, gae_lambda=1)
    assert ours.returns_BT[0].tolist() == pytest.approx([7.0, 6.0, 4.0], abs=1e-5)


def test_whitening_reads_the_counted_values_only() -> None:
    # counted 1, 3: mean 2, deviation 1
    values, mask = torch.tensor([[1.0, 3.0, 50.0]]), torch.tensor([[True, True, False]])
    assert whiten(values, mask, keep_mean=False).tolist() == [[-1.0, 1.0, 0.0]]


def test_keep_mean_keeps_the_mean() -> None:
    # counted 2, 6: mean 4, deviation 2
    values, mask = torch.tensor([[2.0, 6.0]]), torch.ones(1, 2, dtype=torch.bool)
    assert whiten(values, mask, keep_mean=True).tolist() == [[3.0, 5.0]]


def test_whitening_agrees_with_scipys_z_score() -> None:
    values = np.random.default_rng(0).normal(size=(3, 5))
    ours = whiten(torch.tensor(values), torch.ones(3, 5, dtype=torch.bool), keep_mean=False)
    np.testing.assert_allclose(ours.numpy(), zscore(values, axis=None))


def test_equal_values_whiten_to_zero() -> None:
    ours = whiten(torch.full((1, 3), 0.7), torch.ones(1, 3, dtype=torch.bool), keep_mean=False)
    assert ours.abs().max().item() == pytest.approx(0, abs=1e-6)


def test_whitening_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no token counts"):
        whiten(torch.ones(1, 2), torch.zeros(1, 2, dtype=torch.bool), keep_mean=False)


def test_leave_one_out_by_hand() -> None:
    # 6 against the mean of 0 and 3: 4.5; 0 against 4.5; 3 against 3
    advantages, flat = leave_one_out_advantages(torch.tensor([[6.0, 0.0, 3.0]]))
    assert advantages.tolist() == [[4.5, -4.5, 0.0]]
    assert flat.item() == 0


@given(REWARDS)
def test_leave_one_out_advantages_of_a_prompt_sum_to_zero(rewards: list[list[float]]) -> None:
    advantages = leave_one_out_advantages(torch.tensor(rewards, dtype=torch.float64)).advantages_PK
    assert advantages.sum(1).tolist() == pytest.approx([0] * len(rewards), abs=1e-10)


def test_group_advantages_by_hand() -> None:
    # mean 3, deviation sqrt((9 + 9 + 0) / 2) = 3, plus 0.0001
    rewards = torch.tensor([[6.0, 0.0, 3.0]]).double()
    divided = group_advantages(rewards, divide_by_deviation=True).advantages_PK
    assert divided[0].tolist() == pytest.approx([3 / 3.0001, -3 / 3.0001, 0])
    assert group_advantages(rewards, divide_by_deviation=False).advantages_PK.tolist() == [[3.0, -3.0, 0.0]]


def test_every_prompt_is_compared_with_itself() -> None:
    rewards = torch.tensor([[0.0, 2.0], [100.0, 102.0]])
    for advantages in (leave_one_out_advantages(rewards), group_advantages(rewards, divide_by_deviation=True)):
        assert advantages.advantages_PK[0].tolist() == advantages.advantages_PK[1].tolist()


def test_flat_groups_have_no_advantage_and_are_counted() -> None:
    rewards = torch.tensor([[0.5] * 4, [0.0, 1.0, 0.0, 0.0], [3.0] * 4])
    for advantages, flat in (leave_one_out_advantages(rewards), group_advantages(rewards, divide_by_deviation=True)):
        assert flat.item() == 2
        assert advantages[[0, 2]].tolist() == [[0.0] * 4] * 2


def test_a_flat_group_is_exactly_flat_when_its_mean_is_rounded() -> None:
    # three times 0.9 in single precision has a mean of 0.9 - 6e-8, which is no advantage
    rewards = torch.full((1, 3), 0.9)
    for advantages, flat in (leave_one_out_advantages(rewards), group_advantages(rewards, divide_by_deviation=True)):
        assert flat.item() == 1
        assert advantages.tolist() == [[0.0, 0.0, 0.0]]


@pytest.mark.parametrize("rewards", [torch.zeros(4, 1), torch.zeros(4)])
def test_a_response_without_siblings_is_refused(rewards: torch.Tensor) -> None:
    with pytest.raises(ValueError, match="at least 2 responses"):
        leave_one_out_advantages(rewards)
    with pytest.raises(ValueError, match="at least 2 responses"):
        group_advantages(rewards, divide_by_deviation=True)
