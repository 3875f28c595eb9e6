"""Mojibake: text whose bytes were read in the wrong encoding, found and repaired.

Two passes. `ftfy.fix_encoding` undoes what it can without a doubt and leaves punctuation alone. What it leaves behind
may be UTF-8 that was read as one of windows-1250 ... 1258 by a program that dropped the bytes for which the code page
has no character; then whole characters are gone, and what is left of them is shown as U+FFFD.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Any, Literal, NamedTuple

import ftfy
from ftfy.badness import badness, is_bad

Status = Literal["clean", "repaired", "partly", "hopeless"]

LOST = "\ufffd"
"""Stands where a character is lost."""
CODE_PAGES = tuple(f"cp{number}" for number in (1252, 1254, 1250, 1251, 1253, 1255, 1256, 1257, 1258))
"""The commonest first: of two that explain a text equally well the earlier is taken."""
MIN_INTACT = 0.4
"""Share of intact characters from which on bytes count as UTF-8. Real text in a code page stays far below it; of
Chinese read as windows-1253, which lacks the most characters, about 0.55 are intact."""
MAX_LOST = 1 / 3
"""Share of lost characters from which on a text is hopeless."""

MIN_SENSELESS, MIN_SENSELESS_SHARE = 3, 0.2
"""Sequences that make no sense to ftfy, and their share of the characters beyond ASCII, from which on a text is
mojibake although nothing explains it. Fewer occur in lists of letters, formulas and drawings."""


class Repair(NamedTuple):
    """A text, repaired as far as it can be."""

    text: str
    status: Status
    lost: int
    """Characters that cannot be told any more; U+FFFD stands for each in `text`."""


def repair(text: str) -> Repair:
    """Find and undo a wrong encoding.

    `clean`: nothing is wrong, and `text` is what was given. `repaired`: nothing is lost. `partly`: `lost` characters
    are. `hopeless`: a third or more are lost, or the text is mojibake that no known mistake explains; then `text` is
    what was given and `lost` counts the sequences that make no sense.
    """
    if text.isascii():
        return Repair(text, "clean", 0)
    fixed = ftfy.fix_encoding(text)
    salvaged = _salvage(text)
    if salvaged is not None and _leaves_behind(fixed, text, salvaged):
        fixed = salvaged
    lost = fixed.count(LOST)
    if lost and lost >= MAX_LOST * sum(not char.isspace() for char in fixed):
        return Repair(text, "hopeless", lost)
    if lost:
        return Repair(fixed, "partly", lost)
    if fixed != text:
        return Repair(fixed, "repaired", 0)
    num_senseless = badness(text)
    if num_senseless >= max(MIN_SENSELESS, MIN_SENSELESS_SHARE * sum(not char.isascii() for char in text)):
        return Repair(text, "hopeless", num_senseless)
    return Repair(text, "clean", 0)


def repair_strings(value: Any) -> tuple[Any, list[Repair]]:
    """A JSON value with every string in it repaired, and the repairs that were needed. Names of fields stay."""
    found: list[Repair] = []

    def walk(part: Any) -> Any:
        if isinstance(part, str):
            repaired = repair(part)
            if repaired.status != "clean":
                found.append(repaired)
            return repaired.text
        if isinstance(part, list):
            return [walk(one) for one in part]
        if isinstance(part, dict):
            return {name: walk(one) for name, one in part.items()}
        return part

    return walk(value), found


def _leaves_behind(fixed: str, text: str, salvaged: str) -> bool:
    """Whether the careful repair leaves characters of the damaged text that the salvage explains."""
    explained = {char for char in text if not char.isascii()} - set(salvaged)
    return not explained.isdisjoint(fixed)


def _salvage(text: str) -> str | None:
    """The text as UTF-8 that was read in a code page, with U+FFFD for lost characters; None where it is not that."""
    best, best_score = None, (0.0, 0)
    for page in CODE_PAGES:
        read = _read_back(text, page)
        intact_share = read.intact / max(1, read.intact + read.lost + read.kept)
        # Two bytes that make sense meet by chance (a closing quote after a capital with an accent); three do not.
        if intact_share < MIN_INTACT or (read.long < 2 and not is_bad(text)):
            continue
        if (intact_share, read.intact) > best_score:
            best, best_score = read.text, (intact_share, read.intact)
    return best


class _ReadBack(NamedTuple):
    text: str
    intact: int
    long: int
    """Of the intact ones those of three bytes or more."""
    lost: int
    kept: int
    """Characters of the page's upper half that are no part of anything, such as quotes around the damaged words."""


def _read_back(text: str, page: str) -> _ReadBack:
    """Every run of the page's upper half taken for the bytes it stands for, and these for UTF-8."""
    runs, byte_of = _upper_half(page)
    intact = long = lost = kept = 0

    def decode(run: re.Match[str]) -> str:
        nonlocal intact, long, lost, kept
        as_bytes = run[0].translate(byte_of)
        damaged = _WHOLE.search(as_bytes) is not None
        pieces = []
        for piece in _PIECES.finditer(as_bytes):
            char = _character(piece[0]) if piece["whole"] else LOST
            if char != LOST:
                intact += 1
                long += len(piece[0]) > 2
            elif piece["whole"] or (piece["rest"] and (damaged or len(piece[0]) > 1)):
                lost += 1
            else:
                kept += len(piece[0])
                char = run[0][piece.start() : piece.end()]
            pieces.append(char)
        return "".join(pieces)

    return _ReadBack(runs.sub(decode, text), intact, long, lost, kept)


_WHOLE_BYTES = "[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
_WHOLE = re.compile(_WHOLE_BYTES)
_PIECES = re.compile(f"(?P<whole>{_WHOLE_BYTES})|(?P<rest>[\xe0-\xf4][\x80-\xbf]{{0,2}}|[\xc2-\xdf])|.", re.S)
"""A character in UTF-8; what is left of one when bytes are dropped; any other byte."""


def _character(as_bytes: str) -> str:
    """The character of a sequence; U+FFFD for what nobody wrote: overlong forms, unassigned and private characters."""
    char = as_bytes.encode("latin-1").decode("utf-8", "replace")
    return LOST if len(char) > 1 or unicodedata.category(char) in ("Cc", "Cn", "Co") else char


@cache
def _upper_half(page: str) -> tuple[re.Pattern[str], dict[int, int]]:
    """What finds runs of characters that stand for bytes from 0x80 on, and the byte of each."""
    byte_of = dict(_characters(page))
    return re.compile(f"[{re.escape(''.join(map(chr, byte_of)))}]+"), byte_of


def _characters(page: str) -> Iterator[tuple[int, int]]:
    for byte in range(0x80, 0x100):
        try:
            yield ord(bytes([byte]).decode(page)), byte
        except UnicodeDecodeError:  # no character: browsers keep the byte as a control character
            yield byte, byte
