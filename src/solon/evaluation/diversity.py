"""How varied texts are: among answers to one prompt, or among all of a policy.

Words are split at spaces. Both measures depend on how many texts there are: compare sets of one size.
"""

from __future__ import annotations

from collections.abc import Sequence

from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu

BLEU_ORDER = 4


def distinct_n(texts: Sequence[str], n: int) -> float:
    """The share of different n-grams among all n-grams of the texts; 0 where there are none.

    Source: Li et al. 2016, arXiv:1510.03055, section 5.
    """
    grams = [gram for text in texts for gram in _grams(text.split(), n)]
    return len(set(grams)) / len(grams) if grams else 0.0


def self_bleu(texts: Sequence[str]) -> float:
    """The mean BLEU (up to 4-grams, smoothed) of each text against all others: 1 where all are alike.

    Source: Zhu et al. 2018 (Texygen), arXiv:1802.01886, section 3; smoothing is ours, for texts of a few words.

    Raises:
        ValueError: fewer than two texts have nothing to be like.
    """
    if len(texts) < 2:
        raise ValueError(f"self-BLEU of {len(texts)} texts: give at least two")
    words = [text.split() for text in texts]
    smoothing = SmoothingFunction().method1
    weights = (1 / BLEU_ORDER,) * BLEU_ORDER
    scores = [
        float(sentence_bleu(words[:i] + words[i + 1 :], one, weights=weights, smoothing_function=smoothing))
        for i, one in enumerate(words)
    ]
    return sum(scores) / len(scores)


def _grams(words: Sequence[str], n: int) -> list[tuple[str, ...]]:
    return [tuple(words[i : i + n]) for i in range(len(words) - n + 1)]
