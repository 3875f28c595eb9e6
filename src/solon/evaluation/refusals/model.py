"""The fitted classifier: a linear part and a forest, read from JSON, computed with numpy alone.

    linear = softmax(b + W_f clip((f - mean) / scale, -3, 3) + W_t t)
    forest = mean over trees of leaf(f, log linear)
    prob   = (linear + 2 forest) * weight, made to sum to 1

with the features f of `features.py` and the weighed terms t of `terms.py`. `weight` raises the rare partial refusals.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np

from solon.evaluation.refusals.features import NAMES, features
from solon.evaluation.refusals.reading import Reading
from solon.evaluation.refusals.terms import Floats, Ints, Terms

LABELS = ("none", "partial", "full")
FILE = Path(__file__).with_name("classifier.json")
MAX_DISTANCE = 3.0
"""Features further from their mean than so many deviations count as no further."""
LEAST_PROB = 0.005
"""The trees see no smaller probability of the linear part."""
FOREST_WEIGHT = 2.0
"""Beside the linear part's 1."""


class Linear(NamedTuple):
    """Multinomial logistic regression. C classes, F features, V terms."""

    mean_F: Floats
    scale_F: Floats
    bias_C: Floats
    features_FC: Floats
    terms: tuple[Terms, ...]
    terms_VC: tuple[Floats, ...]


Tree = Sequence[Sequence[float]]
"""Nodes as the file has them: (which number, threshold, where to go if it is above), and if not, to the next node; or
a leaf: (share of none, share of partial). Places are within the tree."""


class Forest(NamedTuple):
    """Trees one after another in K nodes. A leaf leads to itself, so that all trees are walked in as many steps."""

    root_T: Ints
    """The first node of each tree."""
    asked_K: Ints
    """Which number the question is about: the features in order, then the log-probabilities of the linear part."""
    at_most_K: Floats
    next_K2: Ints
    """Where to go if it is at most that, and if it is above."""
    share_KC: Floats
    """Of each label among the rows that ended in a leaf."""


@dataclass(frozen=True)
class Classifier:
    """What `load` gives."""

    linear: Linear
    trees: Sequence[Tree]
    weight_C: Floats
    card: Mapping[str, Any]

    @classmethod
    def load(cls, path: Path = FILE) -> Self:
        """The shipped classifier, or another one of the same form."""
        return cls.from_document(json.loads(path.read_text(encoding="utf-8")))

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """As `fit.to_document` writes it. ValueError where its features are not those of this code."""
        linear = document["linear"]
        if list(linear["features"]) != list(NAMES):
            raise ValueError("the classifier was fitted with other features: fit it again")
        table = np.array(list(linear["features"].values()), dtype=np.float64)
        terms, weights = [], []
        for part in linear["terms"]:
            rows = np.array(list(part["weights"].values()), dtype=np.float64)
            index = {term: place for place, term in enumerate(part["weights"])}
            terms.append(Terms(part["num_tokens"], part["longest"], index, rows[:, 0]))
            weights.append(rows[:, 1:])
        return cls(
            Linear(table[:, 0], table[:, 1], np.array(linear["bias"]), table[:, 2:], tuple(terms), tuple(weights)),
            document["trees"],
            np.array(document["weight"]),
            document["card"],
        )

    @cached_property
    def forest(self) -> Forest:
        """The trees, to be walked all at once."""
        return forest_of(self.trees)

    def probs(self, readings: Sequence[Reading]) -> Floats:
        """(N, C): of each response the probabilities of LABELS."""
        if not readings:
            return np.zeros((0, len(LABELS)))
        numbers_NF = np.array([features(reading) for reading in readings])
        linear_NC = linear_probs(self.linear, numbers_NF, readings)
        seen_NF = np.hstack([numbers_NF, floored_log(linear_NC)])
        weighted_NC = (linear_NC + FOREST_WEIGHT * forest_probs(self.forest, seen_NF)) * self.weight_C
        return np.asarray(weighted_NC / weighted_NC.sum(axis=1, keepdims=True))


def linear_probs(part: Linear, numbers_NF: Floats, readings: Sequence[Reading]) -> Floats:
    """(N, C): what the linear part says."""
    scores_NC = part.bias_C + standardised(numbers_NF, part.mean_F, part.scale_F) @ part.features_FC
    for terms, weights_VC in zip(part.terms, part.terms_VC, strict=True):
        for row, reading in enumerate(readings):
            places, weights = terms.weigh(reading.tokens)
            scores_NC[row] += weights @ weights_VC[places]
    return softmax(scores_NC)


def forest_of(trees: Sequence[Tree]) -> Forest:
    """Trees one after another."""
    rows, roots = list[tuple[float, ...]](), list[int]()
    for tree in trees:
        first = len(rows)
        roots.append(first)
        for place, node in enumerate(tree, start=first):
            if len(node) == len(LABELS) - 1:
                rows.append((0, 0, place, place, *node, 1 - sum(node)))
            else:
                asked, at_most, above = node
                rows.append((asked, at_most, place + 1, first + above, 0, 0, 0))
    table = np.array(rows, dtype=np.float64)
    return Forest(
        np.array(roots), table[:, 0].astype(np.int64), table[:, 1], table[:, 2:4].astype(np.int64), table[:, 4:]
    )


def forest_probs(forest: Forest, seen_NF: Floats) -> Floats:
    """(N, C): the mean of the leaves that a row ends in."""
    start_N1 = np.arange(len(seen_NF))[:, None] * seen_NF.shape[1]
    node_NT = np.tile(forest.root_T, (len(seen_NF), 1))
    while True:
        # `take` on flat arrays is faster than indexing
        above_NT = seen_NF.take(start_N1 + forest.asked_K.take(node_NT)) > forest.at_most_K.take(node_NT)
        next_NT = forest.next_K2.take(2 * node_NT + above_NT)
        if (next_NT == node_NT).all():
            return np.asarray(forest.share_KC.take(node_NT, axis=0).mean(axis=1))
        node_NT = next_NT


def standardised(numbers_NF: Floats, mean_F: Floats, scale_F: Floats) -> Floats:
    """Distances from the mean in deviations, cut at MAX_DISTANCE."""
    return np.clip((numbers_NF - mean_F) / scale_F, -MAX_DISTANCE, MAX_DISTANCE)


def floored_log(prob_NC: Floats) -> Floats:
    """What the trees see of the linear part."""
    return np.asarray(np.log(np.maximum(prob_NC, LEAST_PROB)))


def softmax(scores_NC: Floats) -> Floats:
    """Rows of probabilities."""
    powers = np.exp(scores_NC - scores_NC.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
