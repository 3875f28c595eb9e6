"""Prometheus: feedback, then `[RESULT]` and a score of 1 to 5, or the letter of the better of two.

Source of the output's form: Kim et al. 2024, arXiv:2405.01535; the wording of the questions is ours.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from solon.judges.formats.asking import ask_of_pair, ask_of_response
from solon.judges.grammar import one_of, read_verdict, score_on
from solon.judges.reading import PairCase, Reading, ResponseCase, Scale
from solon.judges.rubric import QUALITY, Rubric
from solon.records import Message

_RESULT = re.compile(r"\[RESULT\]\s*:?\s*(?P<said>(?:(?!\[RESULT\])[^\n])*)")

_ABSOLUTE = """Assess one response to a user by the rubric below, and by nothing else.
First write feedback that says how the response meets the rubric and where it does not. Then give the score that the \
rubric's descriptions call for. Write exactly in this form, and nothing before or after it:
Feedback: (your feedback) [RESULT] (a whole number from 1 to 5)

Rubric:
"""
_RELATIVE = """Two responses to one user are compared by the rubric below, and by nothing else: neither their order \
nor their length counts.
First write feedback that compares them. Then name the better one. Write exactly in this form, and nothing before or \
after it:
Feedback: (your feedback) [RESULT] (A or B)

Rubric:
"""


class PrometheusAbsolute(NamedTuple):
    """`Feedback: ... [RESULT] 4`."""

    rubric: Rubric = QUALITY
    """For cases without one."""

    @property
    def scale(self) -> Scale:
        """1 to 5."""
        return Scale(1, 5, whole=True)

    def question(self, case: ResponseCase) -> tuple[Message, ...]:
        """Feedback and a score by the rubric."""
        return ask_of_response(case, _ABSOLUTE + (case.rubric or self.rubric).text)

    def parse(self, completion: str) -> Reading:
        """The score behind the last `[RESULT]`."""
        return read_verdict(completion, _RESULT, score_on(self.scale), wanted="[RESULT] and a score")


class PrometheusRelative(NamedTuple):
    """`Feedback: ... [RESULT] A`. The form has no tie."""

    rubric: Rubric = QUALITY

    def question(self, case: PairCase) -> tuple[Message, ...]:
        """Feedback and the better response by the rubric."""
        task = f"{_RELATIVE}[{self.rubric.criterion}]"
        return ask_of_pair(case, task, first="RESPONSE A", second="RESPONSE B")

    def parse(self, completion: str) -> Reading:
        """The letter behind the last `[RESULT]`."""
        return read_verdict(completion, _RESULT, one_of({"A": "a", "B": "b"}), wanted="[RESULT] and A or B")
