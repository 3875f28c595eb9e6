"""Thinking that stands in the text of an answer, between the tags in which reasoning models write it."""

from __future__ import annotations

OPEN, CLOSE = "<think>", "</think>"


def with_thinking(thinking: str, answer: str) -> str:
    """Both in one text, for chat templates that have no place for thinking."""
    return f"{OPEN}\n{thinking}\n{CLOSE}\n\n{answer}"


def without_thinking(text: str) -> str:
    """What is said to the user: all after the first closing tag, for some templates write the opening one themselves.

    Empty where thinking was begun and never closed; the whole text where no tag stands.
    """
    _, closed, rest = text.partition(CLOSE)
    if closed:
        return rest.strip()
    return "" if text.lstrip().startswith(OPEN) else text
