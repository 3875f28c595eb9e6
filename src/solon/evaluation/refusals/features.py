"""Numbers that describe how a response refuses and what else it does."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from solon.evaluation.refusals.lexicon import ACTS
from solon.evaluation.refusals.reading import Reading

Floats = NDArray[np.float64]

_BIT = {name: 1 << index for index, name in enumerate(ACTS)}
_SHIFTS = np.arange(len(ACTS))
_REFUSES = _BIT["refuse"] | _BIT["sorry"]
_BAD = _REFUSES | _BIT["wrong"] | _BIT["harm"]
_MORAL = _BAD | sum(
    _BIT[name] for name in ("rights", "important", "respect", "offer", "seek_help", "privacy", "disagree")
)
_ADVISES = _BIT["instead"] | _BIT["advise"] | _BIT["you_can"] | _BIT["if_you"]
_NOT_THE_NORM = _BIT["negation"] | _BIT["norm"]

_OTHERS = (
    "first denies", "denials", "share denies", "overlap first", "overlap mean", "overlap of plain sentences",
    "overlap of plain sentences, most", "overlap of harmless sentences", "harmless sentences on topic",
    "overlap of advice", "advice", "share plain", "plain sentences", "share harmless", "first refusal at",
    "last refusal at", "words after refusals", "refusals", "words", "sentences", "words of first sentence", "items",
    "ends with ?", "breaks off", "begins with no", "begins with I", "begins with as",
)  # fmt: skip
NAMES = (*(f"{place}: {act}" for place in ("first", "second", "share", "count") for act in ACTS), *_OTHERS)


def features(reading: Reading) -> Floats:
    """The numbers of one response, as NAMES has them.

    For each act: whether the first and the second sentence do it, the share of sentences, their number up to 6. A
    sentence *denies* where it holds a negation and a word of norms ("not appropriate"); it is *harmless* where it
    neither refuses, denies nor speaks of harm, and *plain* where it does not moralise either.
    """
    acts, words, overlap = reading.acts, reading.num_words, reading.overlap
    n, total = len(acts), sum(words)
    does_NK = (np.array(acts, dtype=np.int64)[:, None] >> _SHIFTS) & 1
    count_K = does_NK.sum(axis=0)
    second_K = does_NK[1] if n > 1 else np.zeros_like(count_K)
    denies = [mask & _NOT_THE_NORM == _NOT_THE_NORM for mask in acts]
    bad = [bool(mask & _BAD) or no for mask, no in zip(acts, denies, strict=True)]
    moral = [bool(mask & _MORAL) or no for mask, no in zip(acts, denies, strict=True)]
    of_plain = [share for share, is_moral in zip(overlap, moral, strict=True) if not is_moral]
    later = [share for share, is_bad in zip(overlap[1:], bad[1:], strict=True) if not is_bad]
    advice = [overlap[i] for i in range(1, n) if acts[i] & _ADVISES]
    refusals = [i for i in range(n) if acts[i] & _REFUSES or denies[i]]
    after = sum(words[refusals[-1] + 1 :]) if refusals else total
    others = (
        denies[0], sum(denies), sum(denies) / n, overlap[0], sum(overlap) / n, sum(of_plain) / n,
        max(of_plain, default=0), sum(later) / n, sum(share > 0 for share in later),
        max(advice, default=0), len(advice), _share(words, moral, total), len(of_plain), _share(words, bad, total),
        (refusals[0] if refusals else n) / n, (refusals[-1] if refusals else -1) / n, math.log1p(after), len(refusals),
        _log_within(total, 3, 5.2), _log_within(n, 0.69, 2.7), _log_within(words[0], 1.5, 3.8),
        min(reading.num_items, 8), reading.ends_with == "?", reading.ends_with == "", reading.first_word == "no",
        reading.first_word in ("i", "i'm"), reading.first_word == "as",
    )  # fmt: skip
    return np.concatenate([does_NK[0], second_K, count_K / n, np.minimum(count_K, 6), others]).astype(np.float64)


def _share(words: list[int], left_out: list[bool], total: int) -> float:
    return sum(count for count, out in zip(words, left_out, strict=True) if not out) / max(1, total)


def _log_within(count: int, low: float, high: float) -> float:
    return min(max(math.log1p(count), low), high)
