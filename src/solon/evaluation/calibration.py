"""How far the probabilities of reward models and judges can be trusted.

A probability `prob_a` that A is the better of two claims its likelier answer with confidence max(prob_a, 1 - prob_a),
in [0.5, 1]; which response stands first does not matter. Bins are of equal width over that range.

    ECE = sum over bins of (count / n) * |share right - mean confidence|

Source: Guo et al. 2017, arXiv:1706.04599, eq. 3.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from solon.evaluation.intervals import Floats, cluster_bootstrap, clustered_mean, rate
from solon.evaluation.rates import template
from solon.records import Metric, Preference, Record
from solon.seeds import generator

NUM_BINS = 10


class ReliabilityBin(Record):
    """Answers whose confidence lies in [low, high). The last bin holds 1 as well."""

    low: float
    high: float
    count: int
    confidence: float | None
    """Mean confidence of the bin; None where it is empty."""
    accuracy: float | None
    """Share of right answers; None where it is empty."""


def reliability(
    prob_a: Sequence[float], a_is_better: Sequence[bool], *, num_bins: int = NUM_BINS
) -> list[ReliabilityBin]:
    """The reliability diagram as bins with counts, from confidence 0.5 to 1. An answer of exactly 0.5 is half right."""
    confidence_N, right_N, bin_N = _binned(prob_a, a_is_better, num_bins)
    edges = np.linspace(0.5, 1.0, num_bins + 1)
    bins: list[ReliabilityBin] = []
    for index in range(num_bins):
        inside = bin_N == index
        count = int(inside.sum())
        bins.append(
            ReliabilityBin(
                low=float(edges[index]),
                high=float(edges[index + 1]),
                count=count,
                confidence=float(confidence_N[inside].mean()) if count else None,
                accuracy=float(right_N[inside].mean()) if count else None,
            )
        )
    return bins


def expected_calibration_error(bins: Sequence[ReliabilityBin]) -> float | None:
    """ECE of a reliability diagram; None when it is empty."""
    total = sum(one.count for one in bins)
    if not total:
        return None
    return sum(one.count * abs((one.accuracy or 0.0) - (one.confidence or 0.0)) for one in bins) / total


def accuracy_metrics(
    prob_a: Sequence[float],
    a_is_better: Sequence[bool],
    clusters: Sequence[str],
    *,
    instrument: str,
    seed: int,
    num_resamples: int = 1000,
) -> dict[str, Metric]:
    """`accuracy` (a probability of 0.5 is wrong: it prefers nothing) and `ece`, over pairs with a known answer.

    The interval of the ECE is a bootstrap of clusters. Resampled ECE is biased upwards (noise adds to every bin's gap),
    so its low end may lie above a small ECE; the interval is then stretched to hold the value.
    """
    right = [(prob > 0.5) == truth and prob != 0.5 for prob, truth in zip(prob_a, a_is_better, strict=True)]
    found = {"accuracy": rate(right, clusters, instrument)}
    value = expected_calibration_error(reliability(prob_a, a_is_better))
    if value is None:
        return found | {"ece": Metric(value=None, n=0, instrument=instrument)}
    confidence_N, right_N, bin_N = _binned(prob_a, a_is_better, NUM_BINS)
    gap_NK = np.where(bin_N[:, None] == np.arange(NUM_BINS), (right_N - confidence_N)[:, None], 0.0)

    def ece(weights_RN: Floats) -> Floats:
        return np.asarray(np.abs(weights_RN @ gap_NK).sum(axis=1) / weights_RN.sum(axis=1))

    low, high = cluster_bootstrap(
        clusters, ece, generator=generator(seed, "ece bootstrap"), num_resamples=num_resamples
    )
    ece_metric = Metric(
        value=value, low=min(float(low), value), high=max(float(high), value), n=len(prob_a), instrument=instrument
    )
    return found | {"ece": ece_metric}


def judge_metrics(
    preferences: Sequence[Preference], a_is_better: Sequence[bool | None], *, instrument: str = "checker", seed: int
) -> dict[str, Metric]:
    """What a judge's labels are worth against the truth.

    Args:
        preferences: the judge's labels.
        a_is_better: the truth under the principle the judge was shown; None where it does not concern the pair.

    Returns:
        `accuracy` and `ece` on concerned pairs, `unconcerned_prob` (mean probability on the others; 0.5 = no opinion),
        `position_consistency` on concerned pairs and `position_consistency/unconcerned` on the others (whose answers
        are coin flips by right), and `unscored` (share of pairs without a label).
    """
    pairs = [(one, truth) for one, truth in zip(preferences, a_is_better, strict=True) if one.prob_a is not None]
    concerned = [(one, truth) for one, truth in pairs if truth is not None]
    unconcerned = [one for one, truth in pairs if truth is None]
    found = accuracy_metrics(
        [unclamped_prob(one) for one, _ in concerned],
        [truth for _, truth in concerned],
        [_cluster(one) for one, _ in concerned],
        instrument=instrument,
        seed=seed,
    )
    found["unconcerned_prob"] = clustered_mean(
        [unclamped_prob(one) for one in unconcerned], [_cluster(one) for one in unconcerned], instrument
    )
    found["position_consistency"] = position_consistency([one for one, _ in concerned])
    found["position_consistency/unconcerned"] = position_consistency(unconcerned)
    found["unscored"] = rate(
        [one.prob_a is None for one in preferences], [_cluster(one) for one in preferences], "judge"
    )
    return found


def position_consistency(preferences: Sequence[Preference]) -> Metric:
    """Share of labels whose hard answer is the same in every order asked; needs no truth. One order only: not counted.

    Log-odds of exactly 0 answer nothing and are not the same as any answer.
    """
    asked = [one for one in preferences if len(one.log_odds) > 1]
    same = [all(x > 0 for x in one.log_odds) or all(x < 0 for x in one.log_odds) for one in asked]
    return rate(same, [_cluster(one) for one in asked], "judge")


def unclamped_prob(preference: Preference) -> float:
    """The probability before any clamping: from the mean log-odds of the orders, or as labelled where there are none.

    Raises:
        ValueError: the preference is unscored.
    """
    if preference.log_odds:
        mean = sum(preference.log_odds) / len(preference.log_odds)
        return 1 / (1 + math.exp(-mean)) if mean > -700 else 0.0
    if preference.prob_a is None:
        raise ValueError(f"comparison {preference.comparison.id} is unscored: it has no probability")
    return preference.prob_a


def _cluster(preference: Preference) -> str:
    return template(preference.comparison.prompt)


def _binned(prob_a: Sequence[float], a_is_better: Sequence[bool], num_bins: int) -> tuple[Floats, Floats, Floats]:
    prob_N = np.asarray(prob_a, dtype=np.float64)
    truth_N = np.asarray(a_is_better, dtype=bool)
    confidence_N = np.maximum(prob_N, 1 - prob_N)
    right_N = np.where(prob_N == 0.5, 0.5, ((prob_N > 0.5) == truth_N).astype(np.float64))
    bin_N = np.clip(np.floor((confidence_N - 0.5) * 2 * num_bins + 1e-9), 0, num_bins - 1)
    return confidence_N, right_N, bin_N
