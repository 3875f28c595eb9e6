"""Labels whose truth and whose labellers' errors are known."""

from collections.abc import Sequence

import numpy as np

from solon.labellers.labels import FIRST, SECOND, TIE, Label, Labelled
from solon.records import Comparison, Prompt, user


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
    right_N = rng.random(count) < 0.95
    people = [
        said(item, "ann", FIRST if truth == right else SECOND)
        for item, (truth, right) in enumerate(zip(truth_N.tolist(), right_N.tolist(), strict=True))
    ]
    return labelled(ai, list(categories) or None), truth_N, people
