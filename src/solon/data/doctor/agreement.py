"""Label noise: how far several people agree who judged the same thing.

alpha = 1 - observed disagreement / disagreement expected by chance (Krippendorff 2004, chapter 11): 1 is full
agreement, 0 what chance gives. Cohen's kappa is the like for two people, on what both have judged.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import combinations
from typing import Any, Literal, NamedTuple

from solon.data.doctor.texts import AnyRecord
from solon.records import Comparison, LabelledResponse, Preference, Prompt, Ranking

Value = bool | int | float | str
Level = Literal["nominal", "ordinal"]

LONGEST_CLASS = 60
"""Characters of a label's name; a longer text is a comment."""


class Rating(NamedTuple):
    """What one person said of one thing."""

    question: str
    """What was asked; ratings are compared within it."""
    item: str
    rater: str
    value: Value


class Agreement(NamedTuple):
    """Of one question. A figure is None where it is not defined: nobody ever said two different things."""

    question: str
    num_items: int
    """Judged by at least two people; others say nothing about agreement."""
    num_raters: int
    alpha_nominal: float | None
    alpha_ordinal: float | None
    """None also where the answers have no order."""
    kappa: dict[str, float | None]
    """Cohen's kappa by `RATER / RATER`, over what both have judged."""


def ratings_of(record: AnyRecord) -> Iterator[Rating]:
    """What a record says as a rater's judgement.

    Of two responses it is -1 (the second is better), 0 or 1; a ranking of more gives a rank for each response. Of a
    labelled response every label is a question of its own; comments in free text are none.
    """
    match record:
        case Ranking(prompt=prompt, responses=responses, ranks=ranks, rater=rater):
            item = _key(prompt, *responses)
            if len(ranks) == 2:
                yield Rating("which is better", item, rater, (ranks[1] > ranks[0]) - (ranks[1] < ranks[0]))
            else:
                yield from (Rating("rank", f"{item}/{n}", rater, rank) for n, rank in enumerate(ranks))
        case Preference(comparison=Comparison() as pair, prob_a=prob_a, source=source) if prob_a is not None:
            item = _key(pair.prompt, pair.response_a, pair.response_b)
            yield Rating("which is better", item, source, (prob_a > 0.5) - (prob_a < 0.5))
        case LabelledResponse(prompt=prompt, text=text, labels=labels, rater=rater):
            classes = {name: value for name, value in labels.items() if not _is_comment(value)}
            yield from (Rating(name, _key(prompt, text), rater, value) for name, value in classes.items())


class Ratings:
    """Collects ratings; keeps hashes of what was judged, no text."""

    def __init__(self) -> None:
        self._of: dict[str, dict[str, dict[str, Value]]] = defaultdict(lambda: defaultdict(dict))
        self._times: Counter[tuple[str, str, str]] = Counter()

    def add(self, ratings: Iterable[Rating]) -> None:
        """Take ratings; what one person judged twice is two things, each with the others' like judgement."""
        for question, item, rater, value in ratings:
            self._times[question, item, rater] += 1
            self._of[question][f"{item} {self._times[question, item, rater]}"][rater] = value

    def agreements(self) -> list[Agreement]:
        """One for each question that several people answered about the same thing."""
        found = []
        for question, items in self._of.items():
            shared = {item: said for item, said in items.items() if len(said) > 1}
            if shared:
                found.append(_agreement(question, shared))
        return found


def alpha(items: Iterable[Iterable[Value]], level: Level) -> float | None:
    """Krippendorff's alpha.

    Args:
        items: for each thing judged what its raters said; raters may be missing.
        level: `ordinal` takes the distance of two values from how often those between them were said.

    Returns:
        None where all values are the same, or none has two raters.
    """
    rated = [values for values in map(list, items) if len(values) > 1]
    counts = Counter(value for values in rated for value in values)
    if len(counts) < 2:
        return None
    distance = _unequal if level == "nominal" else _ordinal_distance(counts)
    triples = [(rater, item, value) for item, values in enumerate(rated) for rater, value in enumerate(values)]
    return float(_task(triples, distance).alpha())


def kappa(pairs: list[tuple[Value, Value]]) -> float | None:
    """Cohen's kappa of two raters; None where both always said the same one thing."""
    if len({value for pair in pairs for value in pair}) < 2:
        return None
    triples = [(rater, item, value) for item, pair in enumerate(pairs) for rater, value in enumerate(pair)]
    return float(_task(triples, _unequal).kappa_pairwise(0, 1))


def _task(triples: list[tuple[int, int, Value]], distance: Callable[[Value, Value], float]) -> Any:
    # Imported here: it takes seconds, and most files have no second rater.
    from nltk.metrics.agreement import AnnotationTask

    return AnnotationTask(triples, distance=distance)


def _agreement(question: str, items: dict[str, dict[str, Value]]) -> Agreement:
    raters = sorted({rater for said in items.values() for rater in said})
    values = {value for said in items.values() for value in said.values()}
    ordered = all(isinstance(value, int | float) for value in values)
    kappas = {}
    for one, other in combinations(raters, 2):
        pairs = [(said[one], said[other]) for said in items.values() if one in said and other in said]
        if pairs:
            kappas[f"{one} / {other}"] = kappa(pairs)
    said = [list(of_item.values()) for of_item in items.values()]
    ordinal = alpha(said, "ordinal") if ordered else None
    return Agreement(question, len(items), len(raters), alpha(said, "nominal"), ordinal, kappas)


def _unequal(one: Value, other: Value) -> float:
    return float(one != other)


def _ordinal_distance(counts: Counter[Value]) -> Callable[[Value, Value], float]:
    """The squared number of values said from the one to the other, the two themselves half."""
    order = sorted(counts, key=float)
    place = {}
    passed = 0.0
    for value in order:
        place[value] = passed + counts[value] / 2
        passed += counts[value]
    return lambda one, other: (place[one] - place[other]) ** 2


def _is_comment(value: Value) -> bool:
    return isinstance(value, str) and len(value) > LONGEST_CLASS


def _key(prompt: Prompt, *texts: str) -> str:
    parts = [*(f"{turn.role}\x1f{turn.content}" for turn in prompt.shown), *texts]
    return hashlib.blake2b("\x1e".join(parts).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
