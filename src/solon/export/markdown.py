"""Markdown of a model card. What people and models wrote is escaped: it can neither format nor link nor run."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from solon.people.visible import visible

_SIGNS = re.compile(r"([\\`*_{}\[\]#|~$])")


def escaped(text: str) -> str:
    """A text in one line, shown as it is."""
    shown = _SIGNS.sub(r"\\\1", html.escape(visible(" ".join(text.split())), quote=False))
    return shown.replace("://", ":&#47;&#47;").replace("www.", "www&#46;")  # which would become links by themselves


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table whose cells are Markdown already."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def code(text: str) -> str:
    """A block that is shown as it is, whatever signs are in it."""
    return "\n".join(f"    {line}" for line in visible(text).split("\n"))


def bullets(lines: Sequence[str]) -> str:
    """A list of Markdown lines."""
    return "\n".join(f"- {line}" for line in lines)
