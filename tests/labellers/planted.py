"""Labels whose truth and whose labellers' errors are known."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from solon.labellers.labels import FIRST, SECOND, TIE, Label, Labelled
from solon.labellers.routing import route
from solon.records import Comparison, Prompt, user

PEOPLE = ["ann"]
RIGHT = 0.95
"""How often people are right in `judged`."""


def pair(number: int, category: str = "") -> Comparison:
    labels = {"category": category} if category else {}
    prompt = Prompt(id=str(number), messages=(user(f"question {number}"),), labels=labels)
    return Comparison(id=f"p{number}", prompt=prompt, response_a=f"good {number}", response_b=f"bad {number}")


def labelled(labels: Sequence[Label], categories: Sequence[str] | None = None) -> Labelled:
    count = 1 + max(label.item for label in labels)
    names = list(categories or [""] * count)
    return Labelled([pair(number, name) for number, name in enumerate(names)], names, list(labels))


def said(item: int, labeller: str, what: int, *, swapped: bool = False) -> Label:
    return Label(item, labeller, what, {FIRST: 1.0, TIE: 0.5, SECOND: 0.0}[what], swapped)


def noisy(
    truth_N: np.ndarray, labeller: str, confusion: Sequence[Sequence[float]], rng: np.random.Generator
) -> list[Label]:
    """Labels of one who errs so, by the place shown; half of the pairs are shown the other way round."""
    classes = len(confusion)
    codes = (FIRST, SECOND) if classes == 2 else (FIRST, TIE, SECOND)
    found = []
    for item, truth in enumerate(truth_N.tolist()):
        swapped = bool(rng.random() < 0.5)
        shown = classes - 1 - truth if swapped else truth
        told = int(rng.choice(classes, p=confusion[shown]))
        found.append(said(item, labeller, codes[classes - 1 - told if swapped else told], swapped=swapped))
    return found


def judged(
    rng: np.random.Generator, count: int, categories: Sequence[str] = ()
) -> tuple[Labelled, np.ndarray, list[Label]]:
    """An AI's labels of pairs of every difficulty, the truth (1: the first), and what people would say of all pairs.

    The harder a pair, the less certain the AI and the more often it is wrong; people are right 19 times in 20.
    """
    truth_N = rng.random(count) < 0.5
    hard_N = rng.random(count)
    odds_N = np.where(truth_N, 1, -1) * 3.5 * (1 - hard_N) + rng.normal(0, 1.6, count)
    ai = [
        Label(item, "judge", FIRST if odds > 0 else SECOND, float(1 / (1 + np.exp(-odds))), False)
        for item, odds in enumerate(odds_N.tolist())
    ]
    right_N = rng.random(count) < RIGHT
    people = [
        said(item, "ann", FIRST if truth == right else SECOND)
        for item, (truth, right) in enumerate(zip(truth_N.tolist(), right_N.tolist(), strict=True))
    ]
    return labelled(ai, list(categories) or None), truth_N, people


class Accuracies(NamedTuple):
    """Of the labels of all pairs."""

    without: float
    """With people's labels of the shared pairs alone."""
    routed: float
    at_random: float
    expected: float
    """What the routing foretold of itself."""


def accuracies(seed: int, share: float, *, count: int = 1200, shared: int = 150) -> Accuracies:
    """People label `shared` pairs, then this share of the others: the routed ones, or as many at random."""
    rng = np.random.default_rng(seed)
    whole, truth_N, people = judged(rng, count)
    known = [*whole.labels, *people[:shared]]
    budget = round(share * (count - shared))
    found = route(whole._replace(labels=known), PEOPLE, people_accuracy=RIGHT, num_for_people=budget, seed=seed)

    def accuracy(chosen: Sequence[int]) -> float:
        given = whole._replace(labels=[*known, *(people[item] for item in chosen)])
        prob_N = route(given, PEOPLE, people_accuracy=RIGHT, num_for_people=0, seed=0).prob_first_N
        return float(((prob_N > 0.5) == truth_N).mean())

    at_random = (shared + rng.permutation(count - shared)[:budget]).tolist()
    return Accuracies(accuracy([]), accuracy(found.chosen), accuracy(at_random), 1 - found.error_routed / count)
