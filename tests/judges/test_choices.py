import math

import pytest
from tests.judges.engines import InTurn, Weigher
from tests.judges.formats.cases import CHOICE

from solon.judges.choices import choose_by_logprobs, choose_by_text
from solon.judges.verdict import ResponseVerdict


def by_text(first: str, second: str) -> ResponseVerdict:
    (verdict,) = choose_by_text([CHOICE], InTurn(first, second), seed=0)
    return verdict


def by_logprobs(first: tuple[float, ...], second: tuple[float, ...]) -> ResponseVerdict:
    rows = iter([first, second])
    (verdict,) = choose_by_logprobs([CHOICE], Weigher(lambda question, options: next(rows)))
    return verdict


def test_an_option_chosen_in_both_orders_is_the_choice() -> None:
    # Of stone, apple, chair the third is (C), and (A) in reverse.
    verdict = by_text("The answer is: (C)", "The answer is: (A)")
    assert (verdict.status, verdict.value, verdict.orders) == ("scored", 2, (2, 2))


def test_different_options_in_the_two_orders_are_a_tie() -> None:
    verdict = by_text("(A)", "(A)")
    assert (verdict.status, verdict.value, verdict.orders) == ("tie", None, (0, 2))


def test_an_order_without_a_choice_leaves_none() -> None:
    assert by_text("(A)", "I cannot say").status == "unscored"
    assert by_text("I cannot assist with this.", "(A)").status == "refused"


def test_log_probabilities_of_both_orders_are_averaged_option_by_option() -> None:
    # Reversed, the second row belongs to chair, apple, stone. Means: stone -2.5, apple -1.5, chair -3.
    verdict = by_logprobs((-1.0, -1.5, -5.0), (-1.0, -1.5, -4.0))
    assert verdict.value == 1
    assert verdict.prob == pytest.approx(1 / (math.exp(-1) + 1 + math.exp(-1.5)))
    assert verdict.orders == (0, 2)


def test_a_taste_for_a_letter_alone_is_a_tie() -> None:
    assert by_logprobs((-1.0, -2.0, -3.0), (-1.0, -2.0, -3.0)).status == "tie"


def test_a_missing_log_probability_is_unscored() -> None:
    assert by_logprobs((-1.0, -math.inf, -3.0), (-1.0, -2.0, -3.0)).status == "unscored"


def test_the_letters_are_the_options_asked_for() -> None:
    engine = Weigher(lambda question, options: (-1.0,) * len(options))
    choose_by_logprobs([CHOICE], engine)
    assert engine.asked[0].options == (" (A)", " (B)", " (C)")
    assert engine.asked[0].messages[0].content == "Which is a fruit?\n (A) stone\n (B) apple\n (C) chair"
    assert engine.asked[0].prefill == "The answer is:"
