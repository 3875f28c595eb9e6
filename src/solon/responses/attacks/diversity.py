"""How different prompts are from one another.

    distinct-n = different runs of n words / all runs of n words        Li et al. 2016, arXiv:1510.03055
    similarity = mean Jaccard similarity of the runs of five characters, over pairs of prompts
    clusters   = groups of two or more prompts that are near-duplicates (Jaccard of at least 0.7) of one another

Distinct-n falls as texts become more, so that only sets of one size can be compared by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from statistics import fmean

from solon.constitution.lint.words import content_words
from solon.data.doctor.duplicates import duplicates
from solon.data.doctor.fingerprints import Fingerprints, shingles, similarity
from solon.records import Record
from solon.responses.self_instruct.overlap import words
from solon.seeds import generator

MOST_PAIRS = 5_000
"""Pairs whose similarity is averaged; of more pairs so many are drawn."""


class Diversity(Record):
    """Figures of one set of prompts; None where there is nothing to measure."""

    prompts: int
    distinct_1: float | None
    distinct_2: float | None
    distinct_3: float | None
    similarity: float | None
    """From 0 to 1; high where prompts repeat each other."""
    near_duplicate_clusters: int


def diversity(texts: Sequence[str], *, seed: int = 0) -> Diversity:
    """The figures of some texts. The seed draws pairs where there are more than MOST_PAIRS."""
    return Diversity(
        prompts=len(texts),
        distinct_1=distinct(texts, 1),
        distinct_2=distinct(texts, 2),
        distinct_3=distinct(texts, 3),
        similarity=mean_similarity(texts, seed=seed),
        near_duplicate_clusters=num_clusters(texts),
    )


def distinct(texts: Sequence[str], length: int) -> float | None:
    """The share of runs of `length` words that are different; None where no text has as many words."""
    of_texts = map(words, texts)
    runs = [tuple(text[k : k + length]) for text in of_texts for k in range(len(text) - length + 1)]
    return len(set(runs)) / len(runs) if runs else None


def mean_similarity(texts: Sequence[str], *, seed: int) -> float | None:
    """The mean similarity of two texts; None where there are not two."""
    count = len(texts)
    if count < 2:
        return None
    of_texts = [shingles(text) for text in texts]
    pairs = list(combinations(range(count), 2)) if count * (count - 1) // 2 <= MOST_PAIRS else _drawn(count, seed)
    return fmean(similarity(of_texts[one], of_texts[other]) for one, other in pairs)


def num_clusters(texts: Sequence[str]) -> int:
    """Groups of near-duplicates, each of two texts or more."""
    prints = Fingerprints()
    for text in texts:
        prints.add(text)
    if not texts:
        return 0
    group: dict[int, int] = {}
    for match in duplicates(prints, lambda: texts).found:  # each text with an earlier one, in the order of the texts
        group[match.second] = group.get(match.first, match.first)
    return len(set(group.values()))


def shared_words(first: str, second: str) -> float:
    """The Jaccard similarity of the words of two texts that carry meaning, from 0 to 1."""
    one, other = telling_words(first), telling_words(second)
    return len(one & other) / len(one | other) if one | other else 0.0


def telling_words(text: str) -> frozenset[str]:
    """The words that carry what a text is about; every character of Chinese or Japanese text is one."""
    return content_words(text) | {word for word in words(text) if not word.isascii()}


def _drawn(count: int, seed: int) -> list[tuple[int, int]]:
    """Pairs of two different numbers below `count`, with repeats."""
    rng = generator(seed, "pairs of prompts")
    first = rng.integers(0, count, MOST_PAIRS)
    second = (first + rng.integers(1, count, MOST_PAIRS)) % count
    return list(zip(first.tolist(), second.tolist(), strict=True))
