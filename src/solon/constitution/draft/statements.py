"""The sentences of a policy that ask for something, and the lines that do not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from solon.constitution.lint.words import demands
from solon.constitution.markdown import Block, Section, plain, sections

_SENTENCE_END = re.compile(r"(?<=[.!?])[\"'\u201d\u2019)]*\s+(?=[\"'\u201c\u2018(]?[A-Z\u00c0-\u00dd0-9])")
_NOT_READ = {"fence": "fenced text", "aside": "commentary", "other": "a table, a comment or a rule"}


class Statement(NamedTuple):
    """Something that the policy asks for."""

    line: int
    last: int
    text: str
    headings: tuple[str, ...]
    """Those above it, outermost first."""


class Unused(NamedTuple):
    """Lines that became no principle."""

    line: int
    last: int
    reason: str
    text: str


class PolicyText(NamedTuple):
    """A policy, taken apart."""

    statements: list[Statement]
    unused: list[Unused]


def read_policy(text: str) -> PolicyText:
    """Sentences and list items with must, never, should and the like, or that begin with what to do.

    Items below `... must:` or `Never:` ask for what their opening asks for, and are read with it. Everything else is
    unused, with its lines; headings are not listed.
    """
    found = PolicyText([], [])
    for section in sections(text):
        headings = (*section.path, section.title) if section.title else ()
        opening: Block | None = None
        for block in section.blocks:
            if block.kind in _NOT_READ:
                found.unused.append(Unused(block.line, block.last, _NOT_READ[block.kind], _begin(block.text)))
                continue
            if block.kind == "item" and opening is not None:
                said = f"{plain(opening.text).rstrip(':').rstrip()} {_lowered(plain(block.text))}"
                found.statements.append(Statement(block.line, block.last, said, headings))
                continue
            opening = block if _opens(section, block) else None
            if opening is None:
                _sort(block, headings, found)
    return found


def _opens(section: Section, block: Block) -> bool:
    """Whether a paragraph ends in a colon, demands something, and a list follows."""
    following = section.blocks[section.blocks.index(block) + 1 :]
    listed = bool(following) and following[0].kind == "item"
    text = plain(block.text)
    return block.kind == "prose" and listed and text.endswith(":") and (bool(demands(text)) or _is_bare(text))


def _is_bare(text: str) -> bool:
    """`Never:` and `Always:` alone."""
    return text.rstrip(":").strip().casefold() in ("never", "always", "do not", "don't")


def _sort(block: Block, headings: tuple[str, ...], found: PolicyText) -> None:
    """The sentences of a block, each to statements or to what is unused."""
    for line, last, sentence in _sentences(block):
        text = plain(sentence)
        if demands(text):
            found.statements.append(Statement(line, last, text, headings))
        elif text:
            found.unused.append(Unused(line, last, "asks for nothing", _begin(text)))


def _sentences(block: Block) -> Iterator[tuple[int, int, str]]:
    """(first line, last line, text) of each sentence."""
    start = 0
    for end in [*(match.end() for match in _SENTENCE_END.finditer(block.text)), len(block.text)]:
        sentence = block.text[start:end]
        first = block.line + block.text.count("\n", 0, start)
        yield first, first + sentence.rstrip().count("\n"), sentence
        start = end


def _lowered(text: str) -> str:
    """An item that goes on with a sentence; a name or an abbreviation keeps its capital."""
    first = text.split(" ", 1)[0]
    return text[:1].lower() + text[1:] if first[1:].islower() or len(first) == 1 else text


def _begin(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 60 else f"{words[:57]}..."
