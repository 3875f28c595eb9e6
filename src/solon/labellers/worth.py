"""What each labeller is worth: noise, taste for a place, agreement, the price of a right label; one label of all."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from itertools import combinations
from typing import NamedTuple

import numpy as np

from solon.errors import InputError
from solon.evaluation.intervals import exact_interval
from solon.labellers.agreement import kappa, krippendorff_alpha
from solon.labellers.dawid_skene import Errors, Floats, Votes, fit_errors, log_joint
from solon.labellers.labels import TIE, Labelled
from solon.records import Preference, Record

COMBINED = "labellers"
"""The source of a label that is made of several."""


class Worth(Record):
    """What one labeller is worth, as far as pairs that others labelled too show it."""

    labeller: str
    num_labels: int
    num_shared: int
    """Labels on pairs that somebody else labelled too: all figures are of these."""
    accuracy: float
    """Probability that a label is right."""
    low: float
    """Of its 95 % interval, as if the truth of these pairs were known; so rather too narrow."""
    high: float
    confusion: tuple[tuple[float, ...], ...]
    """[truth][said], each row adding up to 1: first, tie (where anybody ties), second, by the place shown."""
    position_bias: float
    """Log-odds in nats for the response shown first, beyond the truth; 0 without a taste."""
    price: float | None = None
    """Of a label, on average."""
    price_of_right: float | None = None
    """price / accuracy."""


class Kappa(Record):
    """Cohen's kappa of two labellers."""

    labellers: tuple[str, str]
    kappa: float | None
    num_shared: int


class Compared(NamedTuple):
    """Labellers beside each other."""

    worths: list[Worth]
    kappas: list[Kappa]
    alpha: float | None
    prob_first_N: Floats
    """Of every pair, how likely its first response is better; half of a tie. NaN without any label."""
    identified: bool
    """Whether three labellers share pairs: two alone do not tell whose error a disagreement is."""


def compare_labellers(
    labelled: Labelled, *, trusted: Collection[str] = (), prices: Mapping[str, float] | None = None
) -> Compared:
    """Estimate every labeller's errors on the pairs that several labelled, and combine all labels.

    Args:
        trusted: labellers that are taken at their word.
        prices: labeller -> price of a label, in the place of what their labels record.

    Raises:
        InputError: no pair has labels of two labellers, or a name is no labeller's.
    """
    names = labelled.labellers
    if unknown := [name for name in (*trusted, *(prices or {})) if name not in names]:
        raise InputError(f"nobody called {unknown[0]!r} labelled anything; these did: {', '.join(names)}")
    per_item = Counter(label.item for label in labelled.labels)
    shared = {item for item, count in per_item.items() if count > 1}
    if not shared:
        raise InputError(
            f"no pair has labels of two labellers ({', '.join(names) or 'nobody'} labelled {len(per_item)} pairs), so "
            "nothing tells who errs; let a second one label some of the same pairs"
        )
    votes = _votes(labelled, shared)
    errors = fit_errors(votes, trusted=[names.index(name) for name in trusted])
    most = max(Counter(label.item for label in labelled.labels).values())
    pairs = [(one, other, *kappa(labelled.labels, one, other)) for one, other in combinations(names, 2)]
    return Compared(
        [_worth(labelled, name, number, errors, shared, (prices or {}).get(name)) for number, name in enumerate(names)],
        [Kappa(labellers=(one, other), kappa=value, num_shared=count) for one, other, value, count in pairs],
        krippendorff_alpha(labelled.labels),
        _combined(labelled, errors),
        most > 2 or bool(trusted),
    )


def combined_preferences(labelled: Labelled, prob_first_N: Iterable[float]) -> list[Preference]:
    """One preference for every pair with a label: its probability is the label that training reads."""
    return [
        Preference(comparison=pair, prob_a=float(prob), source=COMBINED)
        for pair, prob in zip(labelled.items, prob_first_N, strict=True)
        if not math.isnan(prob)
    ]


def _votes(labelled: Labelled, items: Collection[int]) -> Votes:
    """The labels of these pairs, numbered anew in their order, as classes of two or three."""
    place = {item: number for number, item in enumerate(sorted(items))}
    labels = [label for label in labelled.labels if label.item in place]
    names = labelled.labellers
    ties = any(label.said == TIE for label in labelled.labels)
    return Votes(
        np.array([place[label.item] for label in labels]),
        np.array([names.index(label.labeller) for label in labels]),
        np.array([label.said if ties else label.said // 2 for label in labels]),
        np.array([label.swapped for label in labels]),
        len(place), len(names), 3 if ties else 2,
    )  # fmt: skip


def _combined(labelled: Labelled, errors: Errors) -> Floats:
    items = sorted({label.item for label in labelled.labels})
    votes = _votes(labelled, items)
    joint_NK = log_joint(votes, errors.prior_K, errors.confusion_LKK)
    posterior_NK = np.exp(joint_NK - np.logaddexp.reduce(joint_NK, axis=1)[:, None])
    prob_N = np.full(len(labelled.items), math.nan)
    prob_N[items] = posterior_NK[:, 0] + (posterior_NK[:, TIE] / 2 if votes.num_classes == 3 else 0.0)
    return prob_N


def _worth(
    labelled: Labelled, name: str, number: int, errors: Errors, shared: Collection[int], price: float | None
) -> Worth:
    own = [label for label in labelled.labels if label.labeller == name]
    confusion_KK = errors.confusion_LKK[number]
    accuracy = float(errors.prior_K @ confusion_KK.diagonal())
    num_shared = sum(label.item in shared for label in own)
    interval = exact_interval(accuracy, max(1, num_shared))
    paid = [label.price for label in own if label.price is not None]
    if price is None and paid:
        price = sum(paid) / len(paid)
    both = [label.log_odds for label in own if len(label.log_odds) == 2]
    first, second = confusion_KK[0], confusion_KK[-1]
    # A judge that was asked in both orders tells its taste for a place itself.
    bias = (
        sum(a_first - b_first for a_first, b_first in both) / (2 * len(both))
        if both
        else (math.log(first[0] / first[-1]) + math.log(second[0] / second[-1])) / 2
    )
    return Worth(
        labeller=name, num_labels=len(own), num_shared=num_shared, accuracy=accuracy, low=interval.low,
        high=interval.high, confusion=tuple(tuple(row) for row in confusion_KK.tolist()), position_bias=float(bias),
        price=price, price_of_right=None if price is None else price / accuracy,
    )  # fmt: skip
