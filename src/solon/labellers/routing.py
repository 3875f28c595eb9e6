"""Which pairs a person should label, where money is short: those whose label is expected to mend most errors.

Source: Miranda et al. 2024, arXiv:2410.19133, who predict the gain of a person's label per instance and spend the
budget on the top. Ours: the gain is the expected fall of the error of a single label, from a calibration of the AI's
labels on pairs that people labelled too; theirs is a regression on the scores of reward models of many mixtures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from solon.errors import InputError
from solon.labellers.dawid_skene import Floats
from solon.labellers.labels import Labelled
from solon.seeds import generator

LEAST_SHARED = 10
"""Pairs that people and AI both labelled: fewer tell nothing of when the AI errs."""
LEAST_ACCURATE, MOST_ACCURATE = 0.55, 0.999
"""Of people: below the one their labels tell nothing, the other is that of people who are taken at their word."""
_LARGEST_ODDS = 6.0
"""Nats: beyond it a judge's certainty says no more."""
_NO_GAIN = 1e-12
_FEWEST_OF_CATEGORY = 5
"""Shared pairs of a category that has a rate of errors of its own."""


class Route(NamedTuple):
    """Which pairs go to people, and what is believed of each."""

    chosen: list[int]
    """Pairs for people, those of the largest gain first."""
    prob_first_N: Floats
    """How likely each pair's first response is better, by all labels that are there."""
    gain_N: Floats
    """By how much a person's label lowers the probability that the pair's label is wrong; 0 where people labelled."""
    error: float
    """Expected wrong labels of all pairs, as they are."""
    error_routed: float
    """With people's labels of the chosen pairs."""
    error_random: float
    """With as many labels of random pairs in their place, on average."""


def route(
    labelled: Labelled, people: Sequence[str], *, people_accuracy: float, num_for_people: int, seed: int
) -> Route:
    """Choose pairs for people by the expected gain of their label.

    Calibrated on the pairs that people and AI both labelled, a logistic regression gives the probability p that the AI
    is right, from its confidence, the distance of its two orders, the share of judges against the others, and the
    category. With people right with probability q, their label of a pair brings

        gain = min(p, 1 - p) - [min(p q, (1 - p)(1 - q)) + min(p (1 - q), (1 - p) q)],

    what the error of the likelier side falls by on average: 0 where no answer of theirs could turn the label. Pairs
    without gain are not chosen, even where money is left. Equal gains are drawn by `seed`.

    Args:
        people: the labellers who are people; all others are AI.
        people_accuracy: q, more than 0.5.
        num_for_people: the most pairs to choose.

    Raises:
        InputError: people and AI share fewer than LEAST_SHARED pairs.
    """
    odds_N, features_NF = _features(labelled, people)
    votes_N, asked_N = _votes_of_people(labelled, people, people_accuracy)
    right_N = _prob_right(labelled, people, people_accuracy, odds_N, features_NF)
    # A judge that does not decide leans to no side.
    prob_first_N = 1 / (1 + np.exp(-(np.sign(odds_N) * _logit(right_N) + votes_N)))
    error_N = np.minimum(prob_first_N, 1 - prob_first_N)
    gain_N = np.where(asked_N, 0.0, expected_gain(prob_first_N, people_accuracy))
    order = np.lexsort((generator(seed, "route").random(len(gain_N)), -gain_N))
    chosen = [int(item) for item in order[:num_for_people] if gain_N[item] > _NO_GAIN]
    error, waiting = float(error_N.sum()), int((~asked_N).sum())
    at_random = len(chosen) / waiting * float(gain_N.sum()) if waiting else 0.0
    return Route(chosen, prob_first_N, gain_N, error, error - float(gain_N[chosen].sum()), error - at_random)


def expected_gain(p_N: Floats, q: float) -> Floats:
    """See `route`."""
    told = np.minimum(p_N * q, (1 - p_N) * (1 - q)) + np.minimum(p_N * (1 - q), (1 - p_N) * q)
    gain: Floats = np.maximum(0.0, np.minimum(p_N, 1 - p_N) - told)
    return gain


