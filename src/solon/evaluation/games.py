"""Judged pairs as games between the models that wrote them; both orders of a pair brought together.

A judge that saw a pair in both orders has one game of it: its log-odds are averaged (its probabilities, where one of
them is 0 or 1), so that an additive taste for a place cancels. A verdict that turns with the order is then a tie.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from solon.records import Record


class Game(NamedTuple):
    """What one judge said of two models' responses to one prompt."""

    prompt: str
    """What the bootstrap and the clustered variance draw as a whole: the prompt's template, or its id."""
    model_a: str
    model_b: str
    response_a: str
    response_b: str
    prob_a: float
    """That A is better: 1, 0, 0.5 of a tie, or a judge's probability."""
    judge: str
    a_first: bool | None = None
    """Whether the judge saw A first; None where it saw both orders, or none."""
    orders: tuple[float, float] | None = None
    """Its probabilities that A is better with A first and with B first, where it saw both orders."""

    def turned(self) -> Game:
        """The same game with A and B exchanged."""
        return Game(
            self.prompt, self.model_b, self.model_a, self.response_b, self.response_a, 1 - self.prob_a, self.judge,
            None if self.a_first is None else not self.a_first,
            None if self.orders is None else (1 - self.orders[1], 1 - self.orders[0]),
        )  # fmt: skip


class Swaps(Record):
    """What became of pairs that one judge saw in both orders."""

    judge: str
    num_pairs: int
    num_flips: int
    """Pairs whose winner turned with the order."""
    first_of_flips: float | None
    """Share of these in which the response shown first won; None without any."""


def one_game_each(games: Iterable[Game]) -> list[Game]:
    """One game of every judge and pair of texts: orders and repetitions averaged, the first one's A stays A."""
    groups: dict[tuple[str, str, frozenset[tuple[str, str]]], list[Game]] = defaultdict(list)
    for game in games:
        sides = frozenset(((game.model_a, game.response_a), (game.model_b, game.response_b)))
        groups[game.judge, game.prompt, sides].append(game)
    return [_merged(group) for group in groups.values()]


def swaps(games: Sequence[Game]) -> list[Swaps]:
    """How often each judge's winner turned with the order, of the judges that saw pairs in both."""
    orders: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for game in games:
        if game.orders is not None:
            orders[game.judge].append(game.orders)
    found = []
    for judge, seen in orders.items():
        flips = [one for one in seen if (one[0] - 0.5) * (one[1] - 0.5) < 0]
        first = sum(a_first > 0.5 for a_first, _ in flips) / len(flips) if flips else None
        found.append(Swaps(judge=judge, num_pairs=len(seen), num_flips=len(flips), first_of_flips=first))
    return found


def mean_prob(probs: Sequence[float]) -> float:
    """The probability of the mean log-odds, or the mean where one of them is 0 or 1."""
    if len(set(probs)) == 1:
        return probs[0]
    if min(probs) <= 0 or max(probs) >= 1:
        return sum(probs) / len(probs)
    return 1 / (1 + math.exp(-sum(math.log(prob / (1 - prob)) for prob in probs) / len(probs)))


def _merged(group: Sequence[Game]) -> Game:
    first = group[0]
    if len(group) == 1:
        return first
    same_side = (first.model_a, first.response_a)
    aligned = [one if (one.model_a, one.response_a) == same_side else one.turned() for one in group]
    a_first = [one.prob_a for one in aligned if one.a_first is True]
    b_first = [one.prob_a for one in aligned if one.a_first is False]
    if a_first and b_first:
        orders = mean_prob(a_first), mean_prob(b_first)
        return first._replace(prob_a=mean_prob(orders), a_first=None, orders=orders)
    return first._replace(prob_a=mean_prob([one.prob_a for one in aligned]))
