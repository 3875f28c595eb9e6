import numpy as np
import pytest
import torch
from scipy.stats import zscore

from solon.objectives.advantages import gae, whiten


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
