"""What of a record is text, and whose."""

from __future__ import annotations

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
)

AnyRecord = Prompt | Demonstration | Ranking | Comparison | Preference | LabelledResponse | Document


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
        case LabelledResponse(text=text):
            return (text,)
        case _:
            return ()


def all_texts(record: AnyRecord) -> tuple[str, ...]:
    """Every text of a record in its order: turns with what they thought, then answers; or the document."""
    if isinstance(record, Document):
        return (record.text,)
    turns = record.messages if isinstance(record, Demonstration) else prompt_turns(record)
    spoken = [text for turn in turns for text in (turn.thinking, turn.content) if text]
    return (*spoken, *(() if isinstance(record, Demonstration) else responses(record)))


def whole(records: Sequence[AnyRecord]) -> str:
    """All that a row says, each text once: what makes two rows the same."""
    return "\n".join(dict.fromkeys(text for record in records for text in all_texts(record)))


def question(records: Sequence[AnyRecord]) -> str:
    """What a row asks: the user's turns, each once; empty for plain text."""
    return "\n".join(dict.fromkeys(_asked(records)))


def _asked(records: Sequence[AnyRecord]) -> Iterator[str]:
    for record in records:
        turns = record.messages if isinstance(record, Demonstration) else prompt_turns(record)
        yield from (turn.content for turn in turns if turn.role == "user")
