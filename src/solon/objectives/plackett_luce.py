"""Plackett-Luce: the likelihood of a whole ranking. Pure tensor functions.

Shapes: K responses of one prompt, G responses of one rank, S = 2^G subsets of them. Scores are in logits: a response
is picked first with a probability in proportion to exp(score).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from solon.objectives.bradley_terry import RankingLoss, kept_margins

MOST_TIED = 10
"""Responses of one rank with something below them: the sum over their orders takes 2^G steps."""


def plackett_luce_loss(scores_K: Tensor, ranks: Sequence[int]) -> RankingLoss:
    """Minus the log-probability of the ranking, when responses are picked one after another.

        total = -log sum over the orders o that agree with the ranks of  prod_k exp(r_o(k)) / sum_{j >= k} exp(r_o(j))

    A tie says that the order of its responses is unknown, so all their orders count; the worst rank, which nothing
    stands below, adds nothing. With two responses this is Bradley-Terry. `count` is 1 prompt, or 0 where all responses
    are tied. Nothing is divided: a ranking of more responses says more, and weighs more. For DPO over rankings give
    `implicit_rewards`.

    Args:
        scores_K: the reward model's scores.
        ranks: rank of each response from 0 = best; equal ranks are ties.

    Raises:
        ValueError: not one rank for each score, or more than MOST_TIED responses of one rank above others.

    Source: Plackett 1975, "The Analysis of Permutations"; for DPO Rafailov et al. 2023, arXiv:2305.18290, appendix A.3.
    Neither has ties; the sum over orders is the exact likelihood of a partial ranking.
    """
    margins_P = kept_margins(scores_K, ranks)
    pairs = torch.tensor(len(margins_P), device=scores_K.device)
    total = scores_K.new_zeros(())
    for rank in sorted(set(ranks))[:-1]:
        tied = [k for k, other in enumerate(ranks) if other == rank]
        if len(tied) > MOST_TIED:
            raise ValueError(
                f"{len(tied)} responses share rank {rank}, and the sum over their orders is for {MOST_TIED} at most: "
                "leave some out, or use ranking_loss, which drops ties"
            )
        below = [k for k, other in enumerate(ranks) if other > rank]
        total = total - _log_prob_above(scores_K[tied], scores_K[below].logsumexp(0))
    return RankingLoss(total, (pairs > 0).long(), pairs, (margins_P > 0).sum())


def _log_prob_above(scores_G: Tensor, below: Tensor) -> Tensor:
    """log P(all of the group are picked before anything below them), by a recursion over the subsets picked so far.

    P(S) = sum_{i in S} P(S without i) * exp(r_i) / (what is left without S, plus i): G! orders in 2^G steps.
    """
    size = len(scores_G)
    subsets_S = torch.arange(2**size, device=scores_G.device)
    picked_SG = (subsets_S[:, None] >> torch.arange(size, device=scores_G.device)) % 2 == 1
    left_SG = scores_G.expand(len(subsets_S), size).masked_fill(picked_SG, -torch.inf)
    left_S = torch.cat([left_SG, below.expand(len(subsets_S), 1)], 1).logsumexp(1)
    log_prob_S = [torch.zeros_like(below)]
    for subset in range(1, 2**size):
        before = [(i, subset ^ 1 << i) for i in range(size) if subset >> i & 1]
        log_prob_S.append(torch.stack([log_prob_S[s] + scores_G[i] - left_S[s] for i, s in before]).logsumexp(0))
    return log_prob_S[-1]
