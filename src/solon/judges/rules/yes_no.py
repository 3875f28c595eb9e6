"""Questions that a model answers yes or no, by log-probabilities."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from solon.data.transcripts import images_of, transcript
from solon.interfaces import OptionLogprobs, OptionRequest, Scorer
from solon.judges.quoting import Quoter
from solon.judges.reading import ResponseCase
from solon.progress import Progress, Silent
from solon.records import Message, user

PREFILL = "Answer:"
OPTIONS = (" yes", " no")
SHARD_QUESTIONS = 1024
"""Questions asked at once; changes memory, not answers."""

_TASK = """Read a conversation and the assistant's last response to it, and answer one question about that response.

Question: {question}

Answer `yes` or `no`."""


class YesNo(NamedTuple):
    """One question about one response."""

    case: ResponseCase
    question: str


class YesNoAnswer(NamedTuple):
    """What the model says."""

    prob: float | None
    """Of yes: p(yes) / (p(yes) + p(no)); None where it refuses or either has no finite log-probability."""
    note: str = ""
    """Why there is none, or how log-probabilities were found that the engine cannot compute."""


def ask_yes_no(asked: Sequence[YesNo], scorer: Scorer, *, progress: Progress | None = None) -> list[YesNoAnswer]:
    """One answer per question, in order. A missing option is a bound and not a 0, so it leaves no probability."""
    progress = progress or Silent()
    progress.start("questions", len(asked))
    answers: list[YesNoAnswer] = []
    for start in range(0, len(asked), SHARD_QUESTIONS):
        requests = [
            OptionRequest(_messages(one), OPTIONS, PREFILL, name=f"a question about {one.case.id!r}")
            for one in asked[start : start + SHARD_QUESTIONS]
        ]
        answers += map(_answer, scorer.option_logprobs(requests))
        progress.advance(len(answers), {"unscored": sum(one.prob is None for one in answers) / len(answers)})
    return answers


def _messages(one: YesNo) -> tuple[Message, ...]:
    asked = transcript(one.case.messages, bare=True)
    quoter = Quoter(asked, one.case.response)
    # The question goes last into the template, so that braces in it are not read.
    task = _TASK.replace("{question}", one.question)
    blocks = [quoter.block("CONVERSATION", asked), quoter.block("LAST RESPONSE", one.case.response)]
    return (user("\n\n".join([task, quoter.notice, *blocks]), images_of(one.case.messages)),)


def _answer(told: OptionLogprobs) -> YesNoAnswer:
    if told.failure:
        return YesNoAnswer(None, told.failure)
    yes, no = told.values
    if not (math.isfinite(yes) and math.isfinite(no)):
        return YesNoAnswer(None, told.how or f"log-probabilities {yes} and {no} of yes and no")
    odds = yes - no
    return YesNoAnswer(1 / (1 + math.exp(-odds)) if odds >= 0 else math.exp(odds) / (1 + math.exp(odds)), told.how)
