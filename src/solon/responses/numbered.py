"""Numbered lists that a model continues after the items it was shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from solon.interfaces import Sample

_NUMBER = re.compile(r"^\s*(\d+)[.)]\s*", re.MULTILINE)


class ListItems(NamedTuple):
    """What a model added to a list."""

    items: list[str]
    """One line each, without number and quotation marks; some may be empty."""
    cut: str | None
    """The last item, where the token limit cut it."""


def begun_list(shown: Sequence[str]) -> str:
    """The beginning of a list, up to the number of the item that the model writes first."""
    lines = [f"{number}. {text}\n" for number, text in enumerate(shown, start=1)]
    return "".join(lines) + f"{len(shown) + 1}."


def continued_items(sample: Sample) -> ListItems:
    """The items of a list that `begun_list` began: the first number stands in the prefill."""
    pieces = _NUMBER.split(sample.text)
    items = [_line(piece) for piece in (pieces[0], *pieces[2::2])]
    cut = items.pop() if sample.truncated else None
    return ListItems(items, cut)


def _line(item: str) -> str:
    # Lines below an item are remarks of the model, not part of it.
    return item.strip().split("\n", maxsplit=1)[0].strip().strip('"')
