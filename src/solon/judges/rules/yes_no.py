"""Questions that a model answers yes or no, by log-probabilities."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from solon.data.transcripts import transcript
from solon.interfaces import OptionRequest, Scorer
from solon.judges.quoting import Quoter
from solon.judges.reading import ResponseCase
from solon.records import Message, user

PREFILL = "Answer:"
OPTIONS = (" yes", " no")

_TASK = """Read a conversation and the assistant's last response to it, and answer one question about that response.

Question: {question}

Answer `yes` or `no`."""


class YesNo(NamedTuple):
    """One question about one response."""

    case: ResponseCase
    question: str


def ask_yes_no(asked: Sequence[YesNo], scorer: Scorer) -> list[float | None]:
    """The probability of yes, in order:  p = p(yes) / (p(yes) + p(no)).

    None where the scorer refuses or has no finite log-probability for both: a missing option is a bound, not a 0.
    """
    requests = [
        OptionRequest(_messages(one), OPTIONS, PREFILL, name=f"a question about {one.case.id!r}") for one in asked
    ]
    return [None if one.failure else _prob(*one.values) for one in scorer.option_logprobs(requests)]


def _messages(one: YesNo) -> tuple[Message, ...]:
    asked = transcript(one.case.messages, bare=True)
    quoter = Quoter(asked, one.case.response)
    # The question goes last into the template, so that braces in it are not read.
    task = _TASK.replace("{question}", one.question)
    blocks = [quoter.block("CONVERSATION", asked), quoter.block("LAST RESPONSE", one.case.response)]
    return (user("\n\n".join([task, quoter.notice, *blocks])),)


def _prob(yes: float, no: float) -> float | None:
    if not (math.isfinite(yes) and math.isfinite(no)):
        return None
    odds = yes - no
    return 1 / (1 + math.exp(-odds)) if odds >= 0 else math.exp(odds) / (1 + math.exp(odds))
