"""Rankings and judged comparisons as rows of tokens: what reward models and policies learn preferences from.

One element per ranking or comparison, tokenised once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from solon.interfaces import PromptResponse
from solon.models.template import Tokens
from solon.records import Preference, Ranking
from solon.seeds import generator

RowOf = Callable[[PromptResponse], Tokens]
"""A response with its prompt, in the tokens of a model."""


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


def ranking_elements(row_of: RowOf, rankings: Sequence[Ranking]) -> list[Element]:
    """One element per ranking in which something is preferred; rankings of ties alone carry nothing."""
    return [
        Element([row_of(PromptResponse(r.prompt, text)) for text in r.responses], r.ranks, 0.5, r.id)
        for r in rankings
        if len(set(r.ranks)) > 1
    ]


def preference_elements(row_of: RowOf, preferences: Sequence[Preference]) -> list[Element]:
    """One element per comparison that a judge could score."""
    return [
        Element(
            [
                row_of(PromptResponse(p.comparison.prompt, text))
                for text in (p.comparison.response_a, p.comparison.response_b)
            ],
            None,
            p.prob_a,
            p.comparison.id,
        )
        for p in preferences
        if p.prob_a is not None
    ]


def element_batches(elements: Sequence[Element], max_batch_tokens: int) -> list[list[int]]:
    """Elements (by index) of similar length together, within the budget of padded tokens.

    All responses of an element share a forward pass. One that exceeds the budget by itself is a batch of its own.
    """
    batches: list[list[int]] = []
    num_rows = 0
    for index in sorted(range(len(elements)), key=lambda i: elements[i].longest):
        num_rows += len(elements[index].rows)
        if batches and num_rows * elements[index].longest <= max_batch_tokens:
            batches[-1].append(index)
        else:
            batches.append([index])
            num_rows = len(elements[index].rows)
    return batches


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
