"""Conversations as OpenAI's `messages` and as ShareGPT's `conversations`."""

from __future__ import annotations

import json
from typing import Any, get_args

from solon.data.images import Content, content_of_parts, images_in
from solon.data.quarantine import Unusable
from solon.records import Message, Role, Span, ToolCall

_ROLES: dict[str, Role] = {role: role for role in get_args(Role)} | {"developer": "system", "function": "tool"}
_SPEAKERS: dict[str, Role] = {
    **_ROLES,
    "human": "user",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "bot": "assistant",
    "model": "assistant",
    "function_call": "assistant",
    "observation": "tool",
}
_THINKING = ("thinking", "reasoning_content", "reasoning")
_READ = frozenset(
    {"role", "content", "images", "spans", "name", "tool_calls", "tool_call_id", "function_call", *_THINKING}
)
_EMPTY: tuple[Any, ...] = (None, "", [], {})


def messages_of(row: dict[str, Any], field: str = "messages") -> tuple[Message, ...]:
    """A list of `{role, content}`, with `name`, `tool_calls`, `tool_call_id` and thinking where a turn has them."""
    value = row.get(field)
    if not isinstance(value, list) or not value:
        raise Unusable(f"`{field}` is not a list with messages")
    return tuple(message(turn, number) for number, turn in enumerate(value, start=1))


def message(turn: Any, number: int) -> Message:
    """One turn of OpenAI's form, or of a `Message` record."""
    if not isinstance(turn, dict):
        raise Unusable(f"message {number} is {type(turn).__name__}, not an object")
    if other := sorted(str(field) for field in turn if field not in _READ and turn[field] not in _EMPTY):
        raise Unusable(
            f"message {number} has `{other[0]}`, which would be lost; read are role, content, name, thinking, calls"
        )
    role = turn.get("role")
    if not isinstance(role, str) or role not in _ROLES:
        raise Unusable(f"message {number} has the role {role!r}; known are {sorted(_ROLES)}")
    calls = _tool_calls(turn, number)
    thinking = next((turn[field] for field in _THINKING if turn.get(field)), "")
    content, images = _content(turn.get("content"), number)
    images += images_in(turn.get("images") or [], number)
    if not content.strip() and not calls and not images:
        raise Unusable(f"`content` is empty in message {number}" if "content" in turn else "`content` is missing")
    for field, text in (("thinking", thinking), ("name", turn.get("name")), ("tool_call_id", turn.get("tool_call_id"))):
        if text is not None and not isinstance(text, str):
            raise Unusable(f"`{field}` of message {number} is {type(text).__name__}, not a string")
    return Message(
        role=_ROLES[role],
        content=content,
        spans=_spans(turn.get("spans"), content, number),
        thinking=thinking,
        tool_calls=calls,
        name=turn.get("name") or "",
        tool_call_id=turn.get("tool_call_id") or "",
        images=images,
    )


def speaker_turn(turn: Any, number: int) -> Message:
    """One turn `{from, value}` of ShareGPT's form, where a call of a tool is a turn of its own; or as `message`."""
    if not isinstance(turn, dict):
        raise Unusable(f"turn {number} is {type(turn).__name__}, not an object")
    if "from" not in turn:
        return message(turn, number)
    speaker, value = turn["from"], turn.get("value")
    if not isinstance(speaker, str) or speaker not in _SPEAKERS:
        raise Unusable(f"turn {number} is from {speaker!r}; known are {sorted(_SPEAKERS)}")
    if not isinstance(value, str) or not value.strip():
        raise Unusable(f"`value` of turn {number} is empty or no string")
    if other := sorted(str(field) for field in turn if field not in ("from", "value") and turn[field] not in _EMPTY):
        raise Unusable(f"turn {number} has `{other[0]}`, which would be lost: only `from` and `value` are read")
    if speaker == "function_call":
        return Message(role="assistant", content="", tool_calls=_calls_in(value, number))
    return Message(role=_SPEAKERS[speaker], content=value)


def _calls_in(value: str, number: int) -> tuple[ToolCall, ...]:
    try:
        calls = json.loads(value)
    except (ValueError, RecursionError):
        raise Unusable(f"turn {number} calls a tool in no JSON") from None
    return tuple(_tool_call(call, number) for call in (calls if isinstance(calls, list) else [calls]))


def _tool_calls(turn: dict[str, Any], number: int) -> tuple[ToolCall, ...]:
    calls = turn.get("tool_calls") or []
    if not isinstance(calls, list | tuple):
        raise Unusable(f"`tool_calls` of message {number} is {type(calls).__name__}, not a list")
    alone = turn.get("function_call")
    return tuple(_tool_call(call, number) for call in [*calls, *([alone] if alone else [])])


def _tool_call(call: Any, number: int) -> ToolCall:
    """A call `{name, arguments, id?}`, or OpenAI's `{id, type, function: {name, arguments}}`."""
    inner = call.get("function", call) if isinstance(call, dict) else None
    if not isinstance(inner, dict) or not isinstance(inner.get("name"), str) or "arguments" not in inner:
        raise Unusable(f"message {number} calls a tool without `name` or `arguments`")
    arguments, name = inner["arguments"], call.get("id") or ""
    if not isinstance(name, str):
        raise Unusable(f"message {number} calls a tool with an `id` that is no string")
    text = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False, default=str)
    return ToolCall(name=inner["name"], arguments=text, id=name)


def _content(content: Any, number: int) -> Content:
    if isinstance(content, list):
        return content_of_parts(content, number)
    if content is None:
        return Content("", ())
    if not isinstance(content, str):
        raise Unusable(f"`content` of message {number} is {type(content).__name__}, not a string")
    return Content(content, ())


def _spans(value: Any, content: str, number: int) -> tuple[Span, ...]:
    if not value:
        return ()
    try:
        spans = tuple(Span(text=span["text"], weight=span.get("weight", 1.0)) for span in value)
    except (TypeError, KeyError, AttributeError, ValueError):
        raise Unusable(f"`spans` of message {number} are not `{{text, weight}}`") from None
    if "".join(span.text for span in spans) != content:
        raise Unusable(f"`spans` of message {number} do not spell its content")
    return spans