def _features(labelled: Labelled, people: Sequence[str]) -> tuple[Floats, Floats]:
    """Mean log-odds of the judges that the first response is better, and what tells how far to believe them."""
    odds: list[list[float]] = [[] for _ in labelled.items]
    apart: list[list[float]] = [[] for _ in labelled.items]
    for label in labelled.labels:
        if label.labeller not in people:
            odds[label.item].append(float(np.clip(_logit(label.prob_first), -_LARGEST_ODDS, _LARGEST_ODDS)))
            if len(label.log_odds) == 2:
                distance = abs(label.log_odds[0] - label.log_odds[1]) / 2
                apart[label.item].append(min(distance, _LARGEST_ODDS))
    mean_N = np.array([sum(one) / len(one) if one else 0.0 for one in odds])
    against_N = [
        sum(value * mean < 0 for value in one) / len(one) if one else 0.0
        for one, mean in zip(odds, mean_N, strict=True)
    ]
    apart_N = [max(one, default=0.0) for one in apart]
    shared = _shared(labelled, people)
    common = Counter(labelled.categories[item] for item in shared)
    categories = sorted(name for name, count in common.items() if name and count >= _FEWEST_OF_CATEGORY)
    columns = [np.abs(mean_N), np.abs(mean_N) == 0, against_N, apart_N]
    columns += [[name == category for name in labelled.categories] for category in categories]
    return mean_N, np.array(columns, dtype=np.float64).T


def _shared(labelled: Labelled, people: Sequence[str]) -> list[int]:
    by_people = {label.item for label in labelled.labels if label.labeller in people}
    return sorted({label.item for label in labelled.labels if label.labeller not in people} & by_people)


def _votes_of_people(labelled: Labelled, people: Sequence[str], accuracy: float) -> tuple[Floats, NDArray[np.bool_]]:
    """Log-odds of people's labels that the first response is better (of a tie 0), and which pairs they labelled."""
    votes_N, asked_N = np.zeros(len(labelled.items)), np.zeros(len(labelled.items), dtype=np.bool_)
    for label in labelled.labels:
        if label.labeller in people:
            votes_N[label.item] += _logit(accuracy) * np.sign(label.prob_first - 0.5)
            asked_N[label.item] = True
    return votes_N, asked_N


def _prob_right(
    labelled: Labelled, people: Sequence[str], accuracy: float, odds_N: Floats, features_NF: Floats
) -> Floats:
    """How likely the side that the judges lean to is right, of every pair.

    The regression is of people's agreement with that side, one row for each of their labels (a tie agrees by half).
    With r the probability that the side is right they agree with it with r q + (1 - r)(1 - q), which gives r.
    """
    known = [one for one in labelled.labels if one.labeller in people and odds_N[one.item] != 0]
    items = np.array([one.item for one in known], dtype=np.int64)
    if (shared := len(set(items.tolist()))) < LEAST_SHARED:
        raise InputError(
            f"people labelled {shared} of the pairs that the AI decided, and {LEAST_SHARED} at least are needed to "
            "find out when it errs; let people label some dozens of them, drawn at random, first"
        )
    agree = np.array([0.5 + (one.prob_first - 0.5) * np.sign(odds_N[one.item]) for one in known])
    scale_F = features_NF[items].std(axis=0)
    scaled_NF = (features_NF - features_NF[items].mean(axis=0)) / np.where(scale_F > 0, scale_F, np.inf)
    # A pseudo-label of each kind on a pair of mean features: where all agree the AI is not sure to be right for ever.
    rows = np.concatenate([scaled_NF[items], np.zeros((1, scaled_NF.shape[1]))])
    weights = np.concatenate([agree, [1.0], 1 - agree, [1.0]])
    model = LogisticRegression(C=1.0, max_iter=1000)
    model.fit(np.concatenate([rows, rows]), np.repeat([1, 0], len(rows)), sample_weight=weights)
    agreed_N = model.predict_proba(scaled_NF)[:, 1]
    right_N: Floats = np.clip((agreed_N - (1 - accuracy)) / (2 * accuracy - 1), 1 - MOST_ACCURATE, MOST_ACCURATE)
    return right_N


def _logit(probability: float | Floats) -> Floats:
    clipped = np.clip(probability, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(clipped / (1 - clipped)), dtype=np.float64)
