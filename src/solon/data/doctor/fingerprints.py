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
MAX_NEIGHBOURS = 24
"""Texts that share a band are each compared with this many that stand nearest before it; what that leaves out is
counted. Groups made from one template reach it; a pair in them that is alike beyond the template shares other bands,
of smaller groups, too."""

_BLOCK = 4096
_NOT_WORDS = re.compile(r"[\W_]+")

Hashes = NDArray[np.uint32]


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
    return np.unique((mixed >> np.uint64(32)).astype(np.uint32))


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

    def firsts(self) -> NDArray[np.int64]:
        """For each text the first one that is the same, case and white space apart; its own number where none is."""
        seen: dict[int, int] = {}
        return np.array([seen.setdefault(key, number) for number, key in enumerate(self._plain)], dtype=np.int64)

    def candidates(self, numbers: NDArray[np.int64]) -> Candidates:
        """Which of these texts (their numbers, ascending) may be similar."""
        bands = np.frombuffer(self._bands, dtype=np.uint32).reshape(-1, NUM_BANDS)[numbers]
        found = np.empty(0, dtype=np.int64)
        num_skipped = 0
        for band in bands.T:
            order = np.argsort(band, kind="stable")
            keys = band[order]
            num_skipped += _pairs_further_apart(keys)
            of_band = [found]
            for distance in range(1, 1 + min(MAX_NEIGHBOURS, len(keys) - 1)):
                same = keys[distance:] == keys[:-distance]
                if not same.any():
                    break
                of_band.append(order[:-distance][same] * len(numbers) + order[distance:][same])
            found = np.unique(np.concatenate(of_band))
        one, other = np.divmod(found, max(1, len(numbers)))
        return Candidates(numbers[one], numbers[other], num_skipped)


class Candidates(NamedTuple):
    """Pairs of texts that may be similar."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    """Always the later one."""
    num_skipped: int
    """Pairs that share a band and are not among them (counted once a band): see MAX_NEIGHBOURS."""


def _pairs_further_apart(keys: Hashes) -> int:
    sizes = np.unique(keys, return_counts=True)[1]
    further = np.maximum(0, sizes - 1 - MAX_NEIGHBOURS)
    return int((further * (further + 1) // 2).sum())


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
