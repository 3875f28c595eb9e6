import math
from collections.abc import Sequence

import pytest

from solon.constitution import Constitution, PrincipleEntry
from solon.constitution.lint.contradictions import contradictions, pairs_with_a_subject
from solon.constitution.lint.problem import NoLines
from solon.errors import EngineError
from solon.interfaces import OptionLogprobs, OptionRequest

TEXTS = {
    "none": "Never mention prices.",
    "all": "Give prices with every recommendation.",
    "kind": "Do not insult anybody.",
    "short": "Use short words.",
}


def constitution() -> Constitution:
    entries = tuple(PrincipleEntry(id=name, text=text, comparison=text) for name, text in TEXTS.items())
    return Constitution(id="c", version="1", principles=entries)


class Judge:
    """Answers by the order of the two rules: log-odds of `no`, first order and second."""

    def __init__(self, log_odds: tuple[float, float]) -> None:
        self.log_odds = log_odds
        self.asked: list[OptionRequest] = []

    def option_logprobs(self, requests: Sequence[OptionRequest]) -> list[OptionLogprobs]:
        self.asked += requests
        first = f"Rule 1: {TEXTS['none']}"
        found = [self.log_odds[0 if first in one.messages[-1].content else 1] for one in requests]
        return [OptionLogprobs((0.0, log_odds)) for log_odds in found]


def test_only_pairs_that_share_a_telling_word_are_asked_about() -> None:
    judge = Judge((1.0, 1.0))
    asked = contradictions(constitution(), NoLines(), judge)
    assert (asked.pairs, asked.all_pairs, asked.calls) == (1, 6, 2)
    shown = [one.messages[-1].content for one in judge.asked]
    assert all(TEXTS["none"] in one and TEXTS["all"] in one for one in shown)
    assert shown[0].index(TEXTS["none"]) < shown[0].index(TEXTS["all"])
    assert shown[1].index(TEXTS["all"]) < shown[1].index(TEXTS["none"])


def test_a_word_of_most_principles_makes_no_pairs() -> None:
    # `prices` in 3 of 3 principles, and at most max(2, 3 // 3) may have it.
    entries = [PrincipleEntry(id=str(n), text=f"Prices {n}{n}.", comparison="?") for n in range(3)]
    assert pairs_with_a_subject(Constitution(id="c", version="1", principles=entries).principles) == []


@pytest.mark.parametrize(("log_odds", "found"), [((3.0, -1.0), 1), ((1.0, -3.0), 0)])
def test_the_mean_log_odds_of_both_orders_decide(log_odds: tuple[float, float], found: int) -> None:
    problems = contradictions(constitution(), NoLines(), Judge(log_odds)).problems
    assert len(problems) == found
    if found:  # mean 1: 1 / (1 + exp(-1)) = 0.73
        assert (problems[0].principle, problems[0].severity) == ("all", "warning")
        assert "`none` (probability 0.73)" in problems[0].message


def test_options_without_a_probability_stop_it() -> None:
    with pytest.raises(EngineError, match=r"no probabilities \(log-probabilities \(0.0, -inf"):
        contradictions(constitution(), NoLines(), Judge((-math.inf, -math.inf)))
