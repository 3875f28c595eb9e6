"""How far labellers agree beyond chance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.metrics import cohen_kappa_score

from solon.labellers.labels import Label


def krippendorff_alpha(labels: Sequence[Label]) -> float | None:
    """1 - observed / expected disagreement of all labels on pairs with at least two; None where there are none.

        observed = sum over pairs of sum_k n_k (m - n_k) / (m - 1),    expected = sum_k n_k (n - n_k) / (n - 1)

    with m labels of a pair, n labels in all, and n_k of them in class k. 1 is full agreement, 0 chance; where all say
    the same one thing there is nothing to agree on, and it is None.

    Source: Krippendorff 2004, "Content Analysis", nominal data.
    """
    of_item: dict[int, list[int]] = {}
    for label in labels:
        of_item.setdefault(label.item, []).append(label.said)
    counts_NK = np.array([np.bincount(said, minlength=3) for said in of_item.values() if len(said) > 1], dtype=float)
    if not len(counts_NK):
        return None
    m_N1 = counts_NK.sum(axis=1, keepdims=True)
    observed = float((counts_NK * (m_N1 - counts_NK) / (m_N1 - 1)).sum())
    n_K, n = counts_NK.sum(axis=0), counts_NK.sum()
    expected = float((n_K * (n - n_K)).sum() / (n - 1))
    return 1 - observed / expected if expected else None


def kappa(labels: Sequence[Label], one: str, other: str) -> tuple[float | None, int]:
    """Cohen's kappa of two labellers and the number of pairs that both labelled; None where it is not defined."""
    said_by = {name: {label.item: label.said for label in labels if label.labeller == name} for name in (one, other)}
    shared = sorted(said_by[one].keys() & said_by[other].keys())
    first, second = ([said_by[name][item] for item in shared] for name in (one, other))
    if len({*first, *second}) < 2:
        return None, len(shared)
    return float(cohen_kappa_score(first, second)), len(shared)
