"""Pairs that trained nothing, with the margins a model gives them; what that is worth, the caller measures."""

from __future__ import annotations

from collections.abc import Sequence

from solon.interfaces import PromptResponse, Reward
from solon.records import Comparison, Preference, Ranking, Record


class HeldOutPair(Record):
    """One labelled pair and the margin that a reward model, or the implicit reward of a policy, gives it."""

    comparison: Comparison
    source: str
    """Who labelled it: a rater's name or a judge model."""
    prob_a: float
    """The label: the probability that A is better."""
    margin: float
    """score(A) - score(B), in logits."""


def pairs_of_ranking(ranking: Ranking) -> list[Preference]:
    """All pairs of a ranking that are not tied, the better response first in every other pair.

    Alternating keeps a model that always likes A at 50 %.
    """
    pairs: list[Preference] = []
    for first in range(len(ranking.responses)):
        for second in range(first + 1, len(ranking.responses)):
            if ranking.ranks[first] == ranking.ranks[second]:
                continue
            better, worse = (first, second) if ranking.ranks[first] < ranking.ranks[second] else (second, first)
            a, b = (better, worse) if len(pairs) % 2 == 0 else (worse, better)
            comparison = Comparison(
                id=f"{ranking.id}/{better}-{worse}",
                prompt=ranking.prompt,
                response_a=ranking.responses[a],
                response_b=ranking.responses[b],
            )
            pairs.append(Preference(comparison=comparison, prob_a=float(a == better), source=ranking.rater))
    return pairs


def pair_margins(scorer: Reward, comparisons: Sequence[Comparison]) -> list[float]:
    """score(A) - score(B) of each comparison, in logits."""
    both = [
        PromptResponse(comparison.prompt, text)
        for comparison in comparisons
        for text in (comparison.response_a, comparison.response_b)
    ]
    scores = scorer(both)
    return [float(a) - float(b) for a, b in zip(scores[::2], scores[1::2], strict=True)]


def judge_pairs(scorer: Reward, rankings: Sequence[Ranking], preferences: Sequence[Preference]) -> list[HeldOutPair]:
    """The margins of all labelled pairs: those of rankings first, then the comparisons with a label."""
    labelled = [pair for ranking in rankings for pair in pairs_of_ranking(ranking)]
    labelled += [preference for preference in preferences if preference.prob_a is not None]
    margins = pair_margins(scorer, [preference.comparison for preference in labelled])
    return [
        HeldOutPair(comparison=p.comparison, source=p.source, prob_a=p.prob_a, margin=margin)
        for p, margin in zip(labelled, margins, strict=True)
        if p.prob_a is not None
    ]
