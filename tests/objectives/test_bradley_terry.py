import itertools
import math

import numpy as np
import pytest
import torch
from sklearn.metrics import log_loss

from solon.objectives.bradley_terry import preference_loss, ranking_loss, smoothed_labels


def test_a_ranking_of_three_averages_its_three_pairs() -> None:
    # margins of (best, second), (best, third), (second, third): 1, 3, 2
    # -log sigmoid: 0.313262, 0.048587, 0.126928; mean 0.162926
    loss = ranking_loss(torch.tensor([3.0, 2.0, 0.0]), [0, 1, 2])
    assert loss.total.item() == pytest.approx(0.162926, abs=1e-6)
    assert (loss.count.item(), loss.pairs.item(), loss.correct.item()) == (1, 3, 3)


def test_tied_responses_make_no_pair_and_the_divisor_is_the_pairs_kept() -> None:
    # the two best are tied: pairs (0,2) margin 1 and (1,2) margin -1: (0.313262 + 1.313262) / 2
    loss = ranking_loss(torch.tensor([1.0, -1.0, 0.0]), [0, 0, 1])
    assert loss.total.item() == pytest.approx(0.813262, abs=1e-6)
    assert (loss.pairs.item(), loss.correct.item()) == (2, 1)


def test_a_ranking_of_ties_counts_no_prompt() -> None:
    loss = ranking_loss(torch.tensor([1.0, 2.0]), [0, 0])
    assert (loss.total.item(), loss.count.item()) == (0.0, 0)


def test_ranking_loss_agrees_with_a_loop_over_pairs() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        scores, ranks = rng.normal(size=6), rng.integers(0, 4, size=6)
        pairs = [(w, x) for w, x in itertools.permutations(range(6), 2) if ranks[w] < ranks[x]]
        expected = np.mean([math.log(1 + math.exp(-(scores[w] - scores[x]))) for w, x in pairs]) if pairs else 0
        assert ranking_loss(torch.tensor(scores), ranks.tolist()).total.item() == pytest.approx(expected)


def test_ranking_loss_raises_the_better_and_lowers_the_worse_score() -> None:
    scores = torch.zeros(2, requires_grad=True)
    ranking_loss(scores, [1, 0]).total.backward()  # type: ignore[no-untyped-call]
    assert scores.grad is not None
    assert scores.grad.tolist() == [0.5, -0.5]  # descent lowers scores[0], ranked second


def test_a_soft_label_weighs_both_directions() -> None:
    # margin 1, p 0.7: -(0.7 * -0.313262 + 0.3 * -1.313262) = 0.613262
    loss = preference_loss(torch.tensor([2.0]), torch.tensor([1.0]), torch.tensor([0.7]))
    assert loss.total.item() == pytest.approx(0.613262, abs=1e-6)
    assert (loss.count.item(), loss.correct.item()) == (1, 1)


def test_preference_loss_is_least_where_the_margin_is_the_labels_log_odds() -> None:
    margin = torch.tensor([math.log(0.8 / 0.2)], requires_grad=True)
    preference_loss(margin, torch.zeros(1), torch.tensor([0.8])).total.backward()  # type: ignore[no-untyped-call]
    assert margin.grad is not None
    assert margin.grad.item() == pytest.approx(0, abs=1e-7)


def test_preference_loss_with_hard_labels_is_scikit_learns_log_loss() -> None:
    rng = np.random.default_rng(1)
    margins, labels = rng.normal(size=50), rng.integers(0, 2, size=50)
    ours = preference_loss(torch.tensor(margins), torch.zeros(50).double(), torch.tensor(labels).double())
    assert ours.total.item() == pytest.approx(log_loss(labels, 1 / (1 + np.exp(-margins)), normalize=False))


def test_a_higher_score_of_the_preferred_response_lowers_the_loss() -> None:
    low, high = (preference_loss(torch.tensor([a]), torch.zeros(1), torch.tensor([0.9])).total for a in (0.0, 1.0))
    assert high < low


def test_an_undecided_label_counts_as_half_correct() -> None:
    loss = preference_loss(torch.tensor([1.0, -1.0]), torch.zeros(2), torch.tensor([0.5, 0.9]))
    assert loss.correct.item() == 0.5


def test_ranks_must_match_scores() -> None:
    with pytest.raises(ValueError, match="one rank for each"):
        ranking_loss(torch.zeros(3), [0, 1])


def test_a_margin_asks_the_preferred_response_to_lead_by_it() -> None:
    # difference 2, margin 1: -log sigmoid(1) = 0.313262 for A, and for B -log sigmoid(-3) = 3.048587
    scores, margin = torch.tensor([2.0]), torch.tensor([1.0])
    for prob_a, expected in [(1.0, 0.313262), (0.0, 3.048587), (0.7, 1.133860)]:  # 0.7 * 0.313262 + 0.3 * 3.048587
        loss = preference_loss(scores, torch.zeros(1), torch.tensor([prob_a]), margin)
        assert loss.total.item() == pytest.approx(expected, abs=1e-6)


def test_a_margin_leaves_a_tie_at_no_difference() -> None:
    scores = torch.zeros(1, requires_grad=True)
    preference_loss(scores, torch.zeros(1), torch.tensor([0.5]), torch.tensor([2.0])).total.backward()  # type: ignore[no-untyped-call]
    assert scores.grad is not None
    assert scores.grad.item() == 0


def test_who_is_right_does_not_depend_on_the_margin() -> None:
    loss = preference_loss(torch.tensor([1.0]), torch.zeros(1), torch.ones(1), torch.tensor([3.0]))
    assert loss.correct.item() == 1


def test_one_margin_for_many_comparisons_is_refused() -> None:
    with pytest.raises(ValueError, match="one shape"):
        preference_loss(torch.zeros(2), torch.zeros(2), torch.ones(2), torch.ones(1))


@pytest.mark.parametrize("difference", [-1e4, 1e4])
def test_differences_of_ten_thousand_stay_finite(difference: float) -> None:
    scores = torch.tensor([difference], requires_grad=True)
    for prob_a in (0.0, 0.3, 1.0):
        total = preference_loss(scores, torch.zeros(1), torch.tensor([prob_a]), torch.ones(1)).total
        assert total.isfinite() and torch.autograd.grad(total, scores)[0].isfinite()


def test_smoothed_labels_by_hand() -> None:
    # a fifth are the wrong way round: 1 -> 0.8, 0 -> 0.2, 0.5 stays, 0.9 -> 0.9 * 0.8 + 0.1 * 0.2 = 0.74
    smoothed = smoothed_labels(torch.tensor([1.0, 0.0, 0.5, 0.9]), flipped=0.2)
    assert smoothed.tolist() == pytest.approx([0.8, 0.2, 0.5, 0.74])


def test_smoothing_by_nothing_changes_nothing() -> None:
    assert smoothed_labels(torch.tensor([0.3, 1.0]), flipped=0.0).tolist() == torch.tensor([0.3, 1.0]).tolist()


@pytest.mark.parametrize("flipped", [0.5, -0.1])
def test_labels_that_would_say_nothing_are_refused(flipped: float) -> None:
    with pytest.raises(ValueError, match="not in"):
        smoothed_labels(torch.ones(1), flipped=flipped)
