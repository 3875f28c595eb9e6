"""How clauses and templates become the text that a model reads."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


def join_clauses(texts: Sequence[str], joiner: str, last_joiner: str) -> str:
    """A readable list: `a`, `a or b`, `a, b or c`."""
    if len(texts) < 2:
        return "".join(texts)
    return joiner.join(texts[:-1]) + last_joiner + texts[-1]


def placeholders(template: str) -> set[str]:
    """Names in `{braces}`: lower-case letters and underscores only, so that JSON in a text is left alone."""
    return set(_PLACEHOLDER.findall(template))


def fill(template: str, values: Mapping[str, str]) -> str:
    """Replace each `{name}` once; what is put in is never searched again, so text cannot smuggle in a placeholder."""
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), template)
