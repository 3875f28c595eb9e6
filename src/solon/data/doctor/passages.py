"""Texts that stand inside longer ones: a test question quoted in a document.

A text is its words, case and punctuation apart; in Chinese and Japanese every character is one. Every run of SEED words
of the texts that are looked for is kept in a sorted index, 24 bytes a word; the longer texts pass by one at a time.
Where runs of one text are met along one stretch of a longer text, the words of both are compared themselves: how many
of the text's words stand there in this order (longest common subsequence), which edits here and there hardly change.

Published checks count runs alone: a single run of 8 to 13 words (Brown et al. 2020, arXiv:2005.14165, appendix C), or
runs of 8 words that make up half of the question (Lambert et al. 2024, arXiv:2411.15124, section 3.2). A question of 20
words with two of them changed may have no run of 8 left. Shorter runs that only point out what is compared are ours.
"""

from __future__ import annotations

import math
import re
import zlib
from array import array
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SEED = 4
"""Words of a run."""
FEWEST_WORDS = 5
"""A text of fewer is not looked for: it stands everywhere."""
LEAST_EDITED = 8
"""From so many words on a text may have been edited; a shorter one is found word by word alone. It is the least run of
words that published checks count."""
LEAST_SEEDS = 0.1
"""Share of a text's runs that point to one stretch before words are compared. Two words swapped amid ten leave 2 of 7
runs."""
LEAST_COMPARED = 32
"""How many stretches of a short text are compared at least: those with most runs. A longer one has a stretch for every
run of its own. What that leaves out is counted; only texts made from one template point to so many."""
SLACK = 0.2
"""How much longer than the text the stretch may begin before, or end behind, the place that the runs point to."""

_CJK = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+")

Words = NDArray[np.uint64]
"""Hashes of words, in their order."""


def words_of(text: str) -> Words:
    """The words of a text as 32-bit hashes."""
    found = _WORD.findall(text.casefold())
    hashes = array("Q", [zlib.crc32(word.encode("utf-8", "surrogatepass")) for word in found])
    return np.frombuffer(hashes, dtype=np.uint64) if found else np.empty(0, dtype=np.uint64)


class Passage(NamedTuple):
    """A text that stands inside a longer one."""

    number: int
    """Of the text, from 0 in the order given."""
    share: float
    """Of its words, in their order."""
    exact: bool
    """All its words stand there one behind the other."""


