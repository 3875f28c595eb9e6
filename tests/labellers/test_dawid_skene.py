import math
from itertools import pairwise, product

import numpy as np
import pytest
from scipy.optimize import minimize

from solon.labellers.dawid_skene import CLASS, RIGHT, WRONG, Floats, Votes, fit_errors, log_joint

LABELS = [  # (pair, labeller, said, swapped)
    (0, 0, 0, False), (0, 1, 0, True), (0, 2, 0, False), (1, 0, 1, False), (1, 1, 1, False), (2, 0, 0, True),
    (2, 1, 1, False), (2, 2, 0, True), (3, 0, 1, True), (3, 2, 0, False), (4, 1, 1, True), (4, 2, 1, False),
]  # fmt: skip


def votes(labels: list[tuple[int, int, int, bool]], classes: int = 2) -> Votes:
    item, labeller, what, swapped = (np.array(column) for column in zip(*labels, strict=True))
    return Votes(item, labeller, what, swapped, int(item.max()) + 1, int(labeller.max()) + 1, classes)


def objective(prior: float, confusion: Floats) -> float:
    """Of LABELS, with no line of the code under test: every truth of every pair, one label at a time."""
    total = CLASS * (math.log(prior) + math.log(1 - prior))
    for labeller, truth, what in product(range(3), range(2), range(2)):
        total += (RIGHT if truth == what else WRONG) * math.log(confusion[labeller, truth, what])
    for item in range(5):
        either = 0.0
        for truth in (0, 1):
            joint = prior if truth == 0 else 1 - prior
            for of, labeller, what, swapped in LABELS:
                if of == item:
                    joint *= confusion[labeller, 1 - truth, 1 - what] if swapped else confusion[labeller, truth, what]
            either += joint
        total += math.log(either)
    return total


def test_a_pair_is_as_likely_as_its_labels_by_hand() -> None:
    # Truth first: said first by one who saw it there, .9; by one who saw it second, and is right there .7 of the time.
    confusion = np.array([[[0.9, 0.1], [0.2, 0.8]], [[0.6, 0.4], [0.3, 0.7]]])
    found = np.exp(log_joint(votes([(0, 0, 0, False), (0, 1, 0, True)]), np.array([0.5, 0.5]), confusion))
    # Truth second: the one says first though it is second, .2; the other says `second place` though it is first, .4.
    assert found.tolist() == [[pytest.approx(0.5 * 0.9 * 0.7), pytest.approx(0.5 * 0.2 * 0.4)]]


def test_no_error_rates_are_likelier_than_those_found() -> None:
    found = fit_errors(votes(LABELS))
    assert found.prior_K.tolist() == [0.5, 0.5]  # which response stands first says nothing
    best = objective(found.prior_K[0], found.confusion_LKK)
    assert found.objectives[-1] == pytest.approx(best, abs=1e-6)

    def loss(free: Floats) -> float:
        right = 1 / (1 + np.exp(-free.reshape(3, 2)))
        return -objective(0.5, np.stack([np.stack([row := right[:, 0], 1 - row], 1),
                                         np.stack([1 - (row := right[:, 1]), row], 1)], 1))  # fmt: skip

    rng = np.random.default_rng(0)
    starts = [rng.normal(1, 1, 6) for _ in range(20)]
    assert max(-minimize(loss, start).fun for start in starts) <= best + 1e-6


def test_the_objective_never_falls() -> None:
    found = fit_errors(votes(LABELS)).objectives
    assert len(found) > 3 and all(later >= earlier - 1e-12 for earlier, later in pairwise(found))


def test_one_shared_label_makes_nobody_perfect() -> None:
    found = fit_errors(votes([(0, 0, 0, False), (0, 1, 0, False)]))
    assert np.isfinite(found.confusion_LKK).all() and found.confusion_LKK.max() < 0.8


def test_a_trusted_labeller_decides_whatever_the_others_say() -> None:
    labels = [(item, labeller, (item + bool(labeller)) % 2, False) for item in range(8) for labeller in range(3)]
    own = np.arange(8) % 2
    assert (fit_errors(votes(labels), trusted=[0]).posterior_NK[np.arange(8), own] > 0.9).all()
    assert (fit_errors(votes(labels)).posterior_NK[np.arange(8), own] < 0.1).all()


def test_three_classes_turn_with_the_order_and_ties_stay() -> None:
    labels = [(item, labeller, 1, bool(labeller)) for item in range(4) for labeller in range(3)]
    found = fit_errors(votes(labels, 3))
    assert (found.posterior_NK.argmax(axis=1) == 1).all()
    assert found.prior_K[0] == found.prior_K[2]
