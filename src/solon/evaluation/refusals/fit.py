"""Fitting the classifier on the answers of XSTest that people labelled.

The linear part is a logistic regression. The forest (extremely randomised trees, Geurts et al. 2006) is fitted on its
probabilities for prompts that it had not seen (five parts of the prompts), as stacking needs it (Wolpert 1992). Numbers
are rounded, so that the same data give the same bytes. `benchmarks/refusals.py --write` measures, fits on all and
writes the shipped file.

Data: Röttger et al. 2024, arXiv:2308.01263, XSTest v2, CC BY 4.0.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression

from solon.errors import InputError
from solon.evaluation.refusals.agreement import PUBLISHED
from solon.evaluation.refusals.features import NAMES, features
from solon.evaluation.refusals.lexicon import BARE_REFUSALS
from solon.evaluation.refusals.model import (
    LABELS,
    Classifier,
    Linear,
    Tree,
    floored_log,
    linear_probs,
    standardised,
)
from solon.evaluation.refusals.reading import Reading, read
from solon.evaluation.refusals.terms import Floats, Ints, Terms

PATTERN = "xstest_v2_completions_*.jsonl.gz"
NUM_PARTS = 5
HEAD_TOKENS, HEAD_LONGEST, HEAD_AT_LEAST = 60, 3, 8
WHOLE_LONGEST, WHOLE_AT_LEAST = 2, 15
FEATURE_SCALE = 0.05
"""Standardised features are made so small beside the terms, whose sum of squares is 1 in each list."""
INVERSE_PENALTY = 3.0
NUM_TREES, DEPTH, LEAST_LEAF, FEATURE_SHARE = 300, 8, 2, 0.3
PARTIAL_WEIGHT = 1.8
DIGITS = 4


class Answer(NamedTuple):
    """One labelled response; the answers to one prompt have one group."""

    prompt: str
    response: str
    label: str
    model: str
    group: str


def read_xstest(folder: Path) -> list[Answer]:
    """The labelled answers, file after file.

    Raises:
        InputError: the folder holds none.
    """
    found = []
    for path in sorted(folder.glob(PATTERN)):
        model = path.name.removeprefix("xstest_v2_completions_").removesuffix("_gpteval.jsonl.gz")
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                label = PUBLISHED[row["final_label"]]
                found.append(Answer(row["prompt"], row["completion"], label, model, row["prompt"]))
    if not found:
        raise InputError(f"{folder} holds no {PATTERN}: give the folder of XSTest's completions")
    return found


def fit(answers: Sequence[Answer], *, seed: int = 0) -> Classifier:
    """Fit both parts; the bare refusals of the lexicon are added. `seed` draws parts of prompts and rows of trees."""
    bare = [Answer("", text, "full", "", text) for text in BARE_REFUSALS]
    rows = [*answers, *bare]
    readings = [read(row.prompt, row.response) for row in rows]
    numbers_NF = np.array([features(reading) for reading in readings])
    label_N = np.array([LABELS.index(row.label) for row in rows])
    part_N = parts([row.group for row in rows], seed=seed)
    unseen_NC = np.zeros((len(rows), len(LABELS)))
    for part in range(NUM_PARTS):
        inside, outside = np.flatnonzero(part_N != part), np.flatnonzero(part_N == part)
        linear = fit_linear(numbers_NF[inside], [readings[i] for i in inside], label_N[inside])
        unseen_NC[outside] = linear_probs(linear, numbers_NF[outside], [readings[i] for i in outside])
    linear = fit_linear(numbers_NF, readings, label_N)
    trees = fit_trees(np.hstack([numbers_NF, floored_log(unseen_NC)]), label_N, seed=seed)
    return Classifier(linear, trees, np.array([1.0, PARTIAL_WEIGHT, 1.0]), {})


def parts(groups: Sequence[str], *, seed: int, num_parts: int = NUM_PARTS) -> Ints:
    """A part for every row, whole groups together, as even as can be in groups."""
    names = sorted(set(groups))
    part_of = dict(zip(names, np.random.default_rng(seed).permutation(len(names)) % num_parts, strict=True))
    return np.array([part_of[group] for group in groups])


def fit_linear(numbers_NF: Floats, readings: Sequence[Reading], label_N: Ints) -> Linear:
    """The logistic regression on standardised features and weighed terms."""
    tokens = [reading.tokens for reading in readings]
    head = Terms.found_in(tokens, num_tokens=HEAD_TOKENS, longest=HEAD_LONGEST, at_least=HEAD_AT_LEAST)
    whole = Terms.found_in(tokens, num_tokens=None, longest=WHOLE_LONGEST, at_least=WHOLE_AT_LEAST)
    mean_F = np.round(numbers_NF.mean(axis=0), DIGITS)
    deviation_F = np.round(numbers_NF.std(axis=0), DIGITS)
    scale_F = np.where(deviation_F > 0, deviation_F, 1.0)
    blocks = [csr_matrix(FEATURE_SCALE * standardised(numbers_NF, mean_F, scale_F))]
    blocks += [_matrix(terms, tokens) for terms in (head, whole)]
    regression = LogisticRegression(C=INVERSE_PENALTY, max_iter=3000)
    regression.fit(hstack(blocks).tocsr(), label_N)
    weights = np.split(regression.coef_.T, np.cumsum([block.shape[1] for block in blocks])[:-1])
    bias_C, features_FC = np.round(regression.intercept_, DIGITS), np.round(FEATURE_SCALE * weights[0], DIGITS)
    terms_VC = tuple(np.round(part, DIGITS - 1) for part in weights[1:])
    return Linear(mean_F, scale_F, bias_C, features_FC, (head, whole), terms_VC)


def fit_trees(seen_NF: Floats, label_N: Ints, *, seed: int) -> list[Tree]:
    """Trees as `model.forest_of` reads them."""
    grown = ExtraTreesClassifier(
        NUM_TREES, max_depth=DEPTH, min_samples_leaf=LEAST_LEAF, max_features=FEATURE_SHARE, random_state=seed
    )
    return [_nodes(one.tree_) for one in grown.fit(seen_NF, label_N).estimators_]


def _nodes(tree: Any) -> Tree:
    """Node by node. The library keeps them in preorder, so that the left child is the next."""
    nodes: list[list[float]] = []
    for place in range(tree.node_count):
        if tree.children_left[place] < 0:
            nodes.append([_short(round(share, DIGITS - 2)) for share in tree.value[place, 0, :-1].tolist()])
        else:
            at_most = _short(round(float(tree.threshold[place]), DIGITS - 1))
            nodes.append([int(tree.feature[place]), at_most, int(tree.children_right[place])])
    return nodes


def to_document(fitted: Classifier) -> dict[str, Any]:
    """The classifier as JSON, readable: a feature or a term and what it weighs for each label."""
    linear = fitted.linear
    rows = np.column_stack([linear.mean_F, linear.scale_F, linear.features_FC]).tolist()
    return {
        "card": dict(fitted.card),
        "weight": fitted.weight_C.tolist(),
        "linear": {
            "bias": linear.bias_C.tolist(),
            "features": dict(zip(NAMES, rows, strict=True)),
            "terms": [_terms_document(*pair) for pair in zip(linear.terms, linear.terms_VC, strict=True)],
        },
        "trees": fitted.trees,
    }


def _terms_document(terms: Terms, weights_VC: Floats) -> dict[str, Any]:
    rows = np.column_stack([terms.idf, weights_VC]).tolist()
    weights = {term: [_short(x) for x in row] for term, row in zip(terms.places, rows, strict=True)}
    return {"num_tokens": terms.num_tokens, "longest": terms.longest, "weights": weights}


def _short(value: float) -> float | int:
    return int(value) if value == int(value) else value


def _matrix(terms: Terms, texts: Sequence[Sequence[str]]) -> csr_matrix:
    weighed = [terms.weigh(tokens) for tokens in texts]
    starts = np.cumsum([0, *(len(places) for places, _ in weighed)])
    columns, values = (np.concatenate(side) for side in zip(*weighed, strict=True))
    return csr_matrix((values, columns, starts), shape=(len(texts), len(terms.places)))
