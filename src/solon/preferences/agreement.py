"""How far raters agree on what they ranked in common."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import combinations
from typing import NamedTuple

from solon.records import Ranking


class Agreement(NamedTuple):
    """Agreement over pairs of responses that two raters both ordered."""

    rate: float | None
    """Share ordered alike; None where no pair was ordered by two raters."""
    num_pairs: int
    """Pairs of responses, counted once for every two raters that both prefer one of them."""
    num_ties: int
    """Pairs left out because at least one of the two raters tied them."""


def rater_agreement(rankings: Iterable[Ranking]) -> Agreement:
    """Share of response pairs that two raters order alike, over all pairs of raters and shared responses.

    Source: Ouyang et al. 2022, arXiv:2203.02155, section 3.4 (72.6 % between training labellers). Leaving out ties is
    ours; they are counted.
    """
    by_prompt: dict[str, list[Ranking]] = defaultdict(list)
    for ranking in rankings:
        by_prompt[ranking.prompt.id].append(ranking)
    alike = num_pairs = num_ties = 0
    for shared in by_prompt.values():
        for one, other in combinations(shared, 2):
            if one.rater == other.rater:
                continue
            ranks, other_ranks = (dict(zip(r.responses, r.ranks, strict=True)) for r in (one, other))
            for first, second in combinations([text for text in ranks if text in other_ranks], 2):
                product = (ranks[first] - ranks[second]) * (other_ranks[first] - other_ranks[second])
                num_ties += product == 0
                num_pairs += product != 0
                alike += product > 0
    return Agreement(alike / num_pairs if num_pairs else None, num_pairs, num_ties)
