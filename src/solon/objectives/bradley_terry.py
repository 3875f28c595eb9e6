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
    """Scalar, in nats: `ranking_loss` takes the mean over the kept pairs, `plackett_luce_loss` the whole ranking."""
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
    margins_P = kept_margins(scores_K, ranks)
    pairs = torch.tensor(len(margins_P), device=scores_K.device)
    total = -logsigmoid(margins_P).sum() / pairs.clamp(min=1)
    return RankingLoss(total, (pairs > 0).long(), pairs, (margins_P > 0).sum())


def kept_margins(scores_K: Tensor, ranks: Sequence[int]) -> Tensor:
    """Score of the better less that of the worse, for every pair of responses that are not tied; shape (pairs,).

    Raises:
        ValueError: not one rank for each score.
    """
    if scores_K.shape != (len(ranks),):
        raise ValueError(f"{len(ranks)} ranks for scores of shape {tuple(scores_K.shape)}: one rank for each response")
    ranks_K = torch.tensor(ranks, device=scores_K.device)
    better, worse = torch.nonzero(ranks_K[:, None] < ranks_K[None, :], as_tuple=True)
    return scores_K[better] - scores_K[worse]


def preference_loss(
    scores_a_B: Tensor, scores_b_B: Tensor, prob_a_B: Tensor, margins_B: Tensor | None = None
) -> PreferenceLoss:
    """Cross-entropy between a soft label and the model's probability that A is better.

        total = -sum_i [ p_i log sigmoid(d_i - m_i) + (1 - p_i) log sigmoid(-d_i - m_i) ],   d = score_a - score_b

    Without margins its minimum is at d = logit(p): a label of 0.5 asks for a difference of 0.

    Args:
        scores_a_B: scores of the first responses.
        scores_b_B: scores of the second responses.
        prob_a_B: the judge's probability that the first is better.
        margins_B: at least 0, in logits: how far ahead whichever response is preferred ought to be, larger where the
            preference is stronger. None is 0.

    Source: Bai et al. 2022, arXiv:2212.08073, section 4.1 (soft labels as targets of the preference model); Touvron et
    al. 2023, arXiv:2307.09288, eq. 2 (margins, with hard labels). Margins with soft labels are ours: the published loss
    of either order, weighed by the probability of that order.
    """
    check_same_shape(scores_a_B, scores_b_B, prob_a_B)
    differences_B = scores_a_B - scores_b_B
    margins_B = torch.zeros_like(prob_a_B) if margins_B is None else margins_B
    check_same_shape(differences_B, margins_B)
    total = -(
        prob_a_B * logsigmoid(differences_B - margins_B) + (1 - prob_a_B) * logsigmoid(-differences_B - margins_B)
    ).sum()
    return PreferenceLoss(
        total, torch.tensor(len(prob_a_B), device=prob_a_B.device), count_correct(differences_B, prob_a_B)
    )


def count_correct(differences_B: Tensor, prob_a_B: Tensor) -> Tensor:
    """Comparisons whose difference a - b has the sign of the label; labels of exactly 0.5 count as half."""
    agrees_B = (differences_B > 0) == (prob_a_B > 0.5)
    return torch.where(prob_a_B == 0.5, 0.5, agrees_B.to(prob_a_B.dtype)).sum()


def smoothed_labels(prob_a_B: Tensor, *, flipped: float) -> Tensor:
    """Labels for data of which the share `flipped` is the wrong way round: p (1 - e) + (1 - p) e.

    With it `dpo_loss` is conservative DPO (cDPO), and stops asking for ever larger margins: a label of 1 asks for
    logit(1 - e). Robust DPO (Chowdhury et al. 2024, arXiv:2403.00409) is another thing: it takes the expected flips out
    instead, by labels of (1 - e) / (1 - 2e) > 1. That loss has no lower bound, and is not offered.

    Source: Mitchell 2023, "A note on DPO with noisy preferences & relationship to IPO", https://ericmitchell.ai/cdpo.pdf
    """
    if not 0 <= flipped < 0.5:
        raise ValueError(f"flipped={flipped} is not in [0, 0.5): from 0.5 on labels would say nothing, or the opposite")
    return prob_a_B * (1 - flipped) + (1 - prob_a_B) * flipped
