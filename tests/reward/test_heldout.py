import math
from collections.abc import Sequence

import numpy as np
import pytest

from solon.interfaces import PromptResponse
from solon.records import Comparison, Preference, Prompt, Ranking, user
from solon.reward.heldout import (
    HeldOutPair,
    accuracy,
    expected_calibration_error,
    judge_pairs,
    pair_margins,
    pairs_of_ranking,
)
from solon.seeds import is_held_out

PROMPT = Prompt(id="p", messages=(user("say"),))


def comparison(a: str = "aa", b: str = "b") -> Comparison:
    return Comparison(id="c", prompt=PROMPT, response_a=a, response_b=b)


def pair(margin: float, prob_a: float) -> HeldOutPair:
    return HeldOutPair(comparison=comparison(), source="test", prob_a=prob_a, margin=margin)


def length(pairs: Sequence[PromptResponse]) -> list[float]:
    return [float(len(one.response)) for one in pairs]


def test_a_margin_is_the_score_of_a_less_that_of_b() -> None:
    assert pair_margins(length, [comparison("aaa", "b"), comparison("", "bb")]) == [2.0, -2.0]


def test_a_ranking_gives_every_pair_that_is_not_tied_with_the_better_on_changing_sides() -> None:
    ranking = Ranking(id="r", prompt=PROMPT, responses=("best", "tied", "tied too"), ranks=(0, 1, 1), rater="ann")
    pairs = pairs_of_ranking(ranking)
    assert [(p.comparison.response_a, p.comparison.response_b, p.prob_a) for p in pairs] == [
        ("best", "tied", 1.0),
        ("tied too", "best", 0.0),
    ]


def test_accuracy_leaves_out_undecided_labels_and_calls_a_margin_of_zero_wrong() -> None:
    # right, wrong, undecided, zero: 1 of 3
    assert accuracy([pair(1, 0.9), pair(1, 0.1), pair(1, 0.5), pair(0, 0.9)]) == pytest.approx(1 / 3)
    assert accuracy([pair(1, 0.5)]) is None


def test_calibration_error_worked_by_hand() -> None:
    # margins +-log 3: confidence 0.75, bin 5; labels of the favoured response 1 and 0: |1.5 - 1| = 0.5
    # margin log 19: confidence 0.95 in a bin of its own, label 1: |0.95 - 1| = 0.05; together 0.55 / 3
    pairs = [pair(math.log(3.0001), 1.0), pair(-math.log(3.0001), 1.0), pair(math.log(19.001), 1.0)]
    assert expected_calibration_error(pairs) == pytest.approx(0.55 / 3, abs=1e-4)


def test_calibration_error_agrees_with_a_histogram() -> None:
    rng = np.random.default_rng(0)
    margins, labels = rng.normal(size=400) * 2, rng.integers(0, 2, size=400)
    confidence = 1 / (1 + np.exp(-np.abs(margins)))
    favoured = np.where(margins >= 0, labels, 1 - labels)
    edges = np.linspace(0.5, 1, 11)
    sums = [np.histogram(confidence, edges, weights=weights)[0] for weights in (confidence, favoured.astype(float))]
    expected = np.abs(sums[0] - sums[1]).sum() / 400
    ours = expected_calibration_error([pair(float(m), float(p)) for m, p in zip(margins, labels, strict=True)])
    assert ours == pytest.approx(expected)


def test_calibration_of_no_pairs_is_absent() -> None:
    assert expected_calibration_error([]) is None


def test_the_split_depends_on_seed_and_prompt_alone_and_has_the_asked_size() -> None:
    held_out = [is_held_out(f"p{i}", 0.2, seed=1) for i in range(2000)]
    assert held_out == [is_held_out(f"p{i}", 0.2, seed=1) for i in range(2000)]
    assert held_out != [is_held_out(f"p{i}", 0.2, seed=2) for i in range(2000)]
    assert 0.17 < sum(held_out) / 2000 < 0.23


def test_judged_pairs_carry_label_source_and_margin() -> None:
    ranking = Ranking(id="r", prompt=PROMPT, responses=("long one", "short"), ranks=(0, 1), rater="ann")
    labelled = Preference(comparison=comparison(), prob_a=0.3, source="judge")
    unscored = Preference(comparison=comparison(), prob_a=None, source="judge", status="unscored")
    found = judge_pairs(length, [ranking], [unscored, labelled])
    assert [(p.source, p.prob_a, p.margin) for p in found] == [("ann", 1.0, 3.0), ("judge", 0.3, 1.0)]
    assert [p.correct for p in found] == [True, False]
