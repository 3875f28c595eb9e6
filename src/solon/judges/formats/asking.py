"""What the formats' questions have in common."""

from __future__ import annotations

from solon.data.transcripts import images_of, transcript
from solon.judges.quoting import Quoter
from solon.judges.reading import PairCase, ResponseCase
from solon.records import Message, user


def ask_of_pair(
    case: PairCase, task: str, *, first: str, second: str, reference: str = "REFERENCE ANSWER", question: str = "USER"
) -> tuple[Message, ...]:
    """One user turn: the task, then the conversation and both responses as data.

    Args:
        first: what the format calls the response shown first.
        second: and the other.
        reference: and the reference answer, which is shown where the case has one.
        question: and the conversation.
    """
    asked = transcript(case.messages, bare=True)
    quoter = Quoter(asked, case.response_a, case.response_b, case.reference)
    blocks = [quoter.block(question, asked)]
    if case.reference:
        blocks.append(quoter.block(reference, case.reference))
    blocks += [quoter.block(first, case.response_a), quoter.block(second, case.response_b)]
    return (user("\n\n".join([task, quoter.notice, *blocks]), images_of(case.messages)),)


def ask_of_response(
    case: ResponseCase,
    task: str,
    *,
    response: str = "RESPONSE",
    reference: str = "REFERENCE ANSWER",
    question: str = "USER",
) -> tuple[Message, ...]:
    """One user turn: the task, then the conversation and the response as data. Arguments as in `ask_of_pair`."""
    asked = transcript(case.messages, bare=True)
    quoter = Quoter(asked, case.response, case.reference)
    blocks = [quoter.block(question, asked)]
    if case.reference:
        blocks.append(quoter.block(reference, case.reference))
    blocks.append(quoter.block(response, case.response))
    return (user("\n\n".join([task, quoter.notice, *blocks]), images_of(case.messages)),)
