"""Whole conversations: OpenAI's `messages`, ShareGPT's `conversations`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from solon.data.conversations import messages_of, speaker_turn
from solon.data.fields import (
    ends_with_a_question,
    id_of,
    list_of,
    optional_text,
    prompt_id,
    short_labels,
    source_of,
)
from solon.data.formats.format import LONG_FIELDS, Format, has
from solon.data.quarantine import Unusable
from solon.data.tools import tools_of
from solon.records import Demonstration, Message, Prompt


def read_messages(row: dict[str, Any], name: str) -> Sequence[Demonstration | Prompt]:
    """A row `{messages, system?, tools?}`, trained on every assistant turn; a prompt where the user speaks last."""
    return (_conversation(row, name, messages_of(row), "messages"),)


def read_sharegpt(row: dict[str, Any], name: str) -> Sequence[Demonstration | Prompt]:
    """A row `{conversations, system?, tools?}` as `read_messages`."""
    return (_conversation(row, name, conversation_of(row), "conversations"),)


def conversation_of(row: dict[str, Any]) -> tuple[Message, ...]:
    """The turns of `conversations`, in one form throughout."""
    turns = list_of(row, "conversations", dict)
    return tuple(speaker_turn(turn, number) for number, turn in enumerate(turns, start=1))


def introduction(row: dict[str, Any]) -> tuple[Message, ...]:
    """The system prompt that stands beside the turns, where there is one."""
    system = optional_text(row, "system")
    return (Message(role="system", content=system),) if system else ()


def _conversation(row: dict[str, Any], name: str, turns: tuple[Message, ...], field: str) -> Demonstration | Prompt:
    messages, tools = (*introduction(row), *turns), tools_of(row)
    labels = short_labels(row, field, "system", "tools", "functions")
    if messages[-1].role in ("user", "tool"):
        own = id_of(row, prompt_id(messages, tools))
        return Prompt(id=own, messages=ends_with_a_question(messages), labels=labels, tools=tools)
    if messages[-1].role != "assistant":
        raise Unusable("the conversation does not end with an assistant turn, so there is nothing to imitate")
    if all(turn.role in ("assistant", "system") for turn in messages):
        raise Unusable("nobody but the assistant speaks")
    own, source = id_of(row, name), source_of(name)
    return Demonstration(id=own, messages=messages, source=source, train_on="all", labels=labels, tools=tools)


CONVERSATION = (
    Format("messages", "`messages`", "demonstration; a prompt where the user speaks last",
           LONG_FIELDS, has("messages"), read_messages),
    Format("sharegpt", "`conversations`", "as messages", LONG_FIELDS, has("conversations"), read_sharegpt),
)  # fmt: skip
