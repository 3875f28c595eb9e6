"""Who speaks when: orders of turns that no chat template or mask can be right about."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from solon.data.doctor.texts import AnyRecord, prompt_turns, responses
from solon.records import Demonstration, Document, Message, Prompt


def role_problems(record: AnyRecord) -> list[str]:
    """What is wrong with the order and the content of a record's turns, each problem once; turns count from 1."""
    if isinstance(record, Document):
        return []
    turns = record.messages if isinstance(record, Demonstration) else prompt_turns(record)
    problems = [*_order(turns), *_empty(turns), *_tools(turns)]
    last = turns[-1].role if turns else None
    if isinstance(record, Demonstration):
        if last != "assistant":
            problems.append(f"the demonstration ends with a turn of {last}: nothing is imitated")
    elif last not in ("user", "tool"):
        problems.append(f"the prompt ends with a turn of {last}: nothing waits for an answer")
    if not isinstance(record, Demonstration | Prompt):
        problems += [f"answer {n} is empty" for n, text in enumerate(responses(record), 1) if not text.strip()]
    return list(dict.fromkeys(problems))


def _order(turns: tuple[Message, ...]) -> Iterator[str]:
    spoken = [(number, turn) for number, turn in enumerate(turns, start=1) if turn.role != "system"]
    for number, turn in enumerate(turns, start=1):
        if turn.role == "system" and number > 1:
            yield f"turn {number} is the system's, which stands first or nowhere"
    if spoken and spoken[0][1].role == "assistant":
        yield f"turn {spoken[0][0]}: the assistant speaks first"
    for (_, before), (number, turn) in pairwise(spoken):
        # Several tools may answer one turn; a call and what is said after its result are two turns of the assistant.
        if before.role == turn.role and turn.role != "tool" and before.name == turn.name:
            yield f"turn {number} is the {turn.role}'s as the one before it"


def _empty(turns: tuple[Message, ...]) -> Iterator[str]:
    for number, turn in enumerate(turns, start=1):
        if not turn.content.strip() and not turn.tool_calls:
            yield f"turn {number}, the {turn.role}'s, is empty"


def _tools(turns: tuple[Message, ...]) -> Iterator[str]:
    called: set[str] = set()
    num_open = 0
    for number, turn in enumerate(turns, start=1):
        if turn.role == "assistant":
            num_open += len(turn.tool_calls)
            called |= {call.id for call in turn.tool_calls if call.id}
        elif turn.role == "tool":
            if num_open == 0:
                yield f"turn {number} is a tool's, and no call of it precedes"
            elif turn.tool_call_id and turn.tool_call_id not in called:
                yield f"turn {number} answers the call {turn.tool_call_id!r}, which nobody made"
            num_open -= num_open > 0
