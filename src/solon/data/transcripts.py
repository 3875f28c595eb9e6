"""Conversations as text: written for judges, and read from HH-RLHF rows, which part at the last answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile
from typing import Any, NamedTuple

from solon.data.fields import text_of
from solon.data.quarantine import Unusable
from solon.records import Message, assistant, user

_SPEAKER = re.compile(r"(?:\A|\n\n)(Human|Assistant):")


SPEAKERS = {"system": "System", "user": "Human", "assistant": "Assistant", "tool": "Tool"}


class TranscriptPair(NamedTuple):
    """The common conversation and the two answers to it."""

    messages: tuple[Message, ...]
    chosen: str
    rejected: str


def transcript(messages: Sequence[Message], *, bare: bool = False) -> str:
    """A conversation as text, each turn after its speaker, a blank line between turns.

    Where a turn shows pictures, `[image 1]` and so on stand before its words, counted over the whole conversation; who
    asks a model about it shows it those of `images_of`.

    `bare`: a single user turn stands without a speaker, because the wording around it names one or none.
    """
    said, num_images = [], 0
    for turn in messages:
        marks = [f"[image {num_images + number}]" for number in range(1, len(turn.images) + 1)]
        said.append("\n".join([*marks, turn.content]))
        num_images += len(marks)
    if bare and len(messages) == 1 and messages[0].role == "user":
        return said[0]
    return "\n\n".join(f"{SPEAKERS[turn.role]}: {text}" for turn, text in zip(messages, said, strict=True))


def images_of(messages: Sequence[Message]) -> tuple[str, ...]:
    """The pictures of a conversation, in the order of their numbers in its transcript."""
    return tuple(image for turn in messages for image in turn.images)


def parse_transcript(text: str) -> tuple[Message, ...]:
    """Turns of a transcript whose speakers stand as `Human:` and `Assistant:` after a blank line.

    Two turns in a row by one speaker are one turn in two paragraphs. Raises Unusable where the text does not begin
    with a speaker or a turn other than the last is empty.
    """
    before, *parts = _SPEAKER.split(text)
    if before.strip() or not parts:
        raise Unusable("the transcript does not begin with `Human:` or `Assistant:`")
    turns: list[Message] = []
    for speaker, content in zip(parts[::2], parts[1::2], strict=True):
        turn = user(content.strip()) if speaker == "Human" else assistant(content.strip())
        if turns and turns[-1].role == turn.role:
            paragraphs = filter(None, [turns.pop().content, turn.content])
            turn = turn.model_copy(update={"content": "\n\n".join(paragraphs)})
        turns.append(turn)
    if not all(turn.content for turn in turns[:-1]):
        raise Unusable("a turn of the transcript is empty")
    return tuple(turns)


def split_pair(row: dict[str, Any]) -> TranscriptPair:
    """Split `chosen` and `rejected` at their last assistant turn.

    The prompt is their longest common prefix of turns; what follows it must be one answer in each. Transcripts that
    part earlier are unusable: the label compares two conversations, not two answers to one.
    """
    chosen, rejected = parse_transcript(text_of(row, "chosen")), parse_transcript(text_of(row, "rejected"))
    together = zip(chosen, rejected, strict=False)
    num_common = sum(1 for _ in takewhile(lambda turns: turns[0] == turns[1], together))
    if num_common == len(chosen) == len(rejected):
        raise Unusable("chosen and rejected are the same")
    rests = (chosen[num_common:], rejected[num_common:])
    if any(len(rest) != 1 or rest[0].role != "assistant" for rest in rests):
        raise Unusable(f"chosen and rejected part at turn {num_common + 1}, before the last assistant turn")
    if not all(rest[0].content for rest in rests):
        raise Unusable("one of the two answers is empty")
    if num_common == 0 or chosen[num_common - 1].role != "user":
        raise Unusable("no human turn stands before the answers")
    return TranscriptPair(chosen[:num_common], rests[0][0].content, rests[1][0].content)
