"""What a reward model trains on: one element per ranking or judged comparison, tokenised once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from solon.interfaces import PromptResponse
from solon.models.scalar_model import ScalarModel
from solon.models.template import Tokens
from solon.records import Preference, Ranking
from solon.reward.score import scored_row
from solon.seeds import generator


class Element(NamedTuple):
    """The responses of one prompt that are compared with each other, and how."""

    rows: list[Tokens]
    """One per response: each is read once, however many pairs it is in."""
    ranks: tuple[int, ...] | None
    """A ranking: rank of each response, 0 = best. None for a judged comparison."""
    prob_a: float
    """A judged comparison: the probability that the first of its two responses is better."""
    name: str
    """The record's id, for messages."""

    @property
    def longest(self) -> int:
        """Tokens of the longest response with its prompt."""
        return max(len(row.ids) for row in self.rows)


def ranking_elements(model: ScalarModel, rankings: Sequence[Ranking]) -> list[Element]:
    """One element per ranking in which something is preferred; rankings of ties alone carry nothing."""
    return [
        Element([scored_row(model, PromptResponse(r.prompt, text)) for text in r.responses], r.ranks, 0.5, r.id)
        for r in rankings
        if len(set(r.ranks)) > 1
    ]


def preference_elements(model: ScalarModel, preferences: Sequence[Preference]) -> list[Element]:
    """One element per comparison that a judge could score."""
    return [
        Element(
            [
                scored_row(model, PromptResponse(p.comparison.prompt, text))
                for text in (p.comparison.response_a, p.comparison.response_b)
            ],
            None,
            p.prob_a,
            p.comparison.id,
        )
        for p in preferences
        if p.prob_a is not None
    ]


def share_of_step(count: int, step: int, num_steps: int, epochs: float, seed: int, name: str) -> list[int]:
    """Which of `count` elements step `step` trains on.

    Every source is spread evenly over all steps, so that a batch holds each source in its share of the whole and
    all sources end together. Each pass over a source is shuffled anew.
    """
    length = round(count * epochs)
    begin, end = step * length // num_steps, (step + 1) * length // num_steps
    chosen: list[int] = []
    for epoch in range(begin // count if count else 0, -(-end // count) if count else 0):
        order: list[int] = generator(seed, "order", name, epoch).permutation(np.arange(count)).tolist()
        chosen += order[max(begin - epoch * count, 0) : max(end - epoch * count, 0)]
    return chosen
