"""Constraints on an answer that can be checked exactly, each with the words that ask for it.

Source of the idea: IFEval (Zhou et al. 2023, arXiv:2311.07911); constraints, words and checkers are ours.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import NamedTuple

_ITEM = re.compile(r"^\s*(?:[-*\u2022]|\d+[.)])\s+\S", re.MULTILINE)
CLOSING = "That is all I have to say."
KEYS = ("answer", "reason")


class Constraint(NamedTuple):
    """A demand in words, and whether a text meets it."""

    name: str
    asks: str
    """With `{number}` where it has one."""
    numbers: tuple[int, ...]
    """What `{number}` is drawn from; empty where there is none."""
    holds: Callable[[str, int], bool]


def at_most_words(text: str, number: int) -> bool:
    """Words are what spaces part."""
    return 0 < len(text.split()) <= number


def at_least_words(text: str, number: int) -> bool:
    """Words are what spaces part."""
    return len(text.split()) >= number


def has_items(text: str, number: int) -> bool:
    """Lines that begin with a hyphen, a star, a bullet or a number with a dot or bracket."""
    return len(_ITEM.findall(text)) == number


def ends_so(text: str, number: int) -> bool:
    """The closing sentence stands at the end, letter for letter."""
    return text.rstrip().endswith(CLOSING)


def is_lower_case(text: str, number: int) -> bool:
    """Letters, and none of them a capital."""
    return any(sign.isalpha() for sign in text) and text == text.lower()


def is_object(text: str, number: int) -> bool:
    """A JSON object with exactly the two keys, alone or in a code fence."""
    bare = re.sub(r"\A```(?:json)?\s*|\s*```\Z", "", text.strip())
    try:
        value = json.loads(bare)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and set(value) == set(KEYS)


def without_the(text: str, number: int) -> bool:
    """Some words, and `the` is none of them."""
    words = re.findall(r"[a-z]+", text.lower())
    return bool(words) and "the" not in words


def is_quoted(text: str, number: int) -> bool:
    """The whole answer stands between double quotation marks."""
    bare = text.strip()
    return len(bare) > 2 and bare.startswith('"') and bare.endswith('"')


def has_paragraphs(text: str, number: int) -> bool:
    """Paragraphs are what blank lines part."""
    return len([part for part in re.split(r"\n\s*\n", text.strip()) if part]) == number


def without_commas(text: str, number: int) -> bool:
    """Some text, and no comma in it."""
    return bool(text.strip()) and "," not in text


CONSTRAINTS = (
    Constraint("at most N words", "Use at most {number} words.", (15, 30, 60), at_most_words),
    Constraint("at least N words", "Use at least {number} words.", (40, 80), at_least_words),
    Constraint("N list items", "Answer with a list of exactly {number} items, each on a line of its own that begins "
               "with a hyphen.", (3, 4, 5), has_items),
    Constraint("closing sentence", f"End your answer with exactly this sentence: {CLOSING}", (), ends_so),
    Constraint("lower case", "Write in small letters only, without a single capital.", (), is_lower_case),
    Constraint("JSON object", f"Answer with nothing but a JSON object that has the keys {KEYS[0]!r} and {KEYS[1]!r} "
               "and no others.", (), is_object),
    Constraint("no word the", "Do not use the word 'the' anywhere.", (), without_the),
    Constraint("quotation marks", "Put your whole answer between double quotation marks.", (), is_quoted),
    Constraint("N paragraphs", "Write exactly {number} paragraphs, with a blank line between them.", (2, 3),
               has_paragraphs),
    Constraint("no commas", "Do not use any commas.", (), without_commas),
)  # fmt: skip


def named_constraint(name: str) -> Constraint:
    """The constraint of this name."""
    return next(one for one in CONSTRAINTS if one.name == name)
