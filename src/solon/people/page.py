"""What stands on the screen: texts behind a gutter, wrapped to the terminal's width.

Every line of a text stands behind the gutter, so that no text can pass for another one or for a question of ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from solon.people.visible import visible
from solon.records import Message, Prompt

_NARROWEST = 20
"""Columns of text at least, however narrow the terminal says it is."""
_CONSOLE = Console()  # asked by `wrap` for nothing that depends on the terminal


class Block(NamedTuple):
    """A text and what stands beside it."""

    label: str
    text: str


def layout(blocks: Sequence[Block], width: int) -> str:
    """The blocks one below the other, each line at most `width` columns, control characters escaped."""
    column = max((cell_len(block.label) for block in blocks), default=0)
    room = max(width - column - 4, _NARROWEST)
    lines = []
    for block in blocks:
        label = block.label
        for line in wrapped(block.text if block.text.strip() else "(empty)", room):
            lines.append(f" {' ' * (column - cell_len(label))}{label} │ {line}".rstrip())
            label = ""
    return "\n".join(lines) + "\n"


def wrapped(text: str, width: int) -> list[str]:
    """The lines of a text, at most `width` columns each; wide characters count two."""
    return [line.plain for line in Text(visible(text)).wrap(_CONSOLE, width)] or [""]


def prompt_blocks(prompt: Prompt) -> list[Block]:
    """The turns of a prompt."""
    return [Block(turn.role, _told(turn)) for turn in prompt.shown]


def _told(turn: Message) -> str:
    calls = [f"calls {call.name}: {call.arguments}" for call in turn.tool_calls]
    images = [f"[image: {image if len(image) <= 80 else image[:77] + '...'}]" for image in turn.images]
    return "\n".join([*images, *([turn.content] if turn.content or not calls else []), *calls])
