"""Reading the files of importers, so that every element keeps its line."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from solon.constitution.marked_yaml import read_node, read_utf8
from solon.errors import InputError

_SPACE = re.compile(r"[\s,]*")


def read_text(path: Path) -> str:
    """A text file, line ends as line feeds.

    Raises:
        InputError: it is missing, unreadable, not UTF-8, or empty.
    """
    text = read_utf8(path)
    if not text.strip():
        raise InputError.at(path, 1, "is empty")
    return text


def json_items(path: Path) -> list[tuple[int, str | None, Any]]:
    """(line, key, value) of each element of a JSON list (key None) or object.

    Raises:
        InputError: the file cannot be read, is not JSON, or holds neither a list nor an object.
    """
    text = read_text(path)
    try:
        whole = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError.at(path, error.lineno, f"not valid JSON: {error.msg}") from None
    if not isinstance(whole, list | dict):
        raise InputError.at(path, 1, "must hold a JSON list or object")
    decoder, items = json.JSONDecoder(), []
    place = _after_space(text, 0) + 1
    for _ in range(len(whole)):  # the file is known to be valid, so that only positions are looked for here
        place = start = _after_space(text, place)
        key = None
        if isinstance(whole, dict):
            key, place = decoder.raw_decode(text, place)
            place = _after_space(text, _after_space(text, place) + 1)  # past the colon
        value, place = decoder.raw_decode(text, place)
        items.append((text.count("\n", 0, start) + 1, key, value))
    return items


def text_list(path: Path) -> list[tuple[int, str]]:
    """(line, text) of each element of a JSON or YAML list of strings.

    Raises:
        InputError: it cannot be read, is no list, or an element is no text.
    """
    if path.suffix == ".json":
        items = [(line, value) for line, key, value in json_items(path) if key is None]
    else:
        marks = read_node(path)
        if not isinstance(marks, list):
            raise InputError.at(path, 1, "must hold a list of rules, each `- Do not ...`")
        items = [(marks.lc.item(index)[0] + 1, value) for index, value in enumerate(marks)]  # type: ignore[attr-defined]
    if not items:
        raise InputError.at(path, 1, "must hold a list of rules that is not empty")
    for line, value in items:
        if not isinstance(value, str) or not value.strip():
            raise InputError.at(path, line, "a rule must be text; write it in quotes, on this line")
    return [(line, str(value)) for line, value in items]


def _after_space(text: str, place: int) -> int:
    found = _SPACE.match(text, place)
    return found.end() if found else place
