"""Texts that say the same: to the character, in case and white space apart, or nearly."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Literal, NamedTuple

import numpy as np

from solon.data.doctor.fingerprints import Candidates, Fingerprints, Hashes, Numbers, shingles, similarity

Kind = Literal["identical", "same words", "near"]
"""`same words` differ in case and white space alone."""

THRESHOLD = 0.7
"""Jaccard similarity from which on two texts are near-duplicates. About every twelfth word may differ."""


class Match(NamedTuple):
    """A text and an earlier one that it repeats."""

    first: int
    second: int
    kind: Kind
    similarity: float


class Matches(NamedTuple):
    """What was found, in the order of `second`; at most one match a text."""

    found: list[Match]
    num_skipped: int
    """Pairs of very large groups of alike texts that were not compared."""

    def of(self, *kinds: Kind) -> list[Match]:
        """Those of these kinds."""
        return [match for match in self.found if match.kind in kinds]


def duplicates(prints: Fingerprints, texts: Callable[[], Iterable[str]]) -> Matches:
    """Every text that repeats an earlier one, with the first that it equals or else the one most similar to it.

    Args:
        prints: of all texts.
        texts: gives the same texts in the same order once more; only fingerprints are kept in memory, and the pairs
            that they point out are compared by their texts.
    """
    firsts = prints.firsts()
    equal = [Match(int(firsts[two]), int(two), _kind(prints, firsts[two], two), 1.0) for two in _repeated(firsts)]
    candidates = prints.candidates(np.flatnonzero(firsts == np.arange(len(firsts))))
    near = best(verified(candidates, texts()))
    return Matches(sorted([*equal, *near], key=lambda match: match.second), candidates.num_skipped)


def verified(candidates: Candidates, texts: Iterable[str], threshold: float = THRESHOLD) -> Iterator[Match]:
    """The candidates whose texts are similar indeed, by their second text.

    Of every text that has a candidate the shingles are kept until its last candidate has passed.
    """
    firsts, seconds = candidates.first, candidates.second
    last_use = dict(zip(firsts.tolist(), seconds.tolist(), strict=True))
    ends = dict(zip(seconds.tolist(), range(1, len(seconds) + 1), strict=True))
    held: dict[int, Hashes] = {}
    start = 0
    for number, text in enumerate(texts):
        if number not in last_use and number not in ends:
            continue
        of_text = shingles(text)
        end = ends.get(number, start)
        for first in firsts[start:end].tolist():
            measured = similarity(held[first], of_text)
            if measured >= threshold:
                yield Match(first, number, "near", measured)
            if last_use[first] == number:
                del held[first]
        start = end
        if number in last_use:
            held[number] = of_text


def best(matches: Iterable[Match]) -> list[Match]:
    """Of each second text the most similar match; of equally similar ones the earliest."""
    chosen: dict[int, Match] = {}
    for match in matches:
        known = chosen.get(match.second)
        if known is None or (match.similarity, -match.first) > (known.similarity, -known.first):
            chosen[match.second] = match
    return list(chosen.values())


def _repeated(firsts: Numbers) -> Iterable[int]:
    return np.flatnonzero(firsts != np.arange(len(firsts))).tolist()


def _kind(prints: Fingerprints, one: int, other: int) -> Kind:
    return "identical" if prints.equal(int(one), int(other)) else "same words"
