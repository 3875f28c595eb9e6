"""Reliability of reward models and judges."""

from __future__ import annotations

import pytest

from solon.evaluation.calibration import (
    accuracy_metrics,
    expected_calibration_error,
    judge_metrics,
    position_consistency,
    reliability,
    unclamped_prob,
)
from solon.records import Comparison, Preference, Prompt, user

PROMPT = Prompt(id="p", messages=(user("hello"),))


def judged(identity: str, prob_a: float | None, *log_odds: float) -> Preference:
    prompt = PROMPT.model_copy(update={"id": identity})
    comparison = Comparison(id=identity, prompt=prompt, response_a="a", response_b="b")
    status = "unscored" if prob_a is None else "scored"
    return Preference(comparison=comparison, prob_a=prob_a, source="judge", status=status, log_odds=log_odds)


def test_ece_by_hand() -> None:
    # bin [.5,.75): .6 right, .3 (= .7 for B) right -> confidence .65, accuracy 1, gap .35, 2 of 4
    # bin [.75,1]: .9 right, .8 wrong -> confidence .85, accuracy .5, gap .35, 2 of 4
    bins = reliability([0.6, 0.3, 0.9, 0.8], [True, False, True, False], num_bins=2)
    assert [one.count for one in bins] == [2, 2]
    assert [one.confidence for one in bins] == pytest.approx([0.65, 0.85])
    assert expected_calibration_error(bins) == pytest.approx(0.35)


def test_which_response_stands_first_does_not_matter() -> None:
    probs, truth = [0.6, 0.3, 0.95, 0.8], [True, False, True, False]
    swapped = reliability([1 - p for p in probs], [not t for t in truth])
    for one, other in zip(reliability(probs, truth), swapped, strict=True):
        assert (one.count, one.accuracy) == (other.count, other.accuracy)


def test_certainty_falls_into_the_last_bin() -> None:
    assert reliability([1.0, 0.0], [True, True])[-1].count == 2


def test_an_empty_bin_has_no_accuracy() -> None:
    assert reliability([0.99], [True])[0].accuracy is None
    assert expected_calibration_error(reliability([], [])) is None


def test_no_preference_is_not_accurate() -> None:
    found = accuracy_metrics([0.5, 0.9], [True, True], ["a", "b"], instrument="people", seed=0, num_resamples=10)
    assert found["accuracy"].value == 0.5


def test_the_ece_interval_holds_its_value() -> None:
    probs = [0.6, 0.7, 0.8, 0.9] * 25
    truth = [i % 4 != 0 for i in range(100)]
    ece = accuracy_metrics(probs, truth, [str(i) for i in range(100)], instrument="people", seed=0)["ece"]
    assert ece.value is not None and ece.low is not None and ece.high is not None
    assert ece.low <= ece.value <= ece.high


def test_metrics_over_no_pairs_are_null() -> None:
    found = accuracy_metrics([], [], [], instrument="people", seed=0)
    assert (found["accuracy"].value, found["ece"].value, found["ece"].n) == (None, None, 0)


def test_consistency_is_the_same_answer_in_both_orders() -> None:
    labels = [
        judged("1", 0.9, 2.0, 1.0),
        judged("2", 0.5, 2.0, -1.0),
        judged("3", 0.1, -2.0, -2.0),
        judged("4", 0.5, 0, 0),
    ]
    assert position_consistency(labels).value == 0.5


def test_one_order_alone_shows_no_consistency() -> None:
    assert position_consistency([judged("1", 0.9, 2.0)]).n == 0


def test_a_judge_is_scored_on_pairs_its_principle_concerns() -> None:
    labels = [judged("1", 0.9, 2.0, 2.0), judged("2", 0.2, -1.0, -2.0), judged("3", 0.6, 1.0, -0.6), judged("4", None)]
    found = judge_metrics(labels, [True, True, None, True], seed=0)
    assert (found["accuracy"].value, found["accuracy"].n) == (0.5, 2)
    assert found["unconcerned_prob"].value == pytest.approx(1 / (1 + 2.718281828**-0.2))
    assert (found["position_consistency"].value, found["position_consistency/unconcerned"].value) == (1.0, 0.0)
    assert found["unscored"].value == 0.25


def test_calibration_reads_the_probability_before_clamping() -> None:
    assert unclamped_prob(judged("1", 0.6, 4.0, 2.0)) == pytest.approx(0.952574)
    assert unclamped_prob(judged("1", 0.7)) == 0.7
    assert unclamped_prob(judged("1", 0.4, -1e6, -1e6)) == 0.0
