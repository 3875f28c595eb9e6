"""How far labellers agree beyond chance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.metrics import cohen_kappa_score

from solon.labellers.labels import Label


def krippendorff_alpha(labels: Sequence[Label], *, ordinal: bool = False) -> float | None:
    """1 - observed / expected disagreement of all labels on pairs with at least two; None where there are none.

        observed = sum over pairs of sum_k,l n_k n_l d_kl / (m - 1),    expected = sum_k,l n_k n_l d_kl / (n - 1)

    with m labels of a pair, n labels in all, and n_k of them in class k (of a pair on the left, of all on the right).
    d_kl is 1 for two classes; where they are `ordinal` (a tie stands between the two sides) the square of how many
    labels stand between the two, those of k and l counted by half. 1 is full agreement, 0 chance; where all say the
    same one thing there is nothing to agree on, and it is None.

    Source: Krippendorff 2004, "Content Analysis", nominal and ordinal data.
    """
    of_item: dict[int, list[int]] = {}
    for label in labels:
        of_item.setdefault(label.item, []).append(label.said)
    several = [said for said in of_item.values() if len(said) > 1]
    if not several:
        return None
    num_classes = max(3, *(1 + max(said) for said in several))
    counts_NK = np.array([np.bincount(said, minlength=num_classes) for said in several], dtype=float)
    n_K, n = counts_NK.sum(axis=0), counts_NK.sum()
    apart_KK = 1 - np.eye(num_classes)
    if ordinal:
        middle_K = np.cumsum(n_K) - n_K / 2
        apart_KK = (middle_K[:, None] - middle_K[None, :]) ** 2
    m_N1 = counts_NK.sum(axis=1, keepdims=True)
    observed = float((counts_NK * (counts_NK @ apart_KK) / (m_N1 - 1)).sum())
    expected = float((n_K * (n_K @ apart_KK)).sum() / (n - 1))
    return 1 - observed / expected if expected else None


def kappa(labels: Sequence[Label], one: str, other: str) -> tuple[float | None, int]:
    """Cohen's kappa of two labellers and the number of pairs that both labelled; None where it is not defined."""
    said_by = {name: {label.item: label.said for label in labels if label.labeller == name} for name in (one, other)}
    shared = sorted(said_by[one].keys() & said_by[other].keys())
    first, second = ([said_by[name][item] for item in shared] for name in (one, other))
    if len({*first, *second}) < 2:
        return None, len(shared)
    return float(cohen_kappa_score(first, second)), len(shared)
