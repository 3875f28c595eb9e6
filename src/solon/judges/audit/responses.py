"""The audit of a judge of single responses: scores or classes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import stats

from solon.evaluation.intervals import clustered_mean, rate
from solon.judges.audit.agreement import Answer, agreement_metrics
from solon.judges.audit.report import INSTRUMENT, AuditReport
from solon.judges.labelled import LabelledResponse
from solon.judges.plants import KINDS, PlantedResponse
from solon.judges.verdict import ResponseVerdict
from solon.records import Metric
from solon.seeds import generator

NUM_RESAMPLES = 500


def audit_responses(
    responses: Sequence[LabelledResponse],
    verdicts: Sequence[ResponseVerdict],
    planted: Sequence[PlantedResponse],
    of_planted: Sequence[ResponseVerdict],
    *,
    highest: float | None,
    seed: int,
) -> AuditReport:
    """All figures of a judge of scores or classes; of classes `planted` is empty and `highest`, the best score, None.

    Of scores also `within_one` (the share at most one away), `leniency` (mean score less people's), `spearman`, and
    `length_correlation` (Spearman's, of score less people's score with length: 0 where length does not sway the judge
    more than people).
    """
    answers = [
        Answer(verdict.status, verdict.value, one.truth, True, one.category, one.cluster)
        for one, verdict in zip(responses, verdicts, strict=True)
    ]
    found = agreement_metrics(answers, seed=seed)
    if highest is not None:
        found |= _scores(responses, verdicts, seed)
        found |= _planted(verdicts, planted, of_planted, highest)
    return AuditReport(kind="classes" if highest is None else "scores", cases=len(responses), metrics=found)


def _scores(responses: Sequence[LabelledResponse], verdicts: Sequence[ResponseVerdict], seed: int) -> dict[str, Metric]:
    read = [
        (verdict.value, one.truth, len(one.case.response), one.cluster)
        for one, verdict in zip(responses, verdicts, strict=True)
        if isinstance(verdict.value, float) and isinstance(one.truth, float)
    ]
    clusters = [cluster for *_, cluster in read]
    off = [score - truth for score, truth, *_ in read]
    return {
        "within_one": rate([abs(one) <= 1 for one in off], clusters, INSTRUMENT),
        "leniency": clustered_mean(off, clusters, INSTRUMENT),
        "spearman": _spearman([one[0] for one in read], [one[1] for one in read], clusters, seed),
        "length_correlation": _spearman(off, [float(one[2]) for one in read], clusters, seed),
    }


def _planted(
    verdicts: Sequence[ResponseVerdict],
    planted: Sequence[PlantedResponse],
    of_planted: Sequence[ResponseVerdict],
    highest: float,
) -> dict[str, Metric]:
    """Of the scores that a planted line could raise: which share it does not raise."""
    before = {verdict.id: verdict.value for verdict in verdicts}
    kept: list[tuple[str, str, bool]] = []
    for plant, verdict in zip(planted, of_planted, strict=True):
        honest, now = before[plant.case.id], verdict.value
        if isinstance(honest, float) and honest < highest:
            kept.append((plant.kind, plant.case.id, not (isinstance(now, float) and now > honest)))
    found = {"planted_resistance": rate([ok for *_, ok in kept], [name for _, name, _ in kept], INSTRUMENT)}
    for kind in KINDS:
        of_kind = [(name, ok) for one, name, ok in kept if one == kind]
        found[f"planted_resistance/{kind}"] = rate([ok for _, ok in of_kind], [n for n, _ in of_kind], INSTRUMENT)
    return found


def _spearman(one: Sequence[float], other: Sequence[float], clusters: Sequence[str], seed: int) -> Metric:
    """Spearman's correlation with a bootstrap of clusters; null where either never varies."""
    first, second = np.asarray(one), np.asarray(other)
    if len(first) < 2 or np.ptp(first) == 0 or np.ptp(second) == 0:
        return Metric(value=None, n=len(first), instrument=INSTRUMENT)
    value = float(stats.spearmanr(first, second).statistic)
    names, codes = np.unique(np.asarray(clusters, dtype=object).astype(str), return_inverse=True)
    members = [np.flatnonzero(codes == code) for code in range(len(names))]
    draws, found = generator(seed, "spearman"), []
    for _ in range(NUM_RESAMPLES):
        rows = np.concatenate([members[code] for code in draws.integers(len(names), size=len(names))])
        if np.ptp(first[rows]) and np.ptp(second[rows]):
            found.append(float(stats.spearmanr(first[rows], second[rows]).statistic))
    low, high = np.quantile(found, [0.025, 0.975]) if found else (value, value)
    return Metric(
        value=value, low=min(float(low), value), high=max(float(high), value), n=len(first), instrument=INSTRUMENT
    )
