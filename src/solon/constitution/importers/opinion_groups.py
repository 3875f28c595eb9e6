"""Groups of people who vote alike, as Polis finds them.

Source: Small et al. 2021, "Polis: Scaling Deliberation by Mapping High Dimensional Opinion Spaces": principal
components of the vote matrix, missing votes as their statement's mean, projections scaled up for who voted little,
k-means with the number of groups chosen by silhouette. Polis clusters up to 100 small groups first; ours clusters
participants, several times from different seeds.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from solon.seeds import derive

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MOST_GROUPS = 5
"""Polis looks for 2 to 5 groups."""
_STARTS = 10


class OpinionGroups(NamedTuple):
    """Who belongs to which group."""

    labels: Ints
    """One per participant, from 0; group 0 is the largest."""
    silhouette: float
    """Mean over participants, -1 to 1; how well the groups are apart."""


def opinion_groups(votes: Floats, *, seed: int) -> OpinionGroups:
    """Group participants by their votes.

    Args:
        votes: participants x statements; 1 agree, 0 pass, -1 disagree, nan not seen. Every row and column has a vote.
    """
    from sklearn.cluster import KMeans  # slow to import, and needed for votes alone
    from sklearn.metrics import silhouette_score

    points = projected(votes)
    best = OpinionGroups(np.zeros(len(points), dtype=np.int64), -1.0)
    for count in range(2, min(MOST_GROUPS, len(np.unique(points, axis=0)) - 1) + 1):
        random = derive(seed, "opinion groups", count) % 2**32
        labels = KMeans(count, n_init=_STARTS, random_state=random).fit_predict(points)
        if (quality := float(silhouette_score(points, labels))) > best.silhouette:
            best = OpinionGroups(labels.astype(np.int64), quality)
    sizes = np.bincount(best.labels)
    order = np.argsort(-sizes, kind="stable")
    return OpinionGroups(np.argsort(order, kind="stable")[best.labels].astype(np.int64), best.silhouette)


def projected(votes: Floats) -> Floats:
    """Participants on the first two principal components, scaled by sqrt(statements / own votes)."""
    seen = ~np.isnan(votes)
    means = np.nanmean(votes, axis=0)
    centred = np.where(seen, votes - means, 0.0)  # a missing vote is its statement's mean
    _, _, components = np.linalg.svd(centred, full_matrices=False)
    axes = components[:2]
    # The sign of a component is arbitrary; fixed, so that the same votes give the same picture everywhere.
    axes = axes * np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])[:, None]
    scaled: Floats = centred @ axes.T * np.sqrt(votes.shape[1] / seen.sum(axis=1))[:, None]
    return scaled
