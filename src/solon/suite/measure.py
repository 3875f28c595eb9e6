"""Scores of cases to rates with 95 % intervals, clustered as the cases are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from solon.evaluation.calibration import ReliabilityBin, expected_calibration_error
from solon.evaluation.intervals import Floats, cluster_bootstrap, clustered_mean, rate
from solon.records import Metric
from solon.seeds import generator
from solon.suite.task import Score, Scored

NUM_BINS = 10
NUM_RESAMPLES = 1000


def metrics_of(scored: Sequence[Scored], *, seed: int) -> dict[str, Metric]:
    """The mean of every score by name, also as NAME/CATEGORY where there are several; `unscored`, the share of cases
    with a score that has no value; and `ece` of choices with a confidence."""
    found: dict[str, Metric] = {}
    categories = sorted({one.case.category for one in scored if one.case.category})
    for name in names_of(scored):
        found[name] = _mean(scored, name)
        if len(categories) > 1:
            for category in categories:
                of_category = [one for one in scored if one.case.category == category]
                if any(score.name == name for one in of_category for score in one.scores):
                    found[f"{name}/{category}"] = _mean(of_category, name)
    found["unscored"] = rate(
        [any(score.value is None for score in one.scores) for one in scored],
        [one.case.cluster for one in scored],
        "count",
    )
    if calibrated := surely_chosen(scored):
        found["ece"] = _calibration_error(calibrated, seed)
    return found


def names_of(scored: Sequence[Scored]) -> list[str]:
    """The names of all scores, in the order in which they come up."""
    return list(dict.fromkeys(score.name for one in scored for score in one.scores))


def value_of(one: Scored, name: str) -> bool | float | None:
    """A case's score of this name; None where it has none, or one without a value."""
    return next((score.value for score in one.scores if score.name == name), None)


def _mean(scored: Sequence[Scored], name: str) -> Metric:
    held: list[tuple[Score, str]] = [
        (score, one.case.cluster) for one in scored for score in one.scores if score.name == name
    ]
    known = [(score.value, cluster) for score, cluster in held if score.value is not None]
    clusters = [cluster for _, cluster in known]
    instrument = held[0][0].instrument
    if all(isinstance(value, bool) for value, _ in known):
        return rate([bool(value) for value, _ in known], clusters, instrument)
    return clustered_mean([float(value) for value, _ in known], clusters, instrument)


def surely_chosen(scored: Sequence[Scored]) -> list[Scored]:
    """The cases with both an accuracy and a confidence."""
    return [one for one in scored if value_of(one, "accuracy") is not None and value_of(one, "confidence") is not None]


def reliability_of(chosen: Sequence[Scored]) -> list[ReliabilityBin]:
    """The reliability diagram over confidences from 0 to 1, in ten bins of equal width."""
    confidence_N, right_N, bin_N = _binned(chosen)
    bins = []
    for index in range(NUM_BINS):
        inside = bin_N == index
        count = int(inside.sum())
        bins.append(
            ReliabilityBin(
                low=index / NUM_BINS,
                high=(index + 1) / NUM_BINS,
                count=count,
                confidence=float(confidence_N[inside].mean()) if count else None,
                accuracy=float(right_N[inside].mean()) if count else None,
            )
        )
    return bins


def gaps(chosen: Sequence[Scored]) -> Floats:
    """gap_NK: right - confidence of each case in the column of its bin, else 0; |column sums| / N add up to the ECE."""
    confidence_N, right_N, bin_N = _binned(chosen)
    return np.where(bin_N[:, None] == np.arange(NUM_BINS), (right_N - confidence_N)[:, None], 0.0)


def resampled_error(gap_NK: Floats, weights_RN: Floats) -> Floats:
    """The ECE of each resample."""
    return np.asarray(np.abs(weights_RN @ gap_NK).sum(axis=1) / weights_RN.sum(axis=1))


def _calibration_error(chosen: Sequence[Scored], seed: int) -> Metric:
    value = expected_calibration_error(reliability_of(chosen))
    assert value is not None
    gap_NK = gaps(chosen)
    low, high = cluster_bootstrap(
        [one.case.cluster for one in chosen],
        lambda weights_RN: resampled_error(gap_NK, weights_RN),
        generator=generator(seed, "ece bootstrap"),
        num_resamples=NUM_RESAMPLES,
    )
    # Resampled ECE is biased upwards: the interval is stretched to hold the value.
    return Metric(
        value=value, low=min(float(low), value), high=max(float(high), value), n=len(chosen), instrument="logprobs"
    )


def _binned(chosen: Sequence[Scored]) -> tuple[Floats, Floats, Floats]:
    confidence_N = np.array([value_of(one, "confidence") for one in chosen], dtype=np.float64)
    right_N = np.array([value_of(one, "accuracy") for one in chosen], dtype=np.float64)
    bin_N = np.clip(np.floor(confidence_N * NUM_BINS + 1e-9), 0, NUM_BINS - 1)
    return confidence_N, right_N, bin_N
