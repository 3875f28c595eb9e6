"""What may leave the machine: no keys of servers, no places on this disk."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_URL = re.compile(r"(https?://)(?:[^/\s]*@)?([^/\s?#]*)\S*")
_FOLDERS = re.compile(r"(?:(?<=[:\s'\"(=])|^)(?:~|\.{1,2})?/(?!/)(?:[^\s/]+/)*(?=[^\s/])")


def public(text: str) -> str:
    """A text whose URLs are cut down to scheme and host (a key may stand anywhere else in them) and whose paths are cut
    down to their last part."""
    return _FOLDERS.sub("", _URL.sub(r"\1\2", text))


def public_value(value: Any) -> Any:
    """A JSON value, all of whose texts (keys too) are public."""
    if isinstance(value, str):
        return public(value)
    if isinstance(value, Mapping):
        return {public(str(key)): public_value(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [public_value(one) for one in value]
    return value
