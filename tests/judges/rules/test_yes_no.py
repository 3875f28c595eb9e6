import pytest
from tests.judges.engines import Weigher

from solon.judges.reading import ResponseCase
from solon.judges.rules import yes_no
from solon.judges.rules.yes_no import YesNo, ask_yes_no
from solon.records import user


def test_a_question_shows_the_pictures_of_the_conversation() -> None:
    judge = Weigher(lambda question, options: (0.0, 0.0))
    ask_yes_no([YesNo(ResponseCase("1", (user("what?", ("a.png",)),), "so"), "Is it?")], judge)
    assert judge.asked[0].messages[0].images == ("a.png",)


def test_questions_that_are_asked_in_parts_are_answered_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yes_no, "SHARD_QUESTIONS", 2)
    case = ResponseCase("1", (user("why?"),), "so")
    asked = [YesNo(case, f"Is it {number}?") for number in range(5)]
    judge = Weigher(lambda question, options: (float(question.split("Is it ")[1][0]), 0.0))
    probs = [answer.prob or 0.0 for answer in ask_yes_no(asked, judge)]
    assert len(probs) == 5 == len(judge.asked)
    assert probs == sorted(probs)
