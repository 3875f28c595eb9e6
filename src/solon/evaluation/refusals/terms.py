"""Runs of words of a response, weighed: tf-idf with a logarithmic count and unit length.

    weight_t = (1 + log count_t) * idf_t,    idf_t = 1 + log((1 + n) / (1 + n_t)),    then divided by the length

with n responses in the fit, n_t of them with the term t. Two lists: runs of up to three words among the first 60 tokens
(how an answer begins), and runs of up to two in all of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Terms(NamedTuple):
    """One list of terms with what they weigh."""

    num_tokens: int | None
    """How many tokens are looked at; None for all."""
    longest: int
    """Words in the longest run."""
    places: dict[str, int]
    idf: Floats

    @classmethod
    def found_in(cls, texts: Sequence[Sequence[str]], *, num_tokens: int | None, longest: int, at_least: int) -> Terms:
        """The runs that stand in at least so many of the texts, in the order of the alphabet."""
        times: Counter[str] = Counter()
        for tokens in texts:
            times.update(set(runs(tokens[:num_tokens], longest)))
        kept = sorted(term for term, count in times.items() if count >= at_least)
        idf = [1 + float(np.log((1 + len(texts)) / (1 + times[term]))) for term in kept]
        return cls(num_tokens, longest, {term: i for i, term in enumerate(kept)}, np.round(idf, 3))

    def weigh(self, tokens: Sequence[str]) -> tuple[Ints, Floats]:
        """Places in the list of the terms that a text holds, and their weights."""
        known = self.places
        counts = Counter([known[run] for run in runs(tokens[: self.num_tokens], self.longest) if run in known])
        places = np.fromiter(counts, dtype=np.int64, count=len(counts))
        weights = (1 + np.log(np.fromiter(counts.values(), dtype=np.float64, count=len(counts)))) * self.idf[places]
        length = float(np.sqrt(weights @ weights))
        return places, weights / length if length else weights


def runs(tokens: Sequence[str], longest: int) -> list[str]:
    """All runs of one to `longest` tokens, joined by spaces, the shorter ones first."""
    found, of_size = list(tokens), list(tokens)
    for size in range(1, longest):
        of_size = [f"{run} {token}" for run, token in zip(of_size, tokens[size:], strict=False)]
        found += of_size
    return found
