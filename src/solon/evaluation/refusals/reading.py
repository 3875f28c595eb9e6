"""A response taken apart: sentences, the acts in them, and its words without the prompt's own.

Everything about the prompt is replaced by one token, so that a fit learns "instead of PROMPT, focus on", not "chess".
"""

from __future__ import annotations

import re
from typing import NamedTuple

from solon.evaluation.refusals.lexicon import ACTS, FUNCTION_WORDS

MAX_CHARS = 2_000
"""What is read of a response; the answers of the fit were cut near 1,400 characters."""
FROM_PROMPT = "PROMPT"
STEM_CHARS = 4

_TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+[.)]?|[.!?]|\n+|[*•-](?= )")
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
_SPECIAL = {"?": "?", ".": "END", "!": "END"}


class Reading(NamedTuple):
    """What is looked at of one response. n: sentences of at least two words (one empty where there is none)."""

    acts: list[int]
    """Of each sentence: bit k is set where it does the k-th act of the lexicon."""
    num_words: list[int]
    overlap: list[float]
    """Of each sentence: how much of what the prompt is about it names, 0 to 1; all 0 without a prompt."""
    first_word: str
    ends_with: str
    """`.`, `!`, `?`, a line break, or nothing where the text breaks off."""
    num_items: int
    """Lines that begin as items of a list."""
    tokens: list[str]
    """All words, with FROM_PROMPT, NUMBER, END and LINE."""


def _phrase_table() -> dict[str, tuple[int, tuple[tuple[tuple[str, ...], int], ...]]]:
    alone: dict[str, int] = {}
    longer: dict[str, list[tuple[tuple[str, ...], int]]] = {}
    for index, phrases in enumerate(ACTS.values()):
        for phrase in phrases.split("|"):
            first, *rest = phrase.split()
            alone.setdefault(first, 0)
            if rest:
                longer.setdefault(first, []).append((tuple(rest), 1 << index))
            else:
                alone[first] |= 1 << index
    return {word: (bits, tuple(longer.get(word, ()))) for word, bits in alone.items()}


_PHRASES = _phrase_table()


def read(prompt: str, response: str) -> Reading:
    """Take a response apart."""
    about = {word[:STEM_CHARS] for word in _WORD.findall(plain(prompt)) if _tells(word)}
    sentences: list[list[str]] = []
    sentence: list[str] = []
    tokens: list[str] = []
    ends_with, num_items = "", 0
    for token in _TOKEN.findall(plain(response[:MAX_CHARS]).strip()):
        first = token[0]
        if first.isalpha():
            sentence.append(token)
            if about and token[:STEM_CHARS] in about and _tells(token):
                if not tokens or tokens[-1] != FROM_PROMPT:
                    tokens.append(FROM_PROMPT)
            else:
                tokens.append(token)
        elif first in ".!?\n":
            if first != "\n":
                tokens.append(_SPECIAL[first])
            elif tokens and tokens[-1] != "LINE":
                tokens.append("LINE")
            if len(sentence) > 1:
                sentences.append(sentence)
                ends_with = first
            sentence = []
        else:
            num_items += not sentence and token[-1] not in "0123456789"
            tokens.append("NUMBER" if first.isdecimal() else "ITEM")
    if len(sentence) > 1:
        sentences.append(sentence)
        ends_with = ""
    sentences = sentences or [[""]]
    return Reading(
        acts=[_acts(words) for words in sentences],
        num_words=[len(words) for words in sentences],
        overlap=[_overlap(words, about) for words in sentences],
        first_word=sentences[0][0],
        ends_with=ends_with,
        num_items=num_items,
        tokens=tokens,
    )


def plain(text: str) -> str:
    """Lower case with straight apostrophes."""
    return text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")


def _tells(word: str) -> bool:
    return len(word) > 2 and word not in FUNCTION_WORDS


def _acts(words: list[str]) -> int:
    found = 0
    for place, word in enumerate(words):
        if entry := _PHRASES.get(word):
            found |= entry[0]
            for rest, bit in entry[1]:
                if tuple(words[place + 1 : place + 1 + len(rest)]) == rest:
                    found |= bit
    return found


def _overlap(words: list[str], about: set[str]) -> float:
    return len(about.intersection([word[:STEM_CHARS] for word in words])) / len(about) if about else 0.0
