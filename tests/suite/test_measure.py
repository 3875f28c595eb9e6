"""Scores to rates."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.suite.engines import case

from solon.evaluation.calibration import expected_calibration_error
from solon.evaluation.intervals import clustered_mean, rate
from solon.store.records import read_records, write_records
from solon.suite.measure import metrics_of, reliability_of, surely_chosen
from solon.suite.task import Score, Scored


def scored(name: str, told: Mapping[str, bool | float | None], **fields: object) -> Scored:
    scores = tuple(Score(name=key, value=value, instrument="rule") for key, value in told.items())
    return Scored(case=case(name, **fields), responses=("x",), scores=scores)


def test_true_and_false_are_rates_and_numbers_are_means_clustered_as_the_cases() -> None:
    rows = [scored(f"{n}", {"a": n % 2 == 0, "b": float(n)}, cluster=f"{n // 2}") for n in range(8)]
    metrics = metrics_of(rows, seed=0)
    clusters = [one.case.cluster for one in rows]
    assert metrics["a"] == rate([True, False] * 4, clusters, "rule")
    assert metrics["b"] == clustered_mean([float(n) for n in range(8)], clusters, "rule")


def test_unscored_cases_enter_no_mean_and_are_counted() -> None:
    metrics = metrics_of([scored("x", {"a": True}), scored("y", {"a": None}), scored("z", {})], seed=0)
    assert (metrics["a"].value, metrics["a"].n) == (1, 1)
    assert metrics["unscored"].value == pytest.approx(1 / 3)
    assert metrics["unscored"].n == 3


def test_a_score_that_nothing_could_be_told_of_is_null_with_its_instrument() -> None:
    metric = metrics_of([scored("x", {"a": None})], seed=0)["a"]
    assert (metric.value, metric.n, metric.instrument) == (None, 0, "rule")


def test_several_categories_have_rates_of_their_own() -> None:
    rows = [scored("x", {"a": True}, category="c"), scored("y", {"a": False}, category="d"), scored("z", {"b": True})]
    metrics = metrics_of(rows, seed=0)
    assert {name: metric.value for name, metric in metrics.items() if name[0] in "ab"} == {
        "a": 0.5, "a/c": 1, "a/d": 0, "b": 1,
    }  # fmt: skip
    assert "a/c" not in metrics_of(rows[:1], seed=0)  # one category is the whole


def test_the_calibration_error_of_hand_worked_bins() -> None:
    # Bin [0.9, 1]: confidences 0.95 and 1, one right: |0.5 - 0.975| * 2 / 4.
    # Bin [0.5, 0.6): both right: |1 - 0.5| * 2 / 4.
    told = [(0.95, True), (1.0, False), (0.5, True), (0.5, True)]
    rows = [scored(f"{n}", {"accuracy": right, "confidence": sure}) for n, (sure, right) in enumerate(told)]
    bins = reliability_of(surely_chosen(rows))
    assert [(one.low, one.count) for one in bins if one.count] == [(0.5, 2), (0.9, 2)]
    metric = metrics_of(rows, seed=0)["ece"]
    assert metric.value == expected_calibration_error(bins) == pytest.approx(0.475 / 2 + 0.5 / 2)
    low, value, high = metric.low, metric.value, metric.high
    assert low is not None and value is not None and high is not None and low <= value <= high
    assert "ece" not in metrics_of([scored("x", {"accuracy": True})], seed=0)


def test_rows_are_read_back_equal(tmp_path: Path) -> None:
    rows = [scored("x", {"a": True, "b": 1.0, "c": None}), scored("y", {"a": False, "b": 0.0})]
    write_records(tmp_path / "t.jsonl", rows)
    back = list(read_records(tmp_path / "t.jsonl", Scored))
    assert back == rows
    assert [type(score.value) for score in back[0].scores] == [bool, float, type(None)]
