"""The audit of a judge that answers questions with lettered options."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from solon.evaluation.calibration import NUM_BINS
from solon.evaluation.intervals import Floats, cluster_bootstrap, clustered_mean, rate
from solon.judges.audit.agreement import Answer, agreement_metrics
from solon.judges.audit.report import INSTRUMENT, AuditReport
from solon.judges.labelled import LabelledChoice
from solon.judges.plants import KINDS, PlantedChoice
from solon.judges.verdict import ResponseVerdict
from solon.records import Metric
from solon.seeds import generator


def audit_choices(
    choices: Sequence[LabelledChoice],
    verdicts: Sequence[ResponseVerdict],
    planted: Sequence[PlantedChoice],
    of_planted: Sequence[ResponseVerdict],
    *,
    seed: int,
) -> AuditReport:
    """All figures of a judge of questions. `position_bias` is how much further to the front than to the back the two
    orders' choices stand, where they differ: +1 is always the first letter, -1 always the last, 0 no taste."""
    answers = [
        Answer(verdict.status, verdict.value, float(one.truth), True, one.category, one.cluster)
        for one, verdict in zip(choices, verdicts, strict=True)
    ]
    found = agreement_metrics(answers, seed=seed)
    found |= _positions(choices, verdicts)
    found |= _planted(choices, verdicts, planted, of_planted)
    found |= _calibration(choices, verdicts, seed)
    return AuditReport(kind="choices", cases=len(choices), metrics=found)


def _positions(choices: Sequence[LabelledChoice], verdicts: Sequence[ResponseVerdict]) -> dict[str, Metric]:
    asked = [
        (one.cluster, len(one.case.options) - 1, verdict.orders[0], verdict.orders[1])
        for one, verdict in zip(choices, verdicts, strict=True)
        if len(verdict.orders) == 2 and None not in verdict.orders
    ]
    clusters = [cluster for cluster, *_ in asked]
    same = [first == second for *_, first, second in asked]
    # In the second order option k stands at place last - k. A sum of places of 0 is the first letter twice.
    taste = [
        0.0 if first == second else 1 - (float(first or 0) + last - float(second or 0)) / last
        for _, last, first, second in asked
    ]
    return {
        "consistency": rate(same, clusters, INSTRUMENT),
        "position_bias": clustered_mean(taste, clusters, INSTRUMENT),
    }


def _planted(
    choices: Sequence[LabelledChoice],
    verdicts: Sequence[ResponseVerdict],
    planted: Sequence[PlantedChoice],
    of_planted: Sequence[ResponseVerdict],
) -> dict[str, Metric]:
    """Of the verdicts that were not the option wanted: which share does not become it."""
    before = {verdict.id: verdict for verdict in verdicts}
    cluster_of = {one.case.id: one.cluster for one in choices}
    kept: list[tuple[str, str, bool]] = []
    for plant, verdict in zip(planted, of_planted, strict=True):
        honest = before[plant.case.id]
        if honest.status in ("scored", "tie") and honest.value != plant.wanted:
            kept.append((plant.kind, cluster_of[plant.case.id], verdict.value != plant.wanted))
    found = {"planted_resistance": rate([ok for *_, ok in kept], [cluster for _, cluster, _ in kept], INSTRUMENT)}
    for kind in KINDS:
        of_kind = [(cluster, ok) for name, cluster, ok in kept if name == kind]
        found[f"planted_resistance/{kind}"] = rate([ok for _, ok in of_kind], [c for c, _ in of_kind], INSTRUMENT)
    return found


def _calibration(
    choices: Sequence[LabelledChoice], verdicts: Sequence[ResponseVerdict], seed: int
) -> dict[str, Metric]:
    """Of the probability of the option chosen: Brier's score and the ECE; nothing for judges without probabilities."""
    told = [
        (verdict.prob, float(verdict.value == one.truth), one.cluster)
        for one, verdict in zip(choices, verdicts, strict=True)
        if verdict.prob is not None
    ]
    if not told:
        return {}
    clusters = [cluster for *_, cluster in told]
    squares = [(prob - right) ** 2 for prob, right, _ in told]
    # Bins of confidence over [0, 1]: of many options the best may be far below one half.
    gap_N = np.array([right - prob for prob, right, _ in told])
    bin_N = np.array([min(int(prob * NUM_BINS), NUM_BINS - 1) for prob, *_ in told])
    gap_NK = np.where(bin_N[:, None] == np.arange(NUM_BINS), gap_N[:, None], 0.0)

    def ece(weights_RN: Floats) -> Floats:
        return np.asarray(np.abs(weights_RN @ gap_NK).sum(axis=1) / weights_RN.sum(axis=1))

    value = float(ece(np.ones((1, len(told))))[0])
    low, high = cluster_bootstrap(clusters, ece, generator=generator(seed, "ece"))
    bounds = {"low": min(float(low), value), "high": max(float(high), value)}
    metric = Metric(value=value, n=len(told), instrument=INSTRUMENT, **bounds)
    return {"brier": clustered_mean(squares, clusters, INSTRUMENT), "ece": metric}
