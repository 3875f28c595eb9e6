"""Is a new instruction too like one that is kept? ROUGE-L against all of them, exactly, without computing most of them.

    F = 2 LCS / (m + n)   <=   2 sum_w min(count of w in one, count in the other) / (m + n)

for m and n words with a longest common subsequence of LCS words. The right side is cheap for all kept instructions at
once (an index from words to instructions), and only those where it passes the threshold are scored.

Source of the measure: Lin 2004, "ROUGE"; of its use here: Wang et al. 2022, arXiv:2212.10560. The bound is ours.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from typing import NamedTuple

import numpy as np
from rouge_score import rouge_scorer  # type: ignore[import-untyped, unused-ignore]

_CJK = "぀-ヿ㐀-鿿豈-﫿"
_WORD = re.compile(rf"[a-z0-9]+|[{_CJK}]|[^\W_a-z0-9{_CJK}]+")


def words(text: str) -> list[str]:
    """Words in small letters. In ASCII text those of rouge-score; a Chinese or Japanese character is a word."""
    return _WORD.findall(text.lower())


class _Tokenizer:
    """What rouge-score asks for: without it every word beyond ASCII would be lost."""

    def tokenize(self, text: str) -> list[str]:
        return words(text)


class Similar(NamedTuple):
    """A kept instruction and its ROUGE-L F with a new one."""

    text: str
    score: float


class KeptInstructions:
    """Instructions that new ones are compared with.

    Args:
        most_similar: the highest ROUGE-L F that is not too like.
    """

    def __init__(self, most_similar: float) -> None:
        self._most_similar = most_similar
        self._scorer = rouge_scorer.RougeScorer(["rougeL"], tokenizer=_Tokenizer())
        self._texts: list[str] = []
        self._num_words = array("q")
        self._places: dict[str, tuple[array[int], array[int]]] = {}  # word -> instructions that hold it, how often

    def add(self, text: str) -> None:
        """Keep an instruction."""
        found = words(text)
        for word, count in Counter(found).items():
            where, times = self._places.setdefault(word, (array("q"), array("q")))
            where.append(len(self._texts))
            times.append(count)
        self._texts.append(text)
        self._num_words.append(len(found))

    def too_like(self, text: str) -> Similar | None:
        """A kept instruction whose ROUGE-L F with this one is above the limit; None where there is none."""
        bounds = self._bounds(words(text))
        close = np.flatnonzero(bounds > self._most_similar - 1e-9)  # F is rounded in another order than the bound
        for index in close[np.argsort(-bounds[close], kind="stable")].tolist():
            score = float(self._scorer.score(self._texts[index], text)["rougeL"].fmeasure)
            if score > self._most_similar:
                return Similar(self._texts[index], score)
        return None

    def _bounds(self, found: list[str]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """The bound of F with each kept instruction."""
        shared = np.zeros(len(self._texts), dtype=np.int64)
        for word, count in Counter(found).items():
            if places := self._places.get(word):
                where, times = (np.frombuffer(one, dtype=np.int64) for one in places)
                shared[where] += np.minimum(times, count)
        if not len(self._texts):
            return np.zeros(0)
        total = np.frombuffer(self._num_words, dtype=np.int64) + len(found)
        return np.asarray(2 * shared / np.maximum(total, 1), dtype=np.float64)
