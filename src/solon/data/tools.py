"""Definitions of tools beside a conversation, as rows of different origin give them."""

from __future__ import annotations

import json
from typing import Any

from solon.data.quarantine import Unusable
from solon.records import ToolDefinition

_FIELDS = ("tools", "functions")
"""OpenAI's present name and its earlier one."""
_NULL_MEANS_SOMETHING = frozenset({"default", "const"})


def tools_of(row: dict[str, Any]) -> tuple[ToolDefinition, ...]:
    """The definitions in `tools` or `functions` of a row, or of the prompt that it holds as a record.

    They are a list of objects, JSON text of such a list, or a list of JSON texts; one object alone counts as a list.
    A key whose value is null is left out, but for `default` and `const`, where JSON Schema lets null mean something:
    a Parquet file gives each of its tools the parameters of all others, as null.

    Raises Unusable where that is no definition with a name.
    """
    asked = row.get("prompt")
    for holder in (row, asked if isinstance(asked, dict) else {}):
        for field in _FIELDS:
            value = _parsed(holder.get(field), field)
            if value not in (None, "", [], {}):
                return tuple(_definition(one, field) for one in (value if isinstance(value, list) else [value]))
    return ()


def _definition(value: Any, field: str) -> ToolDefinition:
    tool = _parsed(value, field)
    inner = tool.get("function", tool) if isinstance(tool, dict) else None
    if not isinstance(inner, dict) or not isinstance(inner.get("name"), str) or not inner["name"]:
        raise Unusable(f"`{field}` holds something that is no definition of a tool: an object with a `name`")
    kept: ToolDefinition = _without_nulls(tool)
    return kept


def _parsed(value: Any, field: str) -> Any:
    if not isinstance(value, str) or not value.strip():
        return None if isinstance(value, str) else value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        raise Unusable(f"`{field}` is a text that is no JSON") from None


def _without_nulls(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_nulls(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {key: _without_nulls(one) for key, one in value.items() if one is not None or key in _NULL_MEANS_SOMETHING}
