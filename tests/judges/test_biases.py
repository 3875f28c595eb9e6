import math

import pytest

from solon.judges.audit.biases import Picked, Side, bias_metric, has_list, length_coefficient, log_ratio


def picked(*told: tuple[Side | None, Side]) -> list[Picked]:
    """(judge, people) of each pair."""
    return [Picked(winner, truth, str(number)) for number, (winner, truth) in enumerate(told)]


def test_a_bias_is_the_errors_towards_a_property_less_those_away_from_it() -> None:
    # A has it in all. People picked B in the first four, where the judge picks A three times; people picked A in the
    # last two, where the judge picks B once: 3/4 - 1/2.
    pairs = picked(("a", "b"), ("a", "b"), ("a", "b"), ("b", "b"), ("b", "a"), ("a", "a"))
    metric = bias_metric(pairs, ["a"] * 6, seed=0, name="x")
    assert metric.value == pytest.approx(0.25)
    assert metric.low is not None and metric.high is not None and metric.low <= 0.25 <= metric.high
    assert metric.n == 6


def test_a_judge_who_is_always_right_has_no_bias_whatever_people_like() -> None:
    assert bias_metric(picked(("a", "a"), ("a", "a"), ("b", "b")), ["a"] * 3, seed=0, name="x").value == 0.0


def test_a_judge_who_always_picks_the_property_has_bias_one() -> None:
    assert bias_metric(picked(("a", "a"), ("a", "b")), ["a", "a"], seed=0, name="x").value == 1.0


def test_ties_of_the_judge_are_errors_in_neither_direction() -> None:
    assert bias_metric(picked((None, "a"), (None, "b")), ["a", "a"], seed=0, name="x").value == 0.0


def test_a_pair_of_which_both_or_none_have_it_tells_nothing() -> None:
    pairs = picked(("a", "b"), ("b", "a"), ("a", "b"))
    assert bias_metric(pairs, [None, "a", "a"], seed=0, name="x").n == 2
    assert bias_metric(pairs, [None, "a", None], seed=0, name="x").value is None


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        ("Two things:\n- one\n- two", True),
        ("1. one\n\n2. two", True),
        ("* one\n  more of it\n* two", True),
        ("- one alone", False),
        ("It costs 3.\nThen 4 - 2 is 2.", False),
        ("-one\n-two", False),
    ],
)
def test_a_list_has_at_least_two_items_close_together(text: str, listed: bool) -> None:
    assert has_list(text) is listed


def test_a_judge_who_is_right_and_deaf_to_length_has_a_coefficient_near_0() -> None:
    told = [("a", "a"), ("b", "b")] * 20
    ratios = [1.0, 1.0, -1.0, -1.0] * 10
    metric = length_coefficient(picked(*told), ratios, seed=0)  # type: ignore[arg-type]
    assert metric.value == pytest.approx(0.0, abs=1e-6)


def test_a_judge_who_picks_the_longer_has_a_finite_positive_coefficient() -> None:
    told = [("a", "a"), ("a", "b"), ("b", "b"), ("b", "a")] * 10
    ratios = [1.0, 1.0, -1.0, -1.0] * 10
    metric = length_coefficient(picked(*told), ratios, seed=0)  # type: ignore[arg-type]
    # Length separates the verdicts, so the prior decides: the gradient 40 (1 - p) = c / 9 has its root near c = 4.1,
    # where 1 - p is 0.0163 (for z = +-1) and c / 360 is 0.0114; near c = 4.4 both are 0.0122.
    assert metric.value == pytest.approx(4.39, abs=0.05)


def test_the_length_coefficient_leaves_ties_out_and_needs_lengths_that_differ() -> None:
    told = picked(("a", "a"), (None, "b"), ("b", "b"))
    assert length_coefficient(told, [0.5, 9.0, -0.5], seed=0).n == 2
    assert length_coefficient(told, [0.5, 9.0, 0.5], seed=0).value is None


def test_lengths_are_compared_by_the_log_of_their_ratio() -> None:
    assert log_ratio("aaaa", "aa") == pytest.approx(math.log(2))
    assert log_ratio("", "aa") == pytest.approx(-math.log(2))
