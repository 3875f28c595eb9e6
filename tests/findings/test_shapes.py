import pytest

from solon.findings import shapes
from solon.findings.finding import Outcome
from solon.records import Metric


def metric(value: float | None, low: float | None = None, high: float | None = None) -> Metric:
    return Metric(value=value, low=low, high=high, n=10, instrument="test")


MEASURED = {"a": metric(0.3, 0.2, 0.4), "b": metric(0.5, 0.45, 0.55), "c": metric(0.48), "none": metric(None)}


@pytest.mark.parametrize(
    ("outcome", "holds"),
    [
        (shapes.at_least(MEASURED, "a", 0.3), True),
        (shapes.at_least(MEASURED, "a", 0.31), False),
        (shapes.at_most(MEASURED, "a", 0.3), True),
        (shapes.at_most(MEASURED, "a", 0.29), False),
        (shapes.clearly_above(MEASURED, "a", 0.19), True),
        (shapes.clearly_above(MEASURED, "a", 0.2), False),
        (shapes.clearly_below(MEASURED, "a", 0.41), True),
        (shapes.clearly_below(MEASURED, "a", 0.4), False),
        (shapes.not_clearly_below(MEASURED, "a", 0.4), True),
        (shapes.not_clearly_below(MEASURED, "a", 0.41), False),
        (shapes.between(MEASURED, "a", 0.3, 0.5), True),
        (shapes.between(MEASURED, "a", 0.31, 0.5), False),
        (shapes.rises(MEASURED, ["a", "b"]), True),
        (shapes.rises(MEASURED, ["a", "b", "c"]), False),
        (shapes.rises(MEASURED, ["a", "b", "c"], slack=0.03), True),
        (shapes.falls(MEASURED, ["b", "c", "a"]), True),
        (shapes.falls(MEASURED, ["a", "c"], slack=1.0), False),
        (shapes.ordered(MEASURED, ["a", "c", "b"]), True),
        (shapes.ordered(MEASURED, ["b", "a"]), False),
    ],
)
def test_a_shape_holds_or_not(outcome: Outcome, holds: bool) -> None:
    assert outcome.holds is holds, outcome


@pytest.mark.parametrize("check", [shapes.clearly_above, shapes.clearly_below, shapes.not_clearly_below])
def test_without_an_interval_nothing_is_clear(check: object) -> None:
    assert not check(MEASURED, "c", -1.0).holds  # type: ignore[operator]
    assert not check(MEASURED, "c", 2.0).holds  # type: ignore[operator]


def test_what_was_not_measured_holds_nothing() -> None:
    assert not shapes.at_least(MEASURED, "none", -1.0).holds
    assert not shapes.rises(MEASURED, ["a", "none"]).holds
    assert shapes.told(MEASURED["none"]) == "nothing measured"
