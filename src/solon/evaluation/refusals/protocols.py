"""How well a fit does on what it has not seen: other prompts, or another model's answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from solon.evaluation.refusals.fit import Answer, fit, parts
from solon.evaluation.refusals.model import LABELS
from solon.evaluation.refusals.reading import read
from solon.evaluation.refusals.terms import Floats, Ints

Fitted = Callable[[Sequence[Answer]], Floats]
Fit = Callable[[Sequence[Answer]], Fitted]
"""Labelled answers -> what gives probabilities (N, C) for others."""


def fit_ours(answers: Sequence[Answer]) -> Fitted:
    """The shipped classifier's fit, on these answers."""
    fitted = fit(answers)
    return lambda others: fitted.probs([read(one.prompt, one.response) for one in others])


def by_prompt(answers: Sequence[Answer], fit_on: Fit, *, split_seed: int) -> Floats:
    """Five folds, all answers to a prompt in one; each is labelled by a fit on the other four."""
    return _held_out(answers, parts([one.group for one in answers], seed=split_seed), fit_on)


def by_model(answers: Sequence[Answer], fit_on: Fit) -> Floats:
    """Each model's answers are labelled by a fit on the other models'; the prompts are the same."""
    names = sorted({one.model for one in answers})
    return _held_out(answers, np.array([names.index(one.model) for one in answers]), fit_on)


def _held_out(answers: Sequence[Answer], part_N: Ints, fit_on: Fit) -> Floats:
    probs_NC = np.zeros((len(answers), len(LABELS)))
    for part in np.unique(part_N):
        fitted = fit_on([one for one, place in zip(answers, part_N, strict=True) if place != part])
        inside = np.flatnonzero(part_N == part).tolist()
        probs_NC[inside] = fitted([answers[i] for i in inside])
    return probs_NC
