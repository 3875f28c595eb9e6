"""The fitted classifier: a linear part and small trees, read from JSON, computed with numpy alone.

    linear = softmax(b + W_f clip((f - mean) / scale, -3, 3) + W_t t)
    trees  = softmax(b' + sum over trees of leaf(f, log linear))
    prob   = (linear + trees) * weight, made to sum to 1

with the features f of `features.py` and the weighed terms t of `terms.py`. `weight` raises the rare partial refusals.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
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


class Linear(NamedTuple):
    """Multinomial logistic regression. C classes, F features, V terms."""

    mean_F: Floats
    scale_F: Floats
    bias_C: Floats
    features_FC: Floats
    terms: tuple[Terms, ...]
    terms_VC: tuple[Floats, ...]


class Trees(NamedTuple):
    """K trees of depth 2, each for one class: a question, then one of two questions, then one of four leaves."""

    bias_C: Floats
    class_K: Ints
    asked_K3: Ints
    """Which number each question is about: the features in order, then the log-probabilities of the linear part."""
    at_most_K3: Floats
    leaf_K4: Floats


class Classifier(NamedTuple):
    """What `load` gives."""

    linear: Linear
    trees: Trees
    weight_C: Floats
    card: Mapping[str, Any]

    @classmethod
    def load(cls, path: Path = FILE) -> Self:
        """The shipped classifier, or another one of the same form."""
        return cls.from_document(json.loads(path.read_text(encoding="utf-8")))

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """As `fit.to_document` writes it. ValueError where its features are not those of this code."""
        linear, trees = document["linear"], document["trees"]
        if list(linear["features"]) != list(NAMES):
            raise ValueError("the classifier was fitted with other features: fit it again")
        table = np.array(list(linear["features"].values()), dtype=np.float64)
        terms, weights = [], []
        for part in linear["terms"]:
            rows = np.array(list(part["weights"].values()), dtype=np.float64)
            index = {term: place for place, term in enumerate(part["weights"])}
            terms.append(Terms(part["num_tokens"], part["longest"], index, rows[:, 0]))
            weights.append(rows[:, 1:])
        nodes = np.array(trees["nodes"], dtype=np.float64)
        return cls(
            Linear(table[:, 0], table[:, 1], np.array(linear["bias"]), table[:, 2:], tuple(terms), tuple(weights)),
            Trees(
                np.array(trees["bias"]), nodes[:, 0].astype(np.int64), nodes[:, 1:4].astype(np.int64), nodes[:, 4:7],
                nodes[:, 7:],
            ),
            np.array(document["weight"]),
            document["card"],
        )  # fmt: skip

    def probs(self, readings: Sequence[Reading]) -> Floats:
        """(N, C): of each response the probabilities of LABELS."""
        if not readings:
            return np.zeros((0, len(LABELS)))
        numbers_NF = np.array([features(reading) for reading in readings])
        linear_NC = linear_probs(self.linear, numbers_NF, readings)
        seen_NF = np.hstack([numbers_NF, floored_log(linear_NC)])
        weighted_NC = (linear_NC + softmax(tree_scores(self.trees, seen_NF))) * self.weight_C
        return np.asarray(weighted_NC / weighted_NC.sum(axis=1, keepdims=True))


def linear_probs(part: Linear, numbers_NF: Floats, readings: Sequence[Reading]) -> Floats:
    """(N, C): what the linear part says."""
    scores_NC = part.bias_C + standardised(numbers_NF, part.mean_F, part.scale_F) @ part.features_FC
    for terms, weights_VC in zip(part.terms, part.terms_VC, strict=True):
        for row, reading in enumerate(readings):
            places, weights = terms.weigh(reading.tokens)
            scores_NC[row] += weights @ weights_VC[places]
    return softmax(scores_NC)


def tree_scores(trees: Trees, seen_NF: Floats) -> Floats:
    """(N, C): the sums of the leaves."""
    scores_NC = np.tile(trees.bias_C, (len(seen_NF), 1))
    rows = np.arange(len(trees.class_K))
    of_class = np.eye(len(trees.bias_C))[trees.class_K]
    for row, seen_F in enumerate(seen_NF):
        answers_K3 = seen_F[trees.asked_K3] > trees.at_most_K3
        right_K = answers_K3[:, 0].astype(np.int64)
        leaf_K = 2 * right_K + answers_K3[rows, 1 + right_K]
        scores_NC[row] += trees.leaf_K4[rows, leaf_K] @ of_class
    return scores_NC


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
