"""Losses of reward and preference models. Pure tensor functions.

Shapes: K responses of one prompt, B comparisons. Scores are in logits: a difference of 1 means odds of e : 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from solon.objectives.shapes import check_same_shape


class RankingLoss(NamedTuple):
    """The loss of one prompt's ranking."""

    total: Tensor
    """Scalar: the mean over the kept pairs, so that every prompt weighs the same."""
    count: Tensor  # type: ignore[assignment]  # hides tuple.count, which nobody needs here
    """Prompts: 1, or 0 where all responses are tied."""
    pairs: Tensor
    """Pairs kept after ties were dropped."""
    correct: Tensor
    """Kept pairs whose better response scores higher."""


class PreferenceLoss(NamedTuple):
    """The loss of a batch of judged comparisons."""

    total: Tensor
    """Scalar sum over comparisons."""
    count: Tensor  # type: ignore[assignment]  # hides tuple.count, which nobody needs here
    """Comparisons."""
    correct: Tensor
    """Comparisons whose margin has the sign of the label; labels of exactly 0.5 count as half."""


def ranking_loss(scores_K: Tensor, ranks: Sequence[int]) -> RankingLoss:
    """Bradley-Terry over all pairs of one prompt.

        total = -1 / P * sum over pairs (w better than l) of log sigmoid(r_w - r_l)

    P counts the pairs kept: tied responses make no pair.

    Args:
        scores_K: the reward model's scores.
        ranks: rank of each response from 0 = best; equal ranks are ties.

    Source: Ouyang et al. 2022, arXiv:2203.02155, eq. 1. There every pair is kept; dividing by the pairs that remain
    after ties is ours.
    """
    if scores_K.shape != (len(ranks),):
        raise ValueError(f"{len(ranks)} ranks for scores of shape {tuple(scores_K.shape)}: one rank for each response")
    ranks_K = torch.tensor(ranks, device=scores_K.device)
    winners, losers = torch.nonzero(ranks_K[:, None] < ranks_K[None, :], as_tuple=True)
    margins_P = scores_K[winners] - scores_K[losers]
    pairs = torch.tensor(len(winners), device=scores_K.device)
    total = -logsigmoid(margins_P).sum() / pairs.clamp(min=1)
    return RankingLoss(total, (pairs > 0).long(), pairs, (margins_P > 0).sum())


def preference_loss(scores_a_B: Tensor, scores_b_B: Tensor, prob_a_B: Tensor) -> PreferenceLoss:
    """Cross-entropy between a soft label and the model's probability that A is better.

        total = -sum_i [ p_i log sigmoid(d_i) + (1 - p_i) log sigmoid(-d_i) ],   d = score_a - score_b

    Its minimum is at d = logit(p): a label of 0.5 asks for a margin of 0.

    Args:
        scores_a_B: scores of the first responses.
        scores_b_B: scores of the second responses.
        prob_a_B: the judge's probability that the first is better.

    Source: Bai et al. 2022, arXiv:2212.08073, section 4.1 (soft labels as targets of the preference model).
    """
    check_same_shape(scores_a_B, scores_b_B, prob_a_B)
    margins_B = scores_a_B - scores_b_B
    total = -(prob_a_B * logsigmoid(margins_B) + (1 - prob_a_B) * logsigmoid(-margins_B)).sum()
    agrees_B = (margins_B > 0) == (prob_a_B > 0.5)
    correct = torch.where(prob_a_B == 0.5, 0.5, agrees_B.to(prob_a_B.dtype)).sum()
    return PreferenceLoss(total, torch.tensor(len(margins_B), device=margins_B.device), correct)
