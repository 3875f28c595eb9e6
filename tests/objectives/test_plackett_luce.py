import itertools
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from solon.objectives.bradley_terry import ranking_loss
from solon.objectives.plackett_luce import MOST_TIED, plackett_luce_loss

SCORES = st.floats(-30, 30)


def weights(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64).log()


def test_a_ranking_of_three_by_hand() -> None:
    # weights 1, 2, 3, ranked second, first, third: P = 2/6 * 1/4 = 1/12
    loss = plackett_luce_loss(weights(1, 2, 3), [1, 0, 2])
    assert loss.total.item() == pytest.approx(math.log(12))
    assert (loss.count.item(), loss.pairs.item(), loss.correct.item()) == (1, 3, 1)


def test_a_tie_sums_over_its_orders_by_hand() -> None:
    # weights 1, 2 tied above 3: P(1, 2, 3) + P(2, 1, 3) = 1/6 * 2/5 + 2/6 * 1/4 = 1/15 + 1/12 = 3/20
    assert plackett_luce_loss(weights(1, 2, 3), [0, 0, 1]).total.item() == pytest.approx(math.log(20 / 3))


def test_a_tie_at_the_bottom_says_that_the_first_was_picked() -> None:
    # weight 2 above 1 and 3, whose order is unknown: P = 2/6
    assert plackett_luce_loss(weights(1, 2, 3), [5, 0, 5]).total.item() == pytest.approx(math.log(3))


def test_a_ranking_of_ties_says_nothing_and_counts_no_prompt() -> None:
    scores = torch.tensor([1.0, 5.0], requires_grad=True)
    loss = plackett_luce_loss(scores, [0, 0])
    assert (loss.total.item(), loss.count.item()) == (0, 0)


@given(st.lists(SCORES, min_size=5, max_size=5), st.lists(st.integers(0, 2), min_size=5, max_size=5))
def test_it_is_the_sum_over_all_orders_that_agree(scores: list[float], ranks: list[int]) -> None:
    picks, total = [math.exp(score) for score in scores], 0.0
    for order in itertools.permutations(range(5)):
        if [ranks[i] for i in order] == sorted(ranks):
            total += math.prod(picks[i] / sum(picks[j] for j in order[place:]) for place, i in enumerate(order))
    ours = plackett_luce_loss(torch.tensor(scores, dtype=torch.float64), ranks).total.item()
    assert ours == pytest.approx(-math.log(total), abs=1e-9)


@given(SCORES, SCORES)
def test_with_two_responses_it_is_bradley_terry(a: float, b: float) -> None:
    scores = torch.tensor([a, b], dtype=torch.float64)
    for ranks in ([0, 1], [1, 0], [0, 0]):
        ours, theirs = plackett_luce_loss(scores, ranks), ranking_loss(scores, ranks)
        assert ours.total.item() == pytest.approx(theirs.total.item(), abs=1e-12)
        assert ours.count == theirs.count


def test_descent_lifts_the_best_and_lowers_the_worst() -> None:
    scores = torch.zeros(3, requires_grad=True)
    plackett_luce_loss(scores, [2, 0, 1]).total.backward()  # type: ignore[no-untyped-call]
    # picks among 3 and among 2: best -1 + 1/3; second 1/3 - 1 + 1/2; worst 1/3 + 1/2
    assert scores.grad is not None
    assert scores.grad.tolist() == pytest.approx([5 / 6, -2 / 3, -1 / 6])


@pytest.mark.parametrize("ranks", [[0, 1, 2, 3], [3, 2, 1, 0], [1, 1, 0, 2], [0, 0, 0, 1], [1, 0, 0, 0]])
def test_scores_ten_thousand_apart_stay_finite(ranks: list[int]) -> None:
    scores = torch.tensor([1e4, 0.0, -1e4, 3.0], requires_grad=True)
    total = plackett_luce_loss(scores, ranks).total
    total.backward()  # type: ignore[no-untyped-call]
    assert scores.grad is not None
    assert total.isfinite() and scores.grad.isfinite().all()


def test_a_tie_of_too_many_is_refused_and_names_the_way_out() -> None:
    scores, ranks = torch.zeros(MOST_TIED + 2), [0] * (MOST_TIED + 1) + [1]
    with pytest.raises(ValueError, match=r"11 responses share rank 0.*ranking_loss"):
        plackett_luce_loss(scores, ranks)
    assert plackett_luce_loss(scores, [0] + [1] * (MOST_TIED + 1)).total.item() == pytest.approx(math.log(12))


def test_ranks_must_match_scores() -> None:
    with pytest.raises(ValueError, match="one rank for each"):
        plackett_luce_loss(torch.zeros(3), [0, 1])
