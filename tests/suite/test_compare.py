"""Two evaluations of the same cases."""

import pytest
from tests.suite.engines import case
from tests.suite.test_measure import scored

from solon.errors import InputError
from solon.evaluation.intervals import clustered_mean, paired_difference
from solon.records import Metric
from solon.suite.catalogue import TAXED
from solon.suite.compare import changes_of, tax_of
from solon.suite.task import Score, Scored

FIRST = [scored(f"{n}", {"a": True, "b": 1.0 + n}) for n in range(6)]
SECOND = [scored(f"{n}", {"a": n < 2, "b": 3.0}) for n in (5, 4, 3, 2, 1, 0)]


def test_changes_are_second_minus_first_paired_by_case_whatever_the_order() -> None:
    changes, clusters = changes_of(FIRST, SECOND, seed=0), [f"{n}" for n in range(6)]
    assert changes["a"] == paired_difference([n < 2 for n in range(6)], [True] * 6, clusters, "rule")
    assert changes["b"] == clustered_mean([2.0 - n for n in range(6)], clusters, "rule")
    assert changes["a"].value == pytest.approx(-4 / 6)
    assert changes["b"].value == pytest.approx(-0.5)


def test_cases_unscored_on_one_side_have_no_pair() -> None:
    second = [*SECOND[:-1], scored("0", {"a": None, "b": 3.0})]
    assert changes_of(FIRST, second, seed=0)["a"].n == 5


def test_other_cases_and_other_instruments_are_refused() -> None:
    with pytest.raises(InputError, match=r"2 are on one side only \(first: 0\)"):
        changes_of(FIRST, [*SECOND[:-1], scored("7", {"a": True})], seed=0)
    judged = [Scored(case=case(f"{n}"), scores=(Score(name="a", value=True, instrument="judge"),)) for n in range(6)]
    with pytest.raises(InputError, match="measured by judge and rule"):
        changes_of(FIRST, judged, seed=0)


def test_the_change_of_calibration_draws_the_same_cases_for_both() -> None:
    first = [scored(f"{n}", {"accuracy": n % 2 == 0, "confidence": 0.9}) for n in range(20)]
    second = [scored(f"{n}", {"accuracy": n % 2 == 0, "confidence": 0.5}) for n in range(20)]
    same, change = changes_of(first, first, seed=0)["ece"], changes_of(first, second, seed=0)["ece"]
    assert (same.value, same.low, same.high) == (0, 0, 0)  # separate draws would differ
    assert change.value == pytest.approx(-0.4)  # 0.5 of 20 right: |0.5 - 0.9| before, 0 after


def test_the_alignment_tax_is_positive_where_the_second_is_worse() -> None:
    def metric(value: float) -> Metric:
        return Metric(value=value, low=value - 0.1, high=value + 0.2, n=9, instrument="rule")

    tax = tax_of(
        {
            "gsm8k": {"correct": metric(-0.3)},
            "wikitext": {"bits_per_byte": metric(0.4)},
            "bbq": {"accuracy": metric(1)},
        },
        TAXED,
    )
    told = {name: (one.value, one.low, one.high) for name, one in tax.items()}
    assert told == {"gsm8k": (0.3, pytest.approx(0.1), pytest.approx(0.4)), "wikitext": (0.4, 0.4 - 0.1, 0.4 + 0.2)}
