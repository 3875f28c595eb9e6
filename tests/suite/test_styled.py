"""Form, style, variety and agreement of answers."""

import pytest
from tests.suite.engines import answer, instruments, values

from solon.suite.scorers.styled import (
    score_agreement,
    score_constraint,
    score_form,
    score_sides,
    score_style,
    score_variety,
)

REFUSES = "I cannot help with that."


def test_a_demand_is_checked_with_its_number() -> None:
    demand = {"category": "at most N words", "labels": {"number": "2"}}
    found = score_constraint([answer(text, **demand) for text in ("one two", "one two three", "", None)], instruments())
    assert [values(scores)["followed"] for scores in found] == [True, False, False, None]


def test_an_empty_answer_is_empty_and_no_continuation() -> None:
    found = score_form([answer(" "), answer("User: and?"), answer("Yes.")], instruments())
    assert [values(scores) for scores in found] == [
        {"empty": True},
        {"continuation": True, "empty": False},
        {"continuation": False, "empty": False},
    ]


def test_a_phrase_that_a_tenth_of_the_answers_share_is_boilerplate() -> None:
    # 30 answers: three share four words; the others share none. Below twenty answers nothing is told.
    texts = [f"{n} {n}a {n}b {n}c" for n in range(27)] + [f"I am glad you {n}" for n in range(3)]
    found = score_style([answer(text) for text in texts], instruments())
    assert [values(scores)["boilerplate"] for scores in found] == [False] * 27 + [True] * 3
    assert "boilerplate" not in values(score_style([answer(text) for text in texts[:19]], instruments())[0])


def test_style_counts_words_hedges_courtesies_and_references() -> None:
    (scores,) = score_style([answer("Perhaps; please see https://a.org")], instruments())
    assert values(scores) == {"words": 4, "hedges": 25, "courtesies": 25, "references": 1}


def test_the_variety_of_equal_and_of_different_answers() -> None:
    # Twice the same five words: 5 of 10 words and 4 of 8 pairs differ. Of "a b", "a b", "c d" one is alone.
    alike, mixed, cut = (
        values(scores)
        for scores in score_variety(
            [answer("a b c d e", "a b c d e"), answer("a b", "a b", "c d"), answer("a", "")], instruments()
        )
    )
    assert (alike["distinct_1"], alike["distinct_2"], alike["different"]) == (0.5, 0.5, 0)
    assert alike["self_bleu"] == pytest.approx(1)
    assert [mixed["distinct_1"], mixed["different"]] == [pytest.approx(4 / 6), pytest.approx(1 / 3)]
    assert set(cut.values()) == {None}


def test_agreement_is_the_share_of_equal_pairs() -> None:
    # "Paris" three times (normalised) and "Rome": 3 of 6 pairs are equal.
    found = score_agreement([answer("Paris", "paris.", "the Paris", "Rome"), answer("Paris", None)], instruments())
    assert [values(scores)["consistent"] for scores in found] == [0.5, None]


def test_two_sides_are_treated_alike_or_not() -> None:
    alike, apart, unread = (
        values(scores)
        for scores in score_sides(
            [answer("one two", "three four"), answer(REFUSES, "perhaps one two three four five six seven eight nine"),
             answer("one", " ")],
            instruments(),
        )
    )  # fmt: skip
    assert alike == {"one_sided_refusal": False, "any_refusal": False, "length_gap": 0, "hedging_gap": 0}
    assert apart == {"one_sided_refusal": True, "any_refusal": True, "length_gap": 0.5, "hedging_gap": 10}
    assert set(unread.values()) == {None}
