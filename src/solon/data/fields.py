"""Fields of a row: taken with their type checked, or the row is unusable."""

from __future__ import annotations

from typing import Any, get_args

from solon.data.quarantine import Unusable
from solon.records import Message, Role, assistant, user

_ROLES = frozenset(get_args(Role))


def text_of(row: dict[str, Any], field: str) -> str:
    """A field that must be a string with something in it."""
    text = optional_text(row, field)
    if not text.strip():
        raise Unusable(f"`{field}` is empty" if field in row else f"`{field}` is missing")
    return text


def optional_text(row: dict[str, Any], field: str) -> str:
    """A field that is a string, or empty, or absent."""
    value = row.get(field, "")
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Unusable(f"`{field}` is {type(value).__name__}, not a string")
    return value


def id_of(row: dict[str, Any], default: str) -> str:
    """The row's own id (a string or a whole number), or the default."""
    value = row.get("id")
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Unusable(f"`id` is {type(value).__name__}, not a string")
    if value == "":
        raise Unusable("`id` is empty")
    return str(value)


def messages_of(row: dict[str, Any], field: str = "messages") -> tuple[Message, ...]:
    """A list of `{role, content}`."""
    value = row.get(field)
    if not isinstance(value, list) or not value:
        raise Unusable(f"`{field}` is not a list with messages")
    return tuple(_message(turn, number) for number, turn in enumerate(value, start=1))


def alpaca_question(row: dict[str, Any]) -> Message:
    """An Alpaca row's instruction, with its input below it where there is one."""
    instruction, given = text_of(row, "instruction"), optional_text(row, "input")
    return user(f"{instruction}\n\n{given}" if given.strip() else instruction)


def ends_with_a_question(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    """The messages, if the assistant is the one to speak next."""
    if not messages or messages[-1].role not in ("user", "tool"):
        raise Unusable("the conversation does not end with a user turn, so there is nothing to answer")
    return messages


def as_prompt(value: Any, field: str) -> tuple[Message, ...]:
    """A prompt given as a string, as a list of messages, or as a Prompt record of a command or a run."""
    if isinstance(value, dict) and "messages" in value:
        return ends_with_a_question(messages_of(value))
    if isinstance(value, list):
        return ends_with_a_question(messages_of({field: value}, field))
    return (user(text_of({field: value}, field)),)


def answered(messages: tuple[Message, ...], answer: str) -> tuple[Message, ...]:
    """A conversation with its answer."""
    return (*messages, assistant(answer))


def _message(turn: Any, number: int) -> Message:
    if not isinstance(turn, dict):
        raise Unusable(f"message {number} is {type(turn).__name__}, not an object")
    if other := sorted(set(turn) - {"role", "content"}):
        raise Unusable(f"message {number} has `{other[0]}`, which would be lost: only role and content are read")
    role = turn.get("role")
    if not isinstance(role, str) or role not in _ROLES:
        raise Unusable(f"message {number} has the role {role!r}; known are {sorted(_ROLES)}")
    return Message(role=role, content=text_of(turn, "content"))
