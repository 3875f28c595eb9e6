"""Markdown as headings and the blocks below them, each with its lines: as much of it as policies are written in."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

Kind = Literal["prose", "item", "fence", "aside", "other"]
"""A paragraph; an element of a list; fenced text; a marked commentary (`!!! ...`); tables, comments and rules."""

HEADING = re.compile(r"^ {0,3}(?P<marks>#{1,6})\s+(?P<title>.*?)\s*(?:\{(?P<attributes>[^{}]*)\})?\s*#*\s*$")
_ITEM = re.compile(r"^\s*(?:[-*+\u2022]|\(?\d{1,3}[.)])\s+(?=\S)")
_FENCE = re.compile(r"^\s{0,3}(`{3,}|~{3,})")
_ASIDE = re.compile(r"^(!!!|>)")
_OTHER = re.compile(r"^\s*(\||<!--|([-*_])(\s*\2){2,}\s*$|\[\^[^\]]+\]:)")
_LINK = re.compile(r"!?\[([^\]^][^\]]*)\]\([^)]*\)")
_ANCHOR = re.compile(r"\[\?\]\(#([^)]*)\)")
_FOOTNOTE = re.compile(r"\[\^[^\]]+\]")
_EMPHASIS = re.compile(r"(\*\*|__|\*|`)(?=\S)(.+?)(?<=\S)\1")


class Block(NamedTuple):
    """Some lines of one kind; lines count from 1, `last` is part of it."""

    line: int
    last: int
    kind: Kind
    text: str
    """As it stands, without the mark of a list element."""


class Section(NamedTuple):
    """A heading and what stands below it, down to the next heading of any level."""

    line: int
    title: str
    """Empty for what stands before the first heading."""
    attributes: str
    """What stands in `{...}` after the title."""
    path: tuple[str, ...]
    """Titles of the headings above it, outermost first."""
    blocks: tuple[Block, ...]


def sections(text: str) -> list[Section]:
    """The sections of a text in order; the first has no title, and no blocks where the text begins with a heading."""
    lines = text.split("\n")
    found: list[Section] = []
    open_titles: list[tuple[int, str]] = []
    heading, blocks = Section(1, "", "", (), ()), list[Block]()
    number = 0
    while number < len(lines):
        if head := HEADING.match(lines[number]):
            found.append(heading._replace(blocks=tuple(blocks)))
            depth = len(head["marks"])
            open_titles = [one for one in open_titles if one[0] < depth]
            above = tuple(title for _, title in open_titles)
            heading, blocks = Section(number + 1, head["title"], head["attributes"] or "", above, ()), []
            open_titles.append((depth, head["title"]))
            number += 1
        elif not lines[number].strip():
            number += 1
        else:
            block = _block(lines, number)
            blocks.append(block)
            number = block.last
    return [*found, heading._replace(blocks=tuple(blocks))]


def plain(text: str, titles: dict[str, str] | None = None) -> str:
    """Prose without its marks: footnotes, emphasis and links go, a link to a section is the section's title."""

    def title(match: re.Match[str]) -> str:
        name = (titles or {}).get(match[1])
        return f'"{name}"' if name else match[1].replace("_", " ")

    text = _FOOTNOTE.sub("", _ANCHOR.sub(title, text))
    text = _LINK.sub(r"\1", text)
    for _ in range(2):  # bold around italics
        text = _EMPHASIS.sub(r"\2", text)
    return " ".join(text.split())


def _block(lines: list[str], first: int) -> Block:
    """The block that begins at index `first`, a line that is neither blank nor a heading."""
    line = lines[first]
    if fence := _FENCE.match(line):
        end = re.compile(rf"^\s{{0,3}}{re.escape(fence[1])}\s*$")
        last = next((i for i in range(first + 1, len(lines)) if end.match(lines[i])), len(lines) - 1)
        return Block(first + 1, last + 1, "fence", "\n".join(lines[first + 1 : last]))
    kind: Kind = "prose"
    if _ASIDE.match(line):
        kind = "aside"
    elif _OTHER.match(line):
        kind = "other"
    elif _ITEM.match(line):
        kind = "item"
    last = first
    while last + 1 < len(lines) and lines[last + 1].strip() and not _begins(lines[last + 1], kind):
        last += 1
    text = "\n".join([_ITEM.sub("", line) if kind == "item" else line, *lines[first + 1 : last + 1]])
    return Block(first + 1, last + 1, kind, text)


def _begins(line: str, kind: Kind) -> bool:
    """Whether a line below one of this kind begins something else."""
    if HEADING.match(line) or _FENCE.match(line) or _ITEM.match(line):
        return kind != "aside" or bool(HEADING.match(line))
    return kind != "other" and bool(_OTHER.match(line) or (_ASIDE.match(line) and kind != "aside"))
