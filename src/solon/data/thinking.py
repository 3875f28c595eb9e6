"""Thinking that stands in the text of an answer, between the tags in which reasoning models write it."""

from __future__ import annotations

OPEN, CLOSE = "<think>", "</think>"


def with_thinking(thinking: str, answer: str) -> str:
    """Both in one text, for chat templates that have no place for thinking."""
    return f"{OPEN}\n{thinking}\n{CLOSE}\n\n{answer}"


def without_thinking(text: str, *, begun: bool = False) -> str:
    """What is said to the user: where the text begins with thinking, all after the first tag that closes it.

    Empty where thinking is never closed. A closing tag in a text that does not begin with thinking closes nothing.

    Args:
        begun: the opening tag stood before the text, as some chat templates write it.
    """
    if not (begun or text.lstrip().startswith(OPEN)):
        return text
    return text.partition(CLOSE)[2].strip()
