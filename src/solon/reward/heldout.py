"""Is a reward model right about pairs it has not seen? Numbers and records per pair; intervals are the caller's."""

from __future__ import annotations

import math
from collections.abc import Sequence

from solon.interfaces import PromptResponse, Reward
from solon.records import Comparison, Preference, Ranking, Record

CALIBRATION_BINS = 10


class HeldOutPair(Record):
    """One labelled pair and the margin that the reward model gives it."""

    comparison: Comparison
    source: str
    """Who labelled it: a rater's name or a judge model."""
    prob_a: float
    """The label: the probability that A is better."""
    margin: float
    """score(A) - score(B), in logits."""

    @property
    def correct(self) -> bool | None:
        """Whether the margin has the sign of the label; None where the label is undecided, a margin of 0 is wrong."""
        return None if self.prob_a == 0.5 else self.margin * (self.prob_a - 0.5) > 0


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


def accuracy(pairs: Sequence[HeldOutPair]) -> float | None:
    """Share of decided pairs whose margin has the label's sign; None where no pair is decided."""
    decided = [pair.correct for pair in pairs if pair.correct is not None]
    return sum(decided) / len(decided) if decided else None


def expected_calibration_error(pairs: Sequence[HeldOutPair]) -> float | None:
    """Mean |confidence - label of the favoured response| over 10 equal-width bins of confidence in [0.5, 1].

        ECE = sum over bins of n_bin / n * |mean confidence - mean label|

    Confidence is sigmoid(|margin|); the label of the favoured response is `prob_a` or 1 - `prob_a`. None without pairs.

    Source: Naeini et al. 2015; binary confidence cannot be below 0.5, so the bins divide [0.5, 1] (ours).
    """
    if not pairs:
        return None
    bins: list[list[tuple[float, float]]] = [[] for _ in range(CALIBRATION_BINS)]
    for pair in pairs:
        confidence = 1 / (1 + math.exp(-abs(pair.margin)))
        label = pair.prob_a if pair.margin >= 0 else 1 - pair.prob_a
        place = min(int((confidence - 0.5) * 2 * CALIBRATION_BINS), CALIBRATION_BINS - 1)
        bins[place].append((confidence, label))
    gaps = (abs(sum(confidence - label for confidence, label in filled)) for filled in bins)
    return sum(gaps) / len(pairs)
