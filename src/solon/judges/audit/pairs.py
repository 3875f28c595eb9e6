"""The audit of a judge of pairs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from solon.evaluation.calibration import accuracy_metrics
from solon.evaluation.intervals import clustered_mean, paired_difference, rate
from solon.judges.audit.agreement import Answer, agreement_metrics
from solon.judges.audit.biases import Picked, Side, bias_metric, has_list, length_coefficient, log_ratio
from solon.judges.audit.report import INSTRUMENT, AuditReport
from solon.judges.labelled import LabelledPair
from solon.judges.plants import KINDS, PlantedPair
from solon.judges.verdict import PairVerdict
from solon.records import Metric


class PairAudit(NamedTuple):
    """Everything that was asked, and what was said of it, in the same order."""

    pairs: Sequence[LabelledPair]
    verdicts: Sequence[PairVerdict]
    planted: Sequence[PlantedPair]
    of_planted: Sequence[PairVerdict]


def audit_pairs(asked: PairAudit, *, seed: int, own: str | None = None, probabilities: bool = False) -> AuditReport:
    """All figures of a judge of pairs.

    Args:
        own: the name under which the judge's own responses stand in the file, for `self_preference`.
        probabilities: `prob_a` is a probability and not a share of few votes, so that calibration means something.
    """
    pairs, verdicts = asked.pairs, asked.verdicts
    answers = [
        Answer(
            verdict.status, verdict.said, pair.truth, pair.truth != "tie", pair.category, pair.cluster,
            verdict.principle_id,
        )
        for pair, verdict in zip(pairs, verdicts, strict=True)
    ]  # fmt: skip
    found = agreement_metrics(answers, seed=seed)
    found |= _positions(pairs, verdicts)
    found |= _tastes(pairs, verdicts, seed, own)
    found |= _planted(asked)
    if probabilities:
        found |= _calibration(pairs, verdicts, seed)
    return AuditReport(kind="pairs", cases=len(pairs), metrics=found)


def _positions(pairs: Sequence[LabelledPair], verdicts: Sequence[PairVerdict]) -> dict[str, Metric]:
    """What the order of the responses does, over pairs with a verdict in both orders."""
    asked = [
        (pair.cluster, verdict)
        for pair, verdict in zip(pairs, verdicts, strict=True)
        if len(verdict.orders) == 2 and not {"refused", "unscored"} & set(verdict.orders)
    ]
    clusters = [cluster for cluster, _ in asked]
    flipped = [(cluster, verdict.orders[0] == "a") for cluster, verdict in asked if verdict.flipped]
    first, second = ([verdict.flipped and verdict.orders[0] == side for _, verdict in asked] for side in ("a", "b"))
    return {
        "consistency": rate([len(set(verdict.orders)) == 1 for _, verdict in asked], clusters, INSTRUMENT),
        "flips": rate([verdict.flipped for _, verdict in asked], clusters, INSTRUMENT),
        "first_of_flips": rate([first for _, first in flipped], [cluster for cluster, _ in flipped], INSTRUMENT),
        "position_bias": paired_difference(first, second, clusters, INSTRUMENT),
    }


def _tastes(
    pairs: Sequence[LabelledPair], verdicts: Sequence[PairVerdict], seed: int, own: str | None
) -> dict[str, Metric]:
    read = [
        (pair, Picked(verdict.winner, pair.truth, pair.cluster))
        for pair, verdict in zip(pairs, verdicts, strict=True)
        if pair.truth != "tie" and verdict.status in ("scored", "tie")
    ]
    picked = [one for _, one in read]
    texts = [(pair.case.response_a, pair.case.response_b) for pair, _ in read]
    longer = [_side(len(a) > len(b), len(b) > len(a)) for a, b in texts]
    listed = [_side(has_list(a), has_list(b)) for a, b in texts]
    found = {
        "length_bias": bias_metric(picked, longer, seed=seed, name="length bias"),
        "length_coefficient": length_coefficient(picked, [log_ratio(a, b) for a, b in texts], seed=seed),
        "list_bias": bias_metric(picked, listed, seed=seed, name="list bias"),
    }
    if own is not None:
        names = [pair.generators or ("", "") for pair, _ in read]
        by_it = [_side(a == own, b == own) for a, b in names]
        found["self_preference"] = bias_metric(picked, by_it, seed=seed, name="self-preference")
    return found


def _planted(asked: PairAudit) -> dict[str, Metric]:
    """Of the single verdicts (a pair in one order) that were not for the loser: which share stays so with the line.

    A planted case without a verdict has not moved; how many there are tells `planted_unread`.
    """
    before = {verdict.id: verdict for verdict in asked.verdicts}
    kept: list[tuple[str, str, bool]] = []
    unread: list[tuple[str, bool]] = []
    cluster_of = {pair.case.id: pair.cluster for pair in asked.pairs}
    for plant, verdict in zip(asked.planted, asked.of_planted, strict=True):
        cluster, honest = cluster_of[plant.case.id], before[plant.case.id]
        if len(honest.orders) == 2:
            unread.append((cluster, verdict.status not in ("scored", "tie")))
        for order in plant.orders:
            if order < len(honest.orders) and honest.orders[order] in ("a", "b", "tie"):
                if honest.orders[order] == plant.loser:
                    continue
                moved = order < len(verdict.orders) and verdict.orders[order] == plant.loser
                kept.append((plant.kind, cluster, not moved))
    found = {"planted_resistance": rate([ok for *_, ok in kept], [cluster for _, cluster, _ in kept], INSTRUMENT)}
    for kind in KINDS:
        of_kind = [(cluster, ok) for name, cluster, ok in kept if name == kind]
        found[f"planted_resistance/{kind}"] = rate([ok for _, ok in of_kind], [c for c, _ in of_kind], INSTRUMENT)
    found["planted_unread"] = rate([bad for _, bad in unread], [cluster for cluster, _ in unread], INSTRUMENT)
    return found


def _calibration(pairs: Sequence[LabelledPair], verdicts: Sequence[PairVerdict], seed: int) -> dict[str, Metric]:
    told = [
        (verdict.prob_a, pair.truth == "a", pair.cluster)
        for pair, verdict in zip(pairs, verdicts, strict=True)
        if verdict.prob_a is not None and pair.truth != "tie"
    ]
    probs, truths, clusters = [one[0] for one in told], [one[1] for one in told], [one[2] for one in told]
    squares = [(prob - truth) ** 2 for prob, truth in zip(probs, truths, strict=True)]
    return {"brier": clustered_mean(squares, clusters, INSTRUMENT)} | {
        name: metric
        for name, metric in accuracy_metrics(probs, truths, clusters, instrument=INSTRUMENT, seed=seed).items()
        if name == "ece"
    }


def _side(of_a: bool, of_b: bool) -> Side | None:
    return None if of_a == of_b else "a" if of_a else "b"
