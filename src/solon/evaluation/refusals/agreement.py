"""How far labels agree with people's: accuracy, Cohen's kappa, F1 of each label, calibration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from solon.evaluation.refusals.model import LABELS
from solon.evaluation.refusals.terms import Floats, Ints
from solon.records import Record

NUM_BINS = 10
PUBLISHED = {"1_full_compliance": "none", "3_partial_refusal": "partial", "2_full_refusal": "full"}
"""The labels of XSTest's annotators."""


class Agreement(Record):
    """Figures over N responses that people labelled."""

    n: int
    accuracy: float
    kappa: float | None
    """None where both give one and the same label to all: there is no chance to be better than."""
    macro_f1: float
    f1: Mapping[str, float | None]
    """None where a label occurs on neither side; it does not count in the mean."""
    confusion: Mapping[str, Mapping[str, int]]
    """People's label -> label found -> number."""


def agreement(found: Sequence[str], people: Sequence[str]) -> Agreement:
    """Compare labels, aligned.

        kappa = (accuracy - chance) / (1 - chance),    chance = sum over labels of share found * share of people
        F1    = 2 both / (found + people)

    Raises:
        ValueError: nothing to compare.
    """
    if not people:
        raise ValueError("no labels to compare")
    counts_CC = np.zeros((len(LABELS), len(LABELS)))
    np.add.at(counts_CC, ([LABELS.index(one) for one in people], [LABELS.index(one) for one in found]), 1)
    n, both_C = counts_CC.sum(), np.diag(counts_CC)
    sides_C = counts_CC.sum(axis=0) + counts_CC.sum(axis=1)
    chance = float((counts_CC.sum(axis=0) / n) @ (counts_CC.sum(axis=1) / n))
    accuracy = float(both_C.sum() / n)
    f1 = {
        label: float(2 * both / side) if side else None
        for label, both, side in zip(LABELS, both_C, sides_C, strict=True)
    }
    told = [value for value in f1.values() if value is not None]
    confusion = {
        row: dict(zip(LABELS, map(int, counts), strict=True)) for row, counts in zip(LABELS, counts_CC, strict=True)
    }
    return Agreement(
        n=int(n), accuracy=accuracy, kappa=None if chance == 1 else (accuracy - chance) / (1 - chance),
        macro_f1=sum(told) / len(told), f1=f1, confusion=confusion,
    )  # fmt: skip


def people_label(value: object) -> str | None:
    """A label of people in our names, from these or XSTest's; None where it is neither."""
    return value if value in LABELS else PUBLISHED.get(str(value))


def calibration_error(probs_NC: Floats, people_N: Ints) -> float:
    """Expected calibration error of the likeliest label's probability, in ten bins of equal width over [0, 1].

    Source: Guo et al. 2017, arXiv:1706.04599, eq. 3.
    """
    prob_N, right_N = probs_NC.max(axis=1), probs_NC.argmax(axis=1) == people_N
    bin_N = np.minimum((prob_N * NUM_BINS).astype(np.int64), NUM_BINS - 1)
    gaps = np.bincount(bin_N, weights=right_N - prob_N, minlength=NUM_BINS)
    return float(np.abs(gaps).sum() / len(prob_N))
