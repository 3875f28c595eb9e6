"""Labels of several labellers on the same pairs, brought together."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from solon.data.fields import prompt_id
from solon.evaluation.calibration import unclamped_prob
from solon.evaluation.games import Game
from solon.records import Comparison, Preference, Ranking

FIRST, TIE, SECOND = 0, 1, 2
"""What is said of a pair: this response is better, or neither."""


class Label(NamedTuple):
    """What one labeller says of one pair."""

    item: int
    labeller: str
    said: int
    """FIRST, TIE or SECOND of the item's two responses."""
    prob_first: float
    """The labeller's own probability that the item's first response is better, before any clamping."""
    swapped: bool
    """Whether the labeller saw the item's second response first; of one who saw both orders, nothing."""
    log_odds: tuple[float, ...] = ()
    """Of a judge that was asked in both orders: that A of its own row is better, with A first and with B first."""
    price: float | None = None


class Labelled(NamedTuple):
    """Pairs and all labels of them. A pair is known by its prompt and its two texts, whatever its id and order."""

    items: list[Comparison]
    """Each as it was first met."""
    categories: list[str]
    """Of each pair: the label `category` of its prompt, else the principle that a judge decided under."""
    labels: list[Label]
    """One per labeller and pair; the last one counts."""

    @property
    def labellers(self) -> list[str]:
        """Their names, in the order in which they were met."""
        return list(dict.fromkeys(label.labeller for label in self.labels))


def gather(records: Iterable[Comparison | Preference | Ranking]) -> Labelled:
    """Bring labels of the same pairs together.

    A ranking labels every two of its responses, the one that stood before the other as the first. A comparison that
    nobody judged, or an unscored preference, is a pair without a label.
    """
    places: dict[tuple[str, frozenset[str]], int] = {}
    items: list[Comparison] = []
    categories: list[str] = []
    labels: dict[tuple[str, int], Label] = {}
    for pair, said in _judged(records):
        asked = prompt_id(pair.prompt.messages, pair.prompt.tools)
        place = places.setdefault((asked, frozenset((pair.response_a, pair.response_b))), len(items))
        if place == len(items):
            items.append(pair)
            categories.append("")
        categories[place] = (
            categories[place] or pair.prompt.labels.get("category", "") or (said.category if said else "")
        )
        if said is not None:
            swapped = pair.response_a != items[place].response_a
            prob = 1 - said.prob_a if swapped else said.prob_a
            labels[said.labeller, place] = Label(
                place, said.labeller, _verdict(prob), prob, swapped, said.log_odds, said.price
            )
    return Labelled(items, categories, list(labels.values()))


def labels_of_games(games: Sequence[Game]) -> list[Label]:
    """What judges said of games (one of each judge and pair), a pair known by its prompt, models and texts."""
    firsts: dict[tuple[str, frozenset[tuple[str, str]]], tuple[int, Game]] = {}
    labels = []
    for game in games:
        sides = frozenset(((game.model_a, game.response_a), (game.model_b, game.response_b)))
        place, first = firsts.setdefault((game.prompt, sides), (len(firsts), game))
        same = (game.model_a, game.response_a) == (first.model_a, first.response_a)
        prob = game.prob_a if same else 1 - game.prob_a
        labels.append(Label(place, game.judge, _verdict(prob), prob, not same))
    return labels


class _Said(NamedTuple):
    labeller: str
    prob_a: float
    category: str = ""
    log_odds: tuple[float, ...] = ()
    price: float | None = None


def _verdict(prob_first: float) -> int:
    return TIE if prob_first == 0.5 else FIRST if prob_first > 0.5 else SECOND


def _judged(records: Iterable[Comparison | Preference | Ranking]) -> Iterator[tuple[Comparison, _Said | None]]:
    for one in records:
        if isinstance(one, Comparison):
            yield one, None
        elif isinstance(one, Preference):
            scored = one.prob_a is not None
            said = _Said(one.source, unclamped_prob(one), one.principle_id or "", one.log_odds) if scored else None
            yield one.comparison, said
        else:
            yield from _ranked(one)


def _ranked(ranking: Ranking) -> Iterator[tuple[Comparison, _Said]]:
    """Every two responses; who is paid for the ranking is paid for each of them an equal part."""
    pairs = list(itertools.combinations(range(len(ranking.responses)), 2))
    price = ranking.annotation.price / len(pairs) if ranking.annotation else None
    for a, b in pairs:
        texts = {"response_a": ranking.responses[a], "response_b": ranking.responses[b]}
        if texts["response_a"] == texts["response_b"]:
            continue
        rank_a, rank_b = ranking.ranks[a], ranking.ranks[b]
        prob_a = 0.5 if rank_a == rank_b else float(rank_a < rank_b)
        name = ranking.id if len(pairs) == 1 else f"{ranking.id}/{a}-{b}"
        yield Comparison(id=name, prompt=ranking.prompt, **texts), _Said(ranking.rater, prob_a, price=price)
