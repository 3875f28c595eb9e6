"""How often each labeller errs, and in which way, from nothing but what several said of the same pairs.

Source: Dawid and Skene 1979, "Maximum likelihood estimation of observer error-rates using the EM algorithm".
Ours: pseudo-counts, so that few labels do not make a labeller perfect or absurd; errors counted by the place in which
a labeller saw the responses, so that a taste for one place shows; a prior that treats both responses of a pair alike.

Shapes: M labels, N pairs, L labellers, K classes (first, second; or first, tie, second).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

RIGHT, WRONG = 2.0, 1.0
"""Pseudo-labels of each labeller and truth: so many right ones, and so many errors shared by the other classes."""
CLASS = 1.0
"""Pseudo-pairs of each class."""
_SLIP = 1e-3
"""Of a labeller that is taken at their word: what keeps a contradiction between two such possible."""
_MOST_STEPS, _TOLERANCE = 2000, 1e-9


class Votes(NamedTuple):
    """Labels as numbers. `said_M` is a class of the pair as it stands, not as it was shown."""

    item_M: Ints
    labeller_M: Ints
    said_M: Ints
    swapped_M: NDArray[np.bool_]
    """Whether the labeller saw the pair's second response first."""
    num_items: int
    num_labellers: int
    num_classes: int


class Errors(NamedTuple):
    """What was found."""

    prior_K: Floats
    """How often each class is true."""
    confusion_LKK: Floats
    """confusion[l, t, s]: how often labeller l says s where t is true; first and second are the places shown."""
    posterior_NK: Floats
    """How likely each class is, of each pair as it stands."""
    objectives: list[float]
    """The logarithm of likelihood times prior before each step; it never falls."""


def fit_errors(votes: Votes, *, trusted: Collection[int] = ()) -> Errors:
    """EM to the most likely error rates.

        posterior[i, t] ~ prior[t] prod over labels of i of confusion[l, t, s]
        confusion[l, t, s] ~ pseudo[t, s] + sum over labels of l with s of posterior[i, t]

    Args:
        trusted: labellers that are taken at their word.
    """
    classes = votes.num_classes
    pseudo_KK = np.full((classes, classes), WRONG / (classes - 1))
    np.fill_diagonal(pseudo_KK, RIGHT)
    posterior_NK = np.full((votes.num_items, classes), 0.1)
    np.add.at(posterior_NK, (votes.item_M, votes.said_M), 1.0)
    posterior_NK /= posterior_NK.sum(axis=1, keepdims=True)
    objectives: list[float] = []
    while True:
        prior_K, confusion_LKK = _rates(votes, posterior_NK, pseudo_KK, trusted)
        joint_NK = log_joint(votes, prior_K, confusion_LKK)
        total_N = np.logaddexp.reduce(joint_NK, axis=1)
        posterior_NK = np.exp(joint_NK - total_N[:, None])
        free = [labeller for labeller in range(votes.num_labellers) if labeller not in trusted]
        objective = total_N.sum() + CLASS * np.log(prior_K).sum()
        objectives.append(float(objective + (pseudo_KK * np.log(confusion_LKK[free])).sum()))
        settled = len(objectives) > 1 and objectives[-1] - objectives[-2] <= _TOLERANCE * abs(objectives[-1])
        if settled or len(objectives) == _MOST_STEPS:
            return Errors(prior_K, confusion_LKK, posterior_NK, objectives)


def log_joint(votes: Votes, prior_K: Floats, confusion_LKK: Floats) -> Floats:
    """log p(class and all labels of the pair), (N, K)."""
    log_KKL = np.log(confusion_LKK).transpose(1, 2, 0)
    shown_M, last = _shown(votes), votes.num_classes - 1
    joint_NK = np.tile(np.log(prior_K), (votes.num_items, 1))
    for truth in range(votes.num_classes):
        truth_M = np.where(votes.swapped_M, last - truth, truth)
        np.add.at(joint_NK[:, truth], votes.item_M, log_KKL[truth_M, shown_M, votes.labeller_M])
    return joint_NK


def _rates(votes: Votes, posterior_NK: Floats, pseudo_KK: Floats, trusted: Collection[int]) -> tuple[Floats, Floats]:
    """The most likely prior and confusions, given how likely each class of each pair is."""
    share_K = posterior_NK.sum(axis=0) + CLASS
    prior_K = (share_K + share_K[::-1]) / (2 * share_K.sum())  # which response stands first says nothing
    confusion_LKK = np.tile(pseudo_KK, (votes.num_labellers, 1, 1))
    shown_M, last = _shown(votes), votes.num_classes - 1
    for truth in range(votes.num_classes):
        truth_M = np.where(votes.swapped_M, last - truth, truth)
        np.add.at(confusion_LKK, (votes.labeller_M, truth_M, shown_M), posterior_NK[votes.item_M, truth])
    for labeller in trusted:
        confusion_LKK[labeller] = _SLIP / last
        np.fill_diagonal(confusion_LKK[labeller], 1 - _SLIP)
    return prior_K, confusion_LKK / confusion_LKK.sum(axis=2, keepdims=True)


def _shown(votes: Votes) -> Ints:
    """What was said by the places in which the responses were shown."""
    return np.where(votes.swapped_M, votes.num_classes - 1 - votes.said_M, votes.said_M)
