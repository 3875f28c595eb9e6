"""Records as rows that other programs read: OpenAI's messages, chosen and rejected."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

from solon.data.quarantine import Unusable
from solon.records import Demonstration, Message, Preference, Prompt, Ranking, Record, ToolDefinition


class MessagesRow(Record):
    """A conversation in OpenAI's form."""

    id: str
    messages: tuple[dict[str, Any], ...]
    tools: tuple[ToolDefinition, ...] = ()


class PairRow(Record):
    """A pair with a verdict; `prompt` is a text where the conversation is one question, else messages."""

    id: str
    prompt: str | tuple[dict[str, Any], ...]
    chosen: str
    rejected: str
    tools: tuple[ToolDefinition, ...] = ()


def messages_row(record: Record) -> MessagesRow:
    """A demonstration or a prompt; raises Unusable for other records."""
    if not isinstance(record, Demonstration | Prompt):
        raise Unusable(
            f"a {type(record).__name__} is no conversation: `--to messages` writes demonstrations and prompts"
        )
    return MessagesRow(id=record.id, messages=tuple(map(_openai, record.messages)), tools=record.tools)


def pair_rows(record: Record) -> Iterator[PairRow]:
    """Every pair of a ranking with unequal ranks, or the pair of a preference; ties give none.

    Raises Unusable for records without a verdict.
    """
    if isinstance(record, Preference) and record.prob_a is not None:
        pair = record.comparison
        texts = (pair.response_a, pair.response_b)
        if record.prob_a != 0.5:
            yield _pair(pair.id, pair.prompt, *(texts if record.prob_a > 0.5 else texts[::-1]))
    elif isinstance(record, Ranking):
        several = len(record.responses) > 2
        for first, second in combinations(range(len(record.responses)), 2):
            better, worse = (first, second) if record.ranks[first] < record.ranks[second] else (second, first)
            if record.ranks[better] < record.ranks[worse]:
                name = f"{record.id}/{first}-{second}" if several else record.id
                yield _pair(name, record.prompt, record.responses[better], record.responses[worse])
    else:
        raise Unusable(f"a {type(record).__name__} holds no verdict: `--to pairs` writes rankings and preferences")


def _pair(name: str, prompt: Prompt, chosen: str, rejected: str) -> PairRow:
    alone = len(prompt.messages) == 1 and prompt.messages[0].role == "user" and not prompt.messages[0].images
    asked = prompt.messages[0].content if alone else tuple(map(_openai, prompt.messages))
    return PairRow(id=name, prompt=asked, chosen=chosen, rejected=rejected, tools=prompt.tools)


def _openai(turn: Message) -> dict[str, Any]:
    told: dict[str, Any] = {"role": turn.role, "content": turn.content}
    if turn.images:
        told["images"] = list(turn.images)
    if turn.thinking:
        told["reasoning_content"] = turn.thinking
    if turn.tool_calls:
        told["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in turn.tool_calls
        ]
    if turn.spans:
        told["spans"] = [span.model_dump() for span in turn.spans]
    return told | {field: value for field in ("name", "tool_call_id") if (value := getattr(turn, field))}
