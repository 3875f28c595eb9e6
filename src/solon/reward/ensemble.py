"""Several rewards as one: what one reward model gets wrong, others trained alike may get right.

Source: Coste et al. 2023, arXiv:2310.02743.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from typing import Literal

from solon.errors import TrainingError
from solon.interfaces import PromptResponse, Reward

Combine = Literal["mean", "worst", "uncertain"]


class Ensemble:
    """A reward that asks all its members.

    Members must have one zero and one scale: reward models that were trained alike, on other seeds or parts of the
    data. `worst` would otherwise follow whoever scores lowest of all. Members that are all from one start share its
    errors.

    Args:
        members: at least two.
        combine: `mean`; `worst`: the lowest score; `uncertain`: the mean - uncertainty_coef x the variance among
            members (divided by their number), as published.
        uncertainty_coef: of `uncertain`: reward lost per squared unit of score.

    Raises:
        ValueError: fewer than two members.
    """

    def __init__(self, members: Sequence[Reward], combine: Combine, *, uncertainty_coef: float = 0.1) -> None:
        if len(members) < 2:
            raise ValueError(f"an ensemble of {len(members)}: give at least two rewards")
        combining: dict[Combine, Callable[[Sequence[float]], float]] = {
            "mean": statistics.fmean,
            "worst": min,
            "uncertain": lambda scores: statistics.fmean(scores) - uncertainty_coef * statistics.pvariance(scores),
        }
        self._members, self._combined = members, combining[combine]

    def __call__(self, pairs: Sequence[PromptResponse]) -> list[float]:
        """One score per pair, in order; NaN where a member's is not finite, for whoever asks to tell of which prompt.

        Raises:
            TrainingError: a member does not give one number for each pair.
        """
        by_member = [[float(score) for score in member(pairs)] for member in self._members]
        for number, scores in enumerate(by_member, start=1):
            if len(scores) != len(pairs):
                raise TrainingError(
                    f"reward {number} of the ensemble gave {len(scores)} numbers for {len(pairs)} responses; it must "
                    "give one for each, in order."
                )
        return [
            self._combined(scores) if all(map(math.isfinite, scores)) else math.nan
            for scores in zip(*by_member, strict=True)
        ]
