"""Prometheus-Vision: as Prometheus's score by a rubric, of a response to a prompt with a picture.

Source of the output's form: Lee et al. 2024, arXiv:2401.06591, and its published samples: their question asks for
`[RESULT]` and a score, and the answers to train on end with `So the overall score is 4.`; both are read. The wording of
the questions is ours.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from solon.errors import InputError
from solon.judges.formats.asking import ask_of_response
from solon.judges.grammar import read_verdict, score_on
from solon.judges.reading import Reading, ResponseCase, Scale
from solon.judges.rubric import QUALITY, Rubric
from solon.records import Message

_SAID = r"\s*:?\s*(?P<said>(?:(?!\[RESULT\]|[Ss]o the overall score is)[^\n])*)"
_RESULT = re.compile(rf"(?:\[RESULT\]|\b[Ss]o the overall score is){_SAID}")

_TASK = """Assess one response to a user, who showed the picture above (or the pictures), by the rubric below and by \
nothing else. Look at the picture: what the response says of it must be there.
First write feedback that says how the response meets the rubric and where it does not. Then give the score that the \
rubric's descriptions call for. Write exactly in this form, and nothing before or after it:
Feedback: (your feedback) [RESULT] (a whole number from 1 to 5)

Rubric:
"""


class PrometheusVision(NamedTuple):
    """`Feedback: ... [RESULT] 4`, or `... So the overall score is 4.`"""

    rubric: Rubric = QUALITY
    """For cases without one."""

    @property
    def scale(self) -> Scale:
        """1 to 5."""
        return Scale(1, 5, whole=True)

    def question(self, case: ResponseCase) -> tuple[Message, ...]:
        """Feedback and a score by the rubric, beside the pictures of the conversation.

        Raises:
            InputError: the conversation shows none.
        """
        if not any(turn.images for turn in case.messages):
            raise InputError(
                f"case {case.id!r} shows no image, so there is nothing to look at; use --format prometheus"
            )
        return ask_of_response(case, _TASK + (case.rubric or self.rubric).text)

    def parse(self, completion: str) -> Reading:
        """The score behind the last marker; one before it must be the same."""
        return read_verdict(completion, _RESULT, score_on(self.scale), wanted="[RESULT] and a score")