def most_changed(num_words: int) -> int:
    """How many words of a text of LEAST_EDITED or more may be others: a fifth of them less one, but always one.

    Less one, because a short question that names a long thing shares most of its words with whatever names it too.
    """
    return max(1, num_words // 5 - 1)


class Passages:
    """Texts to look for inside longer ones.

    Args:
        texts: numbered from 0.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self.num_too_short = 0
        """Texts of fewer than FEWEST_WORDS words, which are not looked for."""
        self.num_skipped = 0
        """Stretches that were not compared: see LEAST_COMPARED."""
        words, lengths = array("Q"), array("L")
        for text in texts:
            of_text = words_of(text)
            self.num_too_short += len(of_text) < FEWEST_WORDS
            words.frombytes(of_text.tobytes())
            lengths.append(len(of_text))
        self._words = np.array(words, dtype=np.uint64)
        self._lengths = np.array(lengths, dtype=np.int64)
        self._begins = np.cumsum(self._lengths) - self._lengths
        seeds = _seeds(self._words)
        place = np.arange(len(seeds), dtype=np.uint32)
        number = np.repeat(np.arange(len(self._lengths), dtype=np.uint32), self._lengths)[: len(seeds)]
        sought = self._lengths[number] >= FEWEST_WORDS
        seeds, place, number = seeds[sought], place[sought], number[sought]
        order = np.argsort(seeds, kind="stable")
        self._seeds, self._numbers = seeds[order], number[order]
        self._offsets = (place - self._begins[number].astype(np.uint32))[order]

    def __len__(self) -> int:
        return len(self._lengths)

    def inside(self, text: str) -> list[Passage]:
        """Those of the texts that this one contains, by number."""
        words = words_of(text)
        best: dict[int, Passage] = {}
        for number, begin in self._stretches(words):
            found = self._compared(number, words, begin)
            if found is not None and (number not in best or found[1:] > best[number][1:]):
                best[number] = found
        return [best[number] for number in sorted(best)]

    def _stretches(self, words: Words) -> Iterator[tuple[int, int]]:
        """(number of a text, where in the words it would begin), of all that runs point to often enough."""
        seeds = _seeds(words)
        if not len(seeds) or not len(self._seeds):
            return
        first = np.searchsorted(self._seeds, seeds, "left")
        (met,) = np.nonzero(self._seeds[np.minimum(first, len(self._seeds) - 1)] == seeds)
        if not len(met):
            return
        first, last = first[met], np.searchsorted(self._seeds, seeds[met], "right")
        counts = last - first
        entries = np.repeat(first - (np.cumsum(counts) - counts), counts) + np.arange(counts.sum())
        numbers = self._numbers[entries].astype(np.int64)
        begins = np.repeat(met, counts) - self._offsets[entries].astype(np.int64)
        order = np.lexsort((begins, numbers))
        numbers, begins = numbers[order], begins[order]
        slack = np.ceil(SLACK * self._lengths[numbers[1:]])
        new = np.append(True, (np.diff(numbers) != 0) | (np.diff(begins) > slack))
        starts = np.flatnonzero(new)
        ends = np.append(starts[1:], len(numbers))
        share = (ends - starts) / (self._lengths[numbers[starts]] - SEED + 1)
        (enough,) = np.nonzero(share >= LEAST_SEEDS)
        most = max(LEAST_COMPARED, len(words) // SEED)
        self.num_skipped += max(0, len(enough) - most)
        best = enough[np.argsort(-share[enough], kind="stable")[:most]]
        for start, end in zip(starts[best].tolist(), ends[best].tolist(), strict=True):
            yield int(numbers[start]), int(begins[(start + end) // 2])

    def _compared(self, number: int, words: Words, begin: int) -> Passage | None:
        """The text, if enough of its words stand about the place where it would begin."""
        length = int(self._lengths[number])
        sought = self._words[self._begins[number] :][:length].tolist()
        slack = math.ceil(SLACK * length)
        stretch = words[max(0, begin - slack) : begin + length + slack].tolist()
        exact = any(stretch[place : place + length] == sought for place in range(len(stretch) - length + 1))
        common = length if exact else num_common(sought, stretch)
        enough = exact or (length >= LEAST_EDITED and length - common <= most_changed(length))
        return Passage(number, common / length, exact) if enough else None


def num_common(sought: list[int], stretch: list[int]) -> int:
    """Length of the longest common subsequence of two lists.

    One bit for each item of `sought`, all of them at once (Hyyro 2004, Bit-parallel LCS-length computation revisited).
    """
    places: dict[int, int] = {}
    for place, word in enumerate(sought):
        places[word] = places.get(word, 0) | 1 << place
    everything = (1 << len(sought)) - 1
    missing = everything  # a bit is 0 where a longest subsequence grew
    for word in stretch:
        common = missing & places.get(word, 0)
        missing = ((missing + common) | (missing - common)) & everything
    return len(sought) - missing.bit_count()


def _seeds(words: Words) -> Words:
    """Every run of SEED words as one hash."""
    num_runs = max(0, len(words) - SEED + 1)
    mixed = np.zeros(num_runs, dtype=np.uint64)
    for offset in range(SEED):
        mixed = mixed * np.uint64(0x9E3779B97F4A7C15) + words[offset : offset + num_runs]
        mixed ^= mixed >> np.uint64(29)
    return mixed
