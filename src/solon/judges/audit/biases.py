"""Does a judge like a property of responses (length, a list, its own hand) more than people do?

    bias = P(judge picks the response that has it | people picked the other)
           - P(judge picks the other | people picked the one that has it)

Both are shares of errors, so a judge that errs alike in both directions has 0, whatever its accuracy and whatever
people like; one that always picks what has it has 1. Ties count as picking neither.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

import numpy as np

from solon.evaluation.intervals import Floats, cluster_bootstrap
from solon.evaluation.logistic import fit_logistic
from solon.judges.audit.report import INSTRUMENT
from solon.records import Metric
from solon.seeds import generator

Side = Literal["a", "b"]
Statistic = Callable[[Floats], Floats]

_LIST = re.compile(r"^ {0,3}(?:[-*+•]|\d{1,2}[.)]) +\S.*\n(?:.*\n){0,3}? {0,3}(?:[-*+•]|\d{1,2}[.)]) +\S", re.MULTILINE)
PRIOR_SD = 3.0
"""Of the length coefficient: wide, and keeps it finite where length decides every verdict."""


class Picked(NamedTuple):
    """One pair that people decided and the judge read."""

    winner: Side | None
    """The judge's; None of a tie."""
    truth: Side
    cluster: str


def has_list(text: str) -> bool:
    """Whether a text has a list of at least two bulleted or numbered items close together."""
    return _LIST.search(text) is not None


def bias_metric(picked: Sequence[Picked], having: Sequence[Side | None], *, seed: int, name: str) -> Metric:
    """The bias towards a property; null where people picked only those with it, or only those without.

    Args:
        having: which response of each pair has the property; None where both or neither do, which tells nothing.
    """
    kept = [(one, side) for one, side in zip(picked, having, strict=True) if side is not None]
    # Errors towards the property where people picked the other; errors away from it where they picked it.
    against_N = np.array([one.truth != side for one, side in kept], dtype=np.float64)
    towards_N = np.array([one.truth != side and one.winner == side for one, side in kept], dtype=np.float64)
    away_N = np.array([one.truth == side and one.winner not in (None, side) for one, side in kept], dtype=np.float64)
    if not 0 < against_N.sum() < len(kept):
        return Metric(value=None, n=len(kept), instrument=INSTRUMENT)

    def bias(weights_RN: Floats) -> Floats:
        against_R, for_R = weights_RN @ against_N, weights_RN @ (1 - against_N)
        towards_R, away_R = weights_RN @ towards_N, weights_RN @ away_N
        return np.asarray(towards_R / np.maximum(against_R, 1) - away_R / np.maximum(for_R, 1))

    return _bootstrapped(bias, [one.cluster for one, _ in kept], seed, name)


def length_coefficient(picked: Sequence[Picked], log_ratios: Sequence[float], *, seed: int) -> Metric:
    """How much length moves the judge beside what people prefer, by logistic regression.

        logit P(judge picks A) = c * z + d * t,    z = log(length A / length B) / its deviation,  t = +1 or -1: truth

    with a normal prior of deviation PRIOR_SD on c and d. Ties of the judge are left out.

    Source: the length term of AlpacaEval 2 (Dubois et al. 2024, arXiv:2404.04475), here beside the people's verdict.
    """
    kept = [(one, ratio) for one, ratio in zip(picked, log_ratios, strict=True) if one.winner is not None]
    ratio_N = np.array([ratio for _, ratio in kept], dtype=np.float64)
    if len(kept) < 2 or float(ratio_N.std()) == 0:
        return Metric(value=None, n=len(kept), instrument=INSTRUMENT)
    truth_N = np.array([1.0 if one.truth == "a" else -1.0 for one, _ in kept])
    x_NK = np.stack([ratio_N / ratio_N.std(), truth_N], axis=1)
    y_N = np.array([float(one.winner == "a") for one, _ in kept])

    def coefficient(weights_RN: Floats) -> Floats:
        return fit_logistic(x_NK, y_N, weights_RN, np.full(2, PRIOR_SD))[:, 0]

    return _bootstrapped(coefficient, [one.cluster for one, _ in kept], seed, "length coefficient")


def log_ratio(one: str, other: str) -> float:
    """Log of the ratio of two texts' lengths in characters; an empty text counts as one."""
    return math.log(max(len(one), 1) / max(len(other), 1))


def _bootstrapped(statistic: Statistic, clusters: Sequence[str], seed: int, name: str) -> Metric:
    value = float(statistic(np.ones((1, len(clusters))))[0])
    low, high = cluster_bootstrap(clusters, statistic, generator=generator(seed, name), num_resamples=500)
    return Metric(
        value=value, low=min(float(low), value), high=max(float(high), value), n=len(clusters), instrument=INSTRUMENT
    )
