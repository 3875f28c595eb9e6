"""Fingerprints of texts: two hashes for equal ones and MinHash bands for similar ones, some 140 bytes a text.

A text is taken as the set of its runs of five characters (case, punctuation and white space apart), and two texts are
as similar as their sets are: Jaccard similarity, size of the intersection by size of the union. MinHash (Broder 1997)
with bands finds pairs that may be similar without comparing all; the similarity itself is then computed from the texts.

Shapes: N texts, B bands.
"""

from __future__ import annotations

import hashlib
import re
from array import array
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from solon.seeds import generator

SHINGLE_CHARACTERS = 5
NUM_BANDS = 30
ROWS_PER_BAND = 5
"""A pair of similarity s shares a band with probability 1 - (1 - s^5)^30: 0.996 at 0.7, 0.91 at 0.6, 0.01 at 0.2."""
MAX_COMPARED = 8
"""With how many earlier texts each is compared in full: the nearest that share a band, and of all those the ones with
most bands in common. What that leaves out is counted. Only texts made from one template have so many alike; a pair
that is alike beyond the template shares other bands, of smaller groups, too."""

_BLOCK = 4096
_NOT_WORDS = re.compile(r"[\W_]+")

Hashes = NDArray[np.uint32]
Numbers = NDArray[np.int64]
"""Of texts, from 0 in the order in which they were added."""


def plain(text: str) -> str:
    """The text with white space and case apart."""
    return " ".join(text.casefold().split())


def shingles(text: str) -> Hashes:
    """The distinct runs of five characters of a text, as sorted hashes; a shorter text is one run."""
    words = _NOT_WORDS.sub(" ", text.casefold()).strip() or plain(text)
    codes = np.frombuffer(words.ljust(SHINGLE_CHARACTERS).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    num_runs = len(codes) - SHINGLE_CHARACTERS + 1
    mixed = np.zeros(num_runs, dtype=np.uint64)
    for offset in range(SHINGLE_CHARACTERS):
        mixed = mixed * np.uint64(0x9E3779B97F4A7C15) + codes[offset : offset + num_runs]
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    hashes = np.sort((mixed >> np.uint64(32)).astype(np.uint32))
    # np.unique does the same, six times slower.
    return hashes[np.concatenate(([True], hashes[1:] != hashes[:-1]))]


def similarity(one: Hashes, other: Hashes) -> float:
    """Jaccard similarity of two sets of shingles, from 0 to 1."""
    common = len(np.intersect1d(one, other, assume_unique=True))
    return common / (len(one) + len(other) - common)


def _factors(name: str) -> Hashes:
    # Odd factors: multiplication modulo 2^32 is then a permutation.
    drawn = generator(0, "minhash", name).integers(0, 2**32, NUM_BANDS * ROWS_PER_BAND, dtype=np.uint32)
    return drawn | np.uint32(1)


_FACTORS, _SUMMANDS = _factors("factors"), _factors("summands")
_MIX = generator(0, "minhash", "bands").integers(0, 2**63, ROWS_PER_BAND, dtype=np.uint64) | np.uint64(1)


def signature(shingled: Hashes) -> Hashes:
    """The least value of the set under each of the permutations; two sets agree in a share that is their similarity."""
    least = np.full(len(_FACTORS), 2**32 - 1, dtype=np.uint32)
    for start in range(0, len(shingled), _BLOCK):
        values = np.multiply.outer(_FACTORS, shingled[start : start + _BLOCK])
        values += _SUMMANDS[:, None]
        np.minimum(least, values.min(axis=1), out=least)
    return least


class Fingerprints:
    """Of texts, in the order in which they were added."""

    def __init__(self) -> None:
        self._equal = array("Q")
        self._plain = array("Q")
        self._bands = array("I")

    def __len__(self) -> int:
        return len(self._equal)

    def add(self, text: str) -> None:
        """Take the fingerprint of one more text."""
        self._equal.append(_hash(text))
        self._plain.append(_hash(plain(text)))
        of_band = signature(shingles(text)).reshape(NUM_BANDS, ROWS_PER_BAND).astype(np.uint64)
        mixed = (of_band * _MIX).sum(axis=1, dtype=np.uint64)
        self._bands.frombytes((mixed >> np.uint64(32)).astype(np.uint32).tobytes())

    def equal(self, one: int, other: int) -> bool:
        """Whether two texts are the same to the character."""
        return self._equal[one] == self._equal[other]

    def firsts(self) -> Numbers:
        """For each text the first one that is the same, case and white space apart; its own number where none is."""
        seen: dict[int, int] = {}
        return np.array([seen.setdefault(key, number) for number, key in enumerate(self._plain)], dtype=np.int64)

    def candidates(self, numbers: Numbers, num_first: int | None = None) -> Candidates:
        """Which of these texts (their numbers, ascending) may be similar.

        Args:
            num_first: give only pairs of a text below this number with one from it on; None gives all.
        """
        bands = np.frombuffer(self._bands, dtype=np.uint32).reshape(-1, NUM_BANDS)[numbers]
        border = None if num_first is None else int(np.searchsorted(numbers, num_first))
        found = [_within(band) if border is None else _across(band[:border], band[border:]) for band in bands.T]
        codes = np.concatenate([band.first * len(numbers) + band.second for band in found])
        pairs, num_shared = np.unique(codes, return_counts=True)
        first, second = np.divmod(pairs, max(1, len(numbers)))
        # Of each second text the pairs with most bands in common come first: they are the most similar.
        order = np.lexsort((-num_shared, second))
        first, second = first[order], second[order]
        kept = np.arange(len(second)) - np.searchsorted(second, second) < MAX_COMPARED
        num_skipped = sum(band.num_skipped for band in found) + int((~kept).sum())
        return Candidates(numbers[first[kept]], numbers[second[kept]], num_skipped)


class Candidates(NamedTuple):
    """Pairs of texts that may be similar, by their second text."""

    first: Numbers
    second: Numbers
    """Always the later one."""
    num_skipped: int
    """Pairs that share a band and are not among them (counted once a band): see MAX_COMPARED."""


def _within(band: Hashes) -> Candidates:
    """Each text with those before it that have the same band."""
    order = np.argsort(band, kind="stable")
    keys = band[order]
    first, second = [], []
    for distance in range(1, 1 + min(MAX_COMPARED, len(keys) - 1)):
        same = keys[distance:] == keys[:-distance]
        first.append(order[:-distance][same])
        second.append(order[distance:][same])
    sizes = np.unique(keys, return_counts=True)[1]
    further = np.maximum(0, sizes - 1 - MAX_COMPARED)
    return Candidates(_joined(first), _joined(second), int((further * (further + 1) // 2).sum()))


def _across(ours: Hashes, theirs: Hashes) -> Candidates:
    """Each of their texts with the last of ours that have the same band."""
    order = np.argsort(ours, kind="stable")
    keys = ours[order]
    start, end = np.searchsorted(keys, theirs, "left"), np.searchsorted(keys, theirs, "right")
    first, second = [], []
    for distance in range(1, MAX_COMPARED + 1):
        (number,) = np.nonzero(end - start >= distance)
        first.append(order[end[number] - distance])
        second.append(number + len(ours))
    return Candidates(_joined(first), _joined(second), int(np.maximum(0, end - start - MAX_COMPARED).sum()))


def _joined(parts: list[Numbers]) -> Numbers:
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
