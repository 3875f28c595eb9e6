import re

import pytest

from solon.judges.grammar import TIE, one_of, read_verdict, score_on
from solon.judges.reading import Reading, Scale

MARKER = re.compile(r"VERDICT:(?P<said>[^\n]*)")


def read_score(completion: str) -> Reading:
    return read_verdict(completion, MARKER, score_on(Scale(1, 5, whole=True)), wanted="VERDICT: and a score")


def read_word(completion: str) -> Reading:
    return read_verdict(completion, MARKER, one_of({"correct": "correct", "even": TIE}), wanted="VERDICT: and a word")


def test_the_raw_text_is_kept_whatever_is_read() -> None:
    for text in ("VERDICT: 3", "nothing", "I'm sorry, but I can't help with that."):
        assert read_score(text).raw == text


def test_a_verdict_said_twice_is_one_verdict() -> None:
    assert read_score("VERDICT: 3\nSo:\nVERDICT: **3**.").value == 3


def test_two_verdicts_that_differ_are_none() -> None:
    reading = read_score("VERDICT: 3\nNo:\nVERDICT: 4")
    assert (reading.status, reading.value) == ("unscored", None)
    assert reading.reason == "contradictory verdicts: 3.0 and 4.0"


def test_an_echo_of_the_form_before_the_verdict_is_no_verdict() -> None:
    assert read_score("VERDICT: (a whole number)\nVERDICT: 2").value == 2


def test_only_the_last_marker_decides_so_an_unreadable_one_undoes_an_earlier_verdict() -> None:
    assert read_score("VERDICT: 2\nVERDICT: good").status == "unscored"


@pytest.mark.parametrize("said", ["0", "6", "-3", "45", "3.5"])
def test_a_number_that_is_no_score_of_the_scale_is_unscored(said: str) -> None:
    assert read_score(f"VERDICT: {said}").status == "unscored"


def test_a_number_outside_the_scale_contradicts_a_later_score() -> None:
    assert read_score("VERDICT: 9\nVERDICT: 4").status == "unscored"


@pytest.mark.parametrize("said", ["4/5", "4 out of 5", "four", "3-4", "4 because it is good", ""])
def test_only_the_bare_number_is_a_score(said: str) -> None:
    assert read_score(f"VERDICT: {said}").status == "unscored"


def test_incorrect_is_not_read_as_correct() -> None:
    assert read_word("VERDICT: correct").value == "correct"
    assert read_word("VERDICT: incorrect").status == "unscored"
    assert read_word("VERDICT: not correct").status == "unscored"


def test_a_tie_has_a_status_and_no_value() -> None:
    reading = read_word("VERDICT: even")
    assert (reading.status, reading.value) == ("tie", None)


def test_a_refusal_without_a_verdict_is_refused_and_never_a_number() -> None:
    reading = read_score("I'm sorry, but I cannot assist with rating harmful content.")
    assert (reading.status, reading.value) == ("refused", None)


def test_a_refusal_with_a_verdict_is_neither() -> None:
    assert read_score("I'm sorry, but I can't assist with that.\nVERDICT: 1").status == "unscored"


def test_a_completion_without_a_marker_names_the_one_it_wants() -> None:
    assert read_score("Quite good, I would say 4.").reason == "no VERDICT: and a score in it"
