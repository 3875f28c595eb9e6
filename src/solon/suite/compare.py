"""Two evaluations of the same cases: what changed, paired by case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from solon.errors import InputError
from solon.evaluation.intervals import Floats, cluster_bootstrap, clustered_mean, paired_difference
from solon.records import Metric
from solon.seeds import generator
from solon.suite.measure import NUM_RESAMPLES, gaps, names_of, resampled_error, surely_chosen, value_of
from solon.suite.task import Scored, Task


def changes_of(first: Sequence[Scored], second: Sequence[Scored], *, seed: int) -> dict[str, Metric]:
    """Every score of the second minus that of the first, over cases in which both have a value; `ece` by a bootstrap
    that draws the same cases for both.

    Raises:
        InputError: the cases are not the same, or nothing is measured of them by one instrument on both sides.
    """
    theirs = {one.case.id: one for one in second}
    mine = {one.case.id: one for one in first}
    if mine.keys() != theirs.keys():
        odd = sorted(mine.keys() ^ theirs.keys())
        raise InputError(
            f"a paired comparison needs the same cases on both sides; {len(odd)} are on one side only "
            f"(first: {odd[0]}). Evaluate both models with the same tasks, --limit and --seed."
        )
    pairs = [(one, theirs[key]) for key, one in mine.items()]
    names = [name for name in names_of(first) if name in set(names_of(second))]
    found = {name: _change(pairs, name) for name in names}
    sure = {one.case.id for one in surely_chosen(first)} & {one.case.id for one in surely_chosen(second)}
    if chosen := [pair for pair in pairs if pair[0].case.id in sure]:
        found["ece"] = _calibration_change(chosen, seed)
    return found


def tax_of(changes: Mapping[str, Mapping[str, Metric]], tasks: Sequence[Task]) -> dict[str, Metric]:
    """The alignment tax: what the second lost on the headline of each of these tasks; positive where it is worse.

    Bits per byte are worse where they rise, all other headlines where they fall.
    """
    found = {}
    for task in tasks:
        change = changes.get(task.name, {}).get(task.headline)
        if change is None:
            continue
        found[task.name] = change if task.headline == "bits_per_byte" else _negated(change)
    return found


def _negated(metric: Metric) -> Metric:
    def minus(value: float | None) -> float | None:
        return None if value is None else 0.0 - value

    return metric.model_copy(
        update={"value": minus(metric.value), "low": minus(metric.high), "high": minus(metric.low)}
    )


def _change(pairs: Sequence[tuple[Scored, Scored]], name: str) -> Metric:
    instruments = {score.instrument for pair in pairs for one in pair for score in one.scores if score.name == name}
    if len(instruments) > 1:
        raise InputError(
            f"`{name}` was measured by {' and '.join(sorted(instruments))}: a difference would be one of instruments. "
            "Evaluate both models anew with the same one."
        )
    (instrument,) = instruments
    both = [(value_of(one, name), value_of(other, name), one.case.cluster) for one, other in pairs]
    kept = [(before, after, cluster) for before, after, cluster in both if before is not None and after is not None]
    clusters = [cluster for _, _, cluster in kept]
    if all(isinstance(before, bool) and isinstance(after, bool) for before, after, _ in kept):
        after_N, before_N = [bool(after) for _, after, _ in kept], [bool(before) for before, _, _ in kept]
        return paired_difference(after_N, before_N, clusters, instrument)
    return clustered_mean([float(after) - float(before) for before, after, _ in kept], clusters, instrument)


def _calibration_change(pairs: Sequence[tuple[Scored, Scored]], seed: int) -> Metric:
    before_NK, after_NK = (gaps([pair[side] for pair in pairs]) for side in (0, 1))

    def difference(weights_RN: Floats) -> Floats:
        return resampled_error(after_NK, weights_RN) - resampled_error(before_NK, weights_RN)

    value = float(difference(np.ones((1, len(pairs))))[0])
    low, high = cluster_bootstrap(
        [one.case.cluster for one, _ in pairs], difference, generator=generator(seed, "ece bootstrap"),
        num_resamples=NUM_RESAMPLES,
    )  # fmt: skip
    return Metric(
        value=value, low=min(float(low), value), high=max(float(high), value), n=len(pairs), instrument="logprobs"
    )
