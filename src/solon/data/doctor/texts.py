"""What of a record is text, and whose."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from solon.records import (
    Comparison,
    Demonstration,
    Document,
    LabelledResponse,
    Message,
    Preference,
    Prompt,
    Ranking,
    Response,
    Revision,
)

AnyRecord = (
    Prompt | Demonstration | Ranking | Comparison | Preference | LabelledResponse | Response | Revision | Document
)


def prompt_turns(record: AnyRecord) -> tuple[Message, ...]:
    """The turns before the answers: of a demonstration all that precede its last assistant turn."""
    match record:
        case Demonstration(messages=messages):
            last = messages[-1:]
            return messages[:-1] if last and last[0].role == "assistant" else messages
        case Prompt(messages=messages):
            return messages
        case Preference(comparison=comparison):
            return comparison.prompt.messages
        case Document():
            return ()
        case _:
            return record.prompt.messages


def responses(record: AnyRecord) -> tuple[str, ...]:
    """The answers: of a demonstration every assistant turn, of a ranking all that are ranked."""
    match record:
        case Demonstration(messages=messages):
            return tuple(turn.content for turn in messages if turn.role == "assistant")
        case Ranking(responses=ranked):
            return ranked
        case Comparison():
            return (record.response_a, record.response_b)
        case Preference(comparison=comparison):
            return (comparison.response_a, comparison.response_b)
        case LabelledResponse(text=text) | Response(text=text) | Revision(text=text):
            return (text,)
        case Prompt() | Document():
            return ()


def all_texts(record: AnyRecord) -> tuple[str, ...]:
    """Every text of a record in its order, or the document: tools, turns with what they thought and called, answers."""
    if isinstance(record, Document):
        return (record.text,)
    turns = record.messages if isinstance(record, Demonstration) else prompt_turns(record)
    spoken = [text for turn in turns for text in (turn.thinking, turn.content, *_calls(turn)) if text]
    return (*_tools(record), *spoken, *(() if isinstance(record, Demonstration) else responses(record)))


def whole(records: Sequence[AnyRecord]) -> str:
    """All that a row says, each text once, and what was judged of it: what makes two rows the same."""
    texts = [text for record in records for text in (*all_texts(record), *_verdict(record))]
    return "\n".join(dict.fromkeys(texts))


def _tools(record: AnyRecord) -> Iterator[str]:
    asked = record.comparison if isinstance(record, Preference) else record
    holder = asked if isinstance(asked, Demonstration | Prompt | Document) else asked.prompt
    if not isinstance(holder, Document):
        yield from (json.dumps(tool, ensure_ascii=False) for tool in holder.tools)


def _calls(turn: Message) -> Iterator[str]:
    yield from (f"{call.name} {call.arguments}" for call in turn.tool_calls)


def _verdict(record: AnyRecord) -> tuple[str, ...]:
    """Rows that differ in it alone are no duplicates: people may disagree."""
    match record:
        case Ranking(ranks=ranks):
            return (f"ranks {ranks}",)
        case Preference(prob_a=prob_a):
            return (f"prob_a {prob_a}",)
        case LabelledResponse(labels=labels):
            return tuple(f"{name}: {value}" for name, value in labels.items())
        case _:
            return ()


def question(records: Sequence[AnyRecord]) -> str:
    """What a row asks: the user's turns, each once; empty for plain text."""
    return "\n".join(dict.fromkeys(_asked(records)))


def _asked(records: Sequence[AnyRecord]) -> Iterator[str]:
    for record in records:
        turns = record.messages if isinstance(record, Demonstration) else prompt_turns(record)
        yield from (turn.content for turn in turns if turn.role == "user")
