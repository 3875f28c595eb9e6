"""Messages and tools in the shape that chat templates read: OpenAI's, with thinking as `reasoning_content`."""

from __future__ import annotations

import json
from typing import Any

from solon.errors import InputError
from solon.records import Message, ToolDefinition


def openai_shape(message: Message, *, arguments_as_text: bool) -> dict[str, Any]:
    """One message as a dictionary; keys that a message does not use are absent.

    Args:
        message: what is said.
        arguments_as_text: arguments of tool calls stay the JSON text that the model wrote, else they are objects:
            templates differ in which of the two they print as JSON.

    Raises:
        InputError: arguments are wanted as an object and are no JSON object.
    """
    shape: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.thinking:
        shape["reasoning_content"] = message.thinking
    if message.tool_calls:
        shape["tool_calls"] = [
            {
                "type": "function",
                "id": call.id,
                "function": {
                    "name": call.name,
                    "arguments": call.arguments if arguments_as_text else _parsed(call.name, call.arguments),
                },
            }
            for call in message.tool_calls
        ]
    shape |= {key: value for key in ("tool_call_id", "name") if (value := getattr(message, key))}
    return shape


def _parsed(name: str, arguments: str) -> dict[str, Any]:
    try:
        value = json.loads(arguments)
    except ValueError as error:
        raise InputError(f"the arguments of the call of {name!r} are not valid JSON ({error}): {arguments}") from None
    if not isinstance(value, dict):
        raise InputError(f"the arguments of the call of {name!r} are no JSON object: {arguments}")
    return value


def openai_tool(tool: ToolDefinition) -> dict[str, Any]:
    """A definition as servers hand it to chat templates, `{type: function, function: {name, ...}}`."""
    if "function" in tool:
        return tool
    return {"type": "function", "function": {key: value for key, value in tool.items() if key != "type"}}
