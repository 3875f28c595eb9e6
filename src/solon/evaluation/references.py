"""References that answers give, and whether they exist."""

from __future__ import annotations

import re
from collections.abc import Collection


def cited(text: str, pattern: re.Pattern[str]) -> tuple[str, ...]:
    """The references of a text: what the pattern's first group matches, each once."""
    return tuple(dict.fromkeys(match[1] for match in pattern.finditer(text)))


def is_invented(references: Collection[str], known: Collection[str]) -> bool:
    """Whether one of the references is not among the known ones."""
    return any(reference not in known for reference in references)
