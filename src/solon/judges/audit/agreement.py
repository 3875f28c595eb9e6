"""How far verdicts agree with people's, and how many there are. For every kind of case."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np

from solon.evaluation.intervals import Floats, cluster_bootstrap, rate
from solon.judges.audit.report import INSTRUMENT
from solon.judges.reading import Status
from solon.records import Metric
from solon.seeds import generator


class Answer(NamedTuple):
    """A verdict beside the truth."""

    status: Status
    said: Hashable
    truth: Hashable
    decided: bool
    """Whether the truth is one that a verdict can be right or wrong about: no tie."""
    category: str
    cluster: str
    principle: str | None = None

    @property
    def read(self) -> bool:
        """Whether there is a verdict, a tie included."""
        return self.status in ("scored", "tie")

    @property
    def right(self) -> bool:
        """Whether the verdict is the truth."""
        return self.read and self.said == self.truth


def agreement_metrics(answers: Sequence[Answer], *, seed: int) -> dict[str, Metric]:
    """accuracy with its bounds and by category and principle, agreement, kappa, refused and unscored by category."""
    decided = [one for one in answers if one.decided]
    read = [one for one in answers if one.read]
    found = {
        "accuracy": _right([one for one in decided if one.read]),
        "accuracy_worst": rate([one.right for one in decided], [one.cluster for one in decided], INSTRUMENT),
        "accuracy_best": rate(
            [one.right or not one.read for one in decided], [one.cluster for one in decided], INSTRUMENT
        ),
        "agreement": _right(read),
        "kappa": kappa_metric(read, seed=seed),
    }
    for status in ("refused", "unscored"):
        found[status] = rate([one.status == status for one in answers], [one.cluster for one in answers], INSTRUMENT)
    by_category: dict[str, list[Answer]] = defaultdict(list)
    by_principle: dict[str, list[Answer]] = defaultdict(list)
    for one in answers:
        by_category[one.category].append(one)
        if one.principle is not None:
            by_principle[one.principle].append(one)
    for category, of_one in sorted(by_category.items()):
        clusters = [one.cluster for one in of_one]
        found[f"accuracy/{category}"] = _right([one for one in of_one if one.decided and one.read])
        for status in ("refused", "unscored"):
            found[f"{status}/{category}"] = rate([one.status == status for one in of_one], clusters, INSTRUMENT)
    for principle, of_one in sorted(by_principle.items()):
        found[f"accuracy@{principle}"] = _right([one for one in of_one if one.decided and one.read])
    return found


def kappa_metric(answers: Sequence[Answer], *, seed: int, num_resamples: int = 1000) -> Metric:
    """Cohen's kappa of judge and people over all cases with a verdict; null where both always say the same one thing.

        kappa = (observed - chance) / (1 - chance),    chance = sum over verdicts of p_judge(v) p_people(v)

    The interval is a bootstrap of clusters.
    """
    labels = sorted({str(one.said) for one in answers} | {str(one.truth) for one in answers})
    if len(labels) < 2:
        return Metric(value=None, n=len(answers), instrument=INSTRUMENT)
    place = {label: number for number, label in enumerate(labels)}
    said_NL = np.eye(len(labels))[[place[str(one.said)] for one in answers]]
    truth_NL = np.eye(len(labels))[[place[str(one.truth)] for one in answers]]
    right_N = np.array([one.right for one in answers], dtype=np.float64)

    def kappa(weights_RN: Floats) -> Floats:
        total_R = weights_RN.sum(axis=1)
        observed_R = weights_RN @ right_N / total_R
        chance_R = ((weights_RN @ said_NL) * (weights_RN @ truth_NL)).sum(axis=1) / total_R**2
        # Where chance alone always agrees there is no kappa; full agreement then counts as 1.
        return np.where(chance_R < 1, (observed_R - chance_R) / np.where(chance_R < 1, 1 - chance_R, 1), 1.0)

    value = float(kappa(np.ones((1, len(answers))))[0])
    low, high = cluster_bootstrap(
        [one.cluster for one in answers], kappa, generator=generator(seed, "kappa"), num_resamples=num_resamples
    )
    return Metric(
        value=value, low=min(float(low), value), high=max(float(high), value), n=len(answers), instrument=INSTRUMENT
    )


def _right(answers: Sequence[Answer]) -> Metric:
    return rate([one.right for one in answers], [one.cluster for one in answers], INSTRUMENT)
