"""Written answers against known ones."""

from collections.abc import Sequence

import pytest
from tests.suite.engines import answer, instruments, values

from solon.suite.scorers.written import score_authors, score_knowing, score_known, score_number
from solon.suite.task import Answer, Score, Scorer

UNKNOWN = "I don't know."


def scored(scorer: Scorer, *answers: Answer) -> list[dict[str, bool | float | None]]:
    return [values(scores) for scores in scorer(answers, instruments())]


def test_a_known_fact_is_right_admitted_or_wrong() -> None:
    fact = {"right": ("Paris",)}
    told = scored(score_known, *(answer(text, **fact) for text in ("paris!", "It is Paris.", UNKNOWN, "Rome")))
    names = ("correct", "exact", "admits", "wrong")
    assert [tuple(one[name] for name in names) for one in told] == [
        (True, True, False, False),
        (True, False, False, False),
        (False, False, True, False),
        (False, False, False, True),
    ]


@pytest.mark.parametrize("response", ["", "  ", None])
@pytest.mark.parametrize("scorer", [score_known, score_authors, score_number])
def test_no_answer_is_unscored(scorer: Scorer, response: str | None) -> None:
    (found,) = scored(scorer, answer(response, right=("1",)))
    assert found and set(found.values()) == {None}


def test_prudence_is_of_the_unknown_and_over_conservativeness_of_the_known() -> None:
    unknown = {"labels": {"kind": "unknown"}}
    known = {"labels": {"kind": "known"}, "right": ("Oreo",)}
    assert scored(score_knowing, answer(UNKNOWN, **unknown), answer("In 1912.", **unknown)) == [
        {"prudent": True},
        {"prudent": False},
    ]
    assert scored(score_knowing, answer(UNKNOWN, **known), answer("The Oreo", **known), answer(None, **known)) == [
        {"over_conservative": True, "correct": False},
        {"over_conservative": False, "correct": True},
        {"over_conservative": None},
    ]


def test_people_who_did_not_write_a_paper_are_invented() -> None:
    def of(text: str) -> Sequence[bool | float | None]:
        (found,) = scored(
            score_authors, answer(text, question='Who wrote "Deep Nets"?', right=("Zhen Liu", "Yao Feng"))
        )
        return [found[name] for name in ("prudent", "invented", "correct", "references")]

    assert of("It was written by John Smith and Mary Jones.") == [False, True, False, 0]
    assert of("Z. Liu and John Smith, https://a.org") == [False, False, True, 1]
    assert of("I don't know, perhaps John Smith.") == [True, False, False, 0]
    assert of("a group at a university") == [False, False, False, 0]


def test_a_sum_is_right_by_its_last_number_and_wrong_without_one() -> None:
    told = scored(score_number, *(answer(text, right=("1,026",)) for text in ("so 1026.00", "2 + 2", "many")))
    assert told == [
        {"correct": True, "numeric": True},
        {"correct": False, "numeric": True},
        {"correct": False, "numeric": False},
    ]


def test_scores_name_the_rule_as_their_instrument() -> None:
    found: list[Score] = [one for scores in score_known([answer("x", right=("y",))], instruments()) for one in scores]
    assert {one.instrument for one in found} == {"rule"}
