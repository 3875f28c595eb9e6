"""`chosen` and `rejected` in their published forms: a ranking with the chosen above the rejected."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from typing import Any

from solon.data.conversations import messages_of, speaker_turn
from solon.data.fields import (
    as_prompt,
    ends_with_a_question,
    id_of,
    list_of,
    other_labels,
    prompt_of,
    ranking_of,
    text_of,
)
from solon.data.formats.conversation import conversation_of, introduction
from solon.data.formats.format import Format
from solon.data.quarantine import Unusable
from solon.data.tools import tools_of
from solon.data.transcripts import split_pair
from solon.records import Message, Ranking

_SIDES = ("chosen", "rejected")


def read_chosen(row: dict[str, Any], name: str) -> Sequence[Ranking]:
    """A row with `chosen` and `rejected`.

    They are transcripts (HH-RLHF), texts beside a `prompt`, lists of texts beside one (RM-Bench: each chosen stands
    above each rejected, among themselves they tie), lists of messages, or one turn each behind `conversations`.
    """
    chosen, rejected = (row.get(side) for side in _SIDES)
    asked_field = next((field for field in ("prompt", "instruction", "question") if row.get(field)), None)
    if _are_messages(chosen) and _are_messages(rejected):
        messages, texts = _split_messages(row)
    elif "conversations" in row:
        messages = (*introduction(row), *conversation_of(row))
        texts = ([_answer(chosen)], [_answer(rejected)])
    elif asked_field is None:
        pair = split_pair(row)
        messages, texts = pair.messages, ([pair.chosen], [pair.rejected])
    else:
        messages = as_prompt(row[asked_field], asked_field)
        messages = (*introduction(row), *messages)
        texts = ([*_texts(row, "chosen")], [*_texts(row, "rejected")])
    labels = other_labels(row, *_SIDES, *_NOT_LABELS)
    prompt = prompt_of(ends_with_a_question(messages), labels, tools_of(row))
    if set(texts[0]) & set(texts[1]):
        raise Unusable("chosen and rejected are the same")
    responses = [*texts[0], *texts[1]]
    ranks = [0] * len(texts[0]) + [1] * len(texts[1])
    return (ranking_of(id_of(row, name), prompt, responses, ranks),)


_NOT_LABELS = ("id", "prompt", "instruction", "question", "messages", "conversations", "system", "tools", "functions")


def _texts(row: dict[str, Any], side: str) -> list[str]:
    value = row.get(side)
    texts: list[str] = list_of(row, side, str) if isinstance(value, list) else [text_of(row, side)]
    if not all(text.strip() for text in texts):
        raise Unusable(f"`{side}` holds an empty text")
    return texts


def _are_messages(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(turn, dict) for turn in value)


def _split_messages(row: dict[str, Any]) -> tuple[tuple[Message, ...], tuple[list[str], list[str]]]:
    """Their common beginning, and what each says then; a `prompt` beside single answers goes before them."""
    chosen, rejected = (messages_of(row, side) for side in _SIDES)
    num_common = sum(1 for _ in takewhile(lambda turns: turns[0] == turns[1], zip(chosen, rejected, strict=False)))
    rests = (chosen[num_common:], rejected[num_common:])
    if any(len(rest) != 1 or rest[0].role != "assistant" for rest in rests):
        raise Unusable(f"chosen and rejected part at turn {num_common + 1}, before the last assistant turn")
    if any(rest[0].tool_calls or rest[0].thinking for rest in rests):
        raise Unusable("an answer thinks or calls a tool, which a ranking of texts would lose")
    before = chosen[:num_common]
    if not before:
        before = as_prompt(row.get("prompt"), "prompt")
    return before, ([rests[0][0].content], [rests[1][0].content])


def _answer(turn: Any) -> str:
    found = turn if isinstance(turn, str) else speaker_turn(turn, 1)
    text = found if isinstance(found, str) else found.content
    if not text.strip() or (isinstance(found, Message) and (found.role != "assistant" or found.tool_calls)):
        raise Unusable("chosen and rejected must be an assistant's answers in text")
    return text


CHOSEN = (
    Format("chosen-rejected", "`chosen` or `rejected`: transcripts, texts, lists of texts, messages, turns",
           "ranking, the chosen first; other fields label its prompt", "nothing",
           lambda row: "chosen" in row or "rejected" in row, read_chosen),
)  # fmt: skip
