"""Rows of one JSON document, streamed: an array, or an object of arrays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ijson

from solon.data.lines import Row, open_bytes
from solon.errors import InputError

Events = Iterator[tuple[str, Any]]


def read_json_document(path: Path) -> Iterator[Row]:
    """The items of an array, numbered from 1; of an object the items of its arrays, and its other members.

    A row of an object holds the member's name as `_key`; a bare string is `{"value": ...}`. A task of Natural
    Instructions, an object with `Definition`, is one row.

    Raises:
        InputError: the document is damaged; the rows before the damage have been given by then.
    """
    number = 0
    try:
        with open_bytes(path) as file:
            for number, value in enumerate(_rows(ijson.basic_parse(file, use_float=True)), start=1):
                yield Row(number, value)
    except (ijson.JSONError, UnicodeDecodeError, RecursionError, OverflowError) as error:
        problem = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise InputError.at(path, None, f"not valid JSON after row {number}: {problem}") from None


def _rows(events: Events) -> Iterator[Any]:
    event, value = next(events)
    if event == "start_array":
        for event, value in _items(events):
            yield _value(events, event, value)
    elif event == "start_map":
        yield from _members(events)
    else:
        yield value
    for _ in events:  # what follows the document is an error of the parser, or nothing
        pass


def _members(events: Events) -> Iterator[Any]:
    task: dict[str, Any] = {}
    for event, value in events:
        if event == "end_map":
            break
        key = value
        event, value = next(events)
        if key in _TASK_FIELDS or task:
            task[key] = _value(events, event, value)
        elif event == "start_array":
            for event, value in _items(events):
                yield _keyed(key, _value(events, event, value))
        else:
            yield _keyed(key, _value(events, event, value))
    if task:
        yield task


_TASK_FIELDS = frozenset({"Contributors", "Definition"})
"""A task of Natural Instructions begins with one of them."""


def _items(events: Events) -> Iterator[tuple[str, Any]]:
    for event, value in events:
        if event == "end_array":
            return
        yield event, value


def _keyed(key: str, value: Any) -> dict[str, Any]:
    return {"_key": key, **value} if isinstance(value, dict) else {"_key": key, "value": value}


def _value(events: Events, event: str, value: Any) -> Any:
    """The value that begins with this event."""
    builder = ijson.ObjectBuilder()
    depth = 0
    while True:
        builder.event(event, value)
        depth += (event in ("start_map", "start_array")) - (event in ("end_map", "end_array"))
        if depth == 0:
            return builder.value
        event, value = next(events)
