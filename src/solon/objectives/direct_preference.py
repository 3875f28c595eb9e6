"""Direct preference optimisation: losses that train a policy on preferences without a reward model.

Shapes: B comparisons or responses. Log-probabilities are in nats and belong to whole responses: the sum over their
tokens, end token included. Every `prob_a_B` is the probability that the first response is better: 1 and 0 are hard
labels, 0.5 is a tie; `smoothed_labels` makes them conservative. Where a source has hard labels only, a soft label here
weighs its loss of either order by the probability of that order.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from solon.objectives.bradley_terry import PreferenceLoss, count_correct, preference_loss
from solon.objectives.shapes import check_same_shape

LARGEST_MEAN_LOGPROB = -1e-6  # a probability of 1 has infinite odds; this one has odds of a million


class KTOLoss(NamedTuple):
    """The loss of a batch of single responses."""

    total: Tensor
    """Scalar sum over responses, weighted."""
    count: Tensor  # type: ignore[assignment]  # hides tuple.count, which nobody needs here
    """Responses; their weights are not in it."""
    correct: Tensor
    """Responses whose log-ratio is on the right side of the baseline."""


def implicit_rewards(logprobs: Tensor, reference_logprobs: Tensor, *, beta: float) -> Tensor:
    """beta (log pi(y|x) - log pi_ref(y|x)), of the shape of the inputs: the reward that the policy is optimal for.

    Any loss of reward models takes them: `ranking_loss` and `plackett_luce_loss` over them are DPO on rankings.

    Source: Rafailov et al. 2023, arXiv:2305.18290, eq. 5, without the term that depends on the prompt alone.
    """
    check_same_shape(logprobs, reference_logprobs)
    return beta * (logprobs - reference_logprobs.detach())


def dpo_loss(
    logprobs_a_B: Tensor,
    logprobs_b_B: Tensor,
    reference_logprobs_a_B: Tensor,
    reference_logprobs_b_B: Tensor,
    prob_a_B: Tensor,
    *,
    beta: float,
) -> PreferenceLoss:
    """DPO: Bradley-Terry on implicit rewards.

        total = -sum_i [ p_i log sigmoid(beta h_i) + (1 - p_i) log sigmoid(-beta h_i) ]
        h     = log pi(a)/pi_ref(a) - log pi(b)/pi_ref(b)

    Its minimum is at h = logit(p) / beta.

    Args:
        logprobs_a_B: of the first responses under the policy; with `logprobs_b_B` what receives gradient.
        logprobs_b_B: of the second responses.
        reference_logprobs_a_B: of the same tokens under the frozen reference.
        reference_logprobs_b_B: likewise.
        prob_a_B: probability that the first is better.
        beta: reward per nat of log-ratio; 0.1 is usual, larger stays nearer to the reference.

    Source: Rafailov et al. 2023, arXiv:2305.18290, eq. 7 (hard labels).
    """
    return preference_loss(
        implicit_rewards(logprobs_a_B, reference_logprobs_a_B, beta=beta),
        implicit_rewards(logprobs_b_B, reference_logprobs_b_B, beta=beta),
        prob_a_B,
    )


def ipo_loss(
    logprobs_a_B: Tensor,
    logprobs_b_B: Tensor,
    reference_logprobs_a_B: Tensor,
    reference_logprobs_b_B: Tensor,
    prob_a_B: Tensor,
    *,
    beta: float,
) -> PreferenceLoss:
    """IPO: the log-ratios are to differ by a fixed amount, however sure the label is.

        total = sum_i ( h_i - (p_i - 1/2) / beta )^2,   h as in `dpo_loss`

    A label of 1 asks for h = 1 / (2 beta), where DPO asks for more without end. For a soft label the published loss of
    both orders, weighed, is this plus p (1 - p) / beta^2, which no gradient sees.

    Log-probabilities are sums, as in the formula of the paper. TRL divides the log-ratio of each response by its number
    of tokens, and reports that the authors did so too: for that form give `per_token` of all four, and a beta that is
    larger by about the length of a response.

    Args:
        logprobs_a_B: of the first responses under the policy; with `logprobs_b_B` what receives gradient.
        logprobs_b_B: of the second responses.
        reference_logprobs_a_B: of the same tokens under the frozen reference.
        reference_logprobs_b_B: likewise.
        prob_a_B: probability that the first is better.
        beta: tau of the paper; half the inverse of the difference asked for, in nats.

    Source: Azar et al. 2023, arXiv:2310.12036, eq. 17 (hard labels).
    """
    ratios_a_B = implicit_rewards(logprobs_a_B, reference_logprobs_a_B, beta=1)
    ratios_b_B = implicit_rewards(logprobs_b_B, reference_logprobs_b_B, beta=1)
    check_same_shape(ratios_a_B, ratios_b_B, prob_a_B)
    differences_B = ratios_a_B - ratios_b_B
    total = (differences_B - (prob_a_B - 0.5) / beta).square().sum()
    return PreferenceLoss(
        total, torch.tensor(len(prob_a_B), device=prob_a_B.device), count_correct(differences_B, prob_a_B)
    )


def simpo_loss(
    logprobs_a_B: Tensor,
    logprobs_b_B: Tensor,
    num_tokens_a_B: Tensor,
    num_tokens_b_B: Tensor,
    prob_a_B: Tensor,
    *,
    beta: float,
    gamma: float,
) -> PreferenceLoss:
    """SimPO: Bradley-Terry with a margin on log-probabilities per token; no reference.

        total = -sum_i [ p_i log sigmoid(d_i - gamma) + (1 - p_i) log sigmoid(-d_i - gamma) ]
        d     = beta / |a| log pi(a) - beta / |b| log pi(b)

    Args:
        logprobs_a_B: of the first responses under the policy, summed.
        logprobs_b_B: of the second responses.
        num_tokens_a_B: tokens that the sums are over, end token included.
        num_tokens_b_B: likewise.
        prob_a_B: probability that the first is better.
        beta: reward per nat of log-probability per token; 2.0 to 2.5 in the paper, far above DPO's.
        gamma: the margin, in reward; 0.3 to 1.6 in the paper. TRL's `simpo_gamma` is the same.

    Source: Meng et al. 2024, arXiv:2405.14734, eq. 6 (hard labels).
    """
    rewards_a_B = beta * per_token(logprobs_a_B, num_tokens_a_B)
    rewards_b_B = beta * per_token(logprobs_b_B, num_tokens_b_B)
    return preference_loss(rewards_a_B, rewards_b_B, prob_a_B, torch.full_like(prob_a_B, gamma))


def odds_ratio_loss(
    logprobs_a_B: Tensor, logprobs_b_B: Tensor, num_tokens_a_B: Tensor, num_tokens_b_B: Tensor, prob_a_B: Tensor
) -> PreferenceLoss:
    """ORPO's odds-ratio term: Bradley-Terry on log-odds; no reference.

        total  = -sum_i [ p_i log sigmoid(d_i) + (1 - p_i) log sigmoid(-d_i) ]
        d      = log odds(a) - log odds(b),   odds(y) = P(y) / (1 - P(y)),   log P(y) = log pi(y) / |y|

    ORPO is this times lambda (0.1 in the paper) plus the cross-entropy of the better response, which the caller adds.

    Args:
        logprobs_a_B: of the first responses under the policy, summed. A mean per token above LARGEST_MEAN_LOGPROB
            counts as that, and receives no gradient.
        logprobs_b_B: of the second responses.
        num_tokens_a_B: tokens that the sums are over, end token included.
        num_tokens_b_B: likewise.
        prob_a_B: probability that the first is better.

    Source: Hong et al. 2024, arXiv:2403.07691, eq. 4 and 7 (hard labels).
    """
    return preference_loss(
        log_odds(per_token(logprobs_a_B, num_tokens_a_B)), log_odds(per_token(logprobs_b_B, num_tokens_b_B)), prob_a_B
    )


def kto_loss(
    logprobs_B: Tensor,
    reference_logprobs_B: Tensor,
    desirable_B: Tensor,
    baseline: Tensor,
    *,
    beta: float,
    desirable_weight: float | Tensor,
    undesirable_weight: float | Tensor,
) -> KTOLoss:
    """KTO: single responses, each marked as desirable or not, against what the policy gives on average.

        total = sum_i  weight_D sigmoid(-beta (h_i - z0))   if i is desirable
                       weight_U sigmoid( beta (h_i - z0))   if not,       h = log pi(y) - log pi_ref(y)

    A response far on either side of z0 hardly pulls: its loss is bounded by its weight.

    Args:
        logprobs_B: under the policy; what receives gradient.
        reference_logprobs_B: of the same tokens under the frozen reference.
        desirable_B: bool.
        baseline: z0, a scalar of at least 0 without gradient; see `kto_baseline`.
        beta: reward per nat of log-ratio.
        desirable_weight: of each desirable response; one number, or one for each response (B,). Unequal numbers of
            responses are evened out here: desirable ones are to weigh as much in all as undesirable ones, or a little
            more (TRL warns outside 1 to 1.33 times).
        undesirable_weight: of each other, likewise.

    Source: Ethayarajh et al. 2024, arXiv:2402.01306, section 4.1.
    """
    check_same_shape(logprobs_B, reference_logprobs_B, desirable_B)
    ahead_B = implicit_rewards(logprobs_B, reference_logprobs_B, beta=1) - baseline.detach()
    losses_B = torch.where(
        desirable_B,
        desirable_weight * torch.sigmoid(-beta * ahead_B),
        undesirable_weight * torch.sigmoid(beta * ahead_B),
    )
    correct = ((ahead_B > 0) == desirable_B).sum()
    return KTOLoss(losses_B.sum(), torch.tensor(len(losses_B), device=losses_B.device), correct)


@torch.no_grad()
def kto_baseline(logprobs_B: Tensor, reference_logprobs_B: Tensor) -> Tensor:
    """z0 = max(0, mean(log pi(y') - log pi_ref(y'))): a scalar, from responses y' that belong to other prompts.

    Pair every prompt of the batch with the next one's response. Those are not samples of the policy, so this is a
    baseline, and no estimate of the KL to report.

    Source: Ethayarajh et al. 2024, arXiv:2402.01306, section 4.1.
    """
    return implicit_rewards(logprobs_B, reference_logprobs_B, beta=1).mean().clamp(min=0)


def per_token(logprobs_B: Tensor, num_tokens_B: Tensor) -> Tensor:
    """Mean log-probability of a response's tokens, in nats.

    Raises:
        ValueError: a response has no tokens.
    """
    check_same_shape(logprobs_B, num_tokens_B)
    if (num_tokens_B < 1).any():
        empty = int((num_tokens_B < 1).nonzero()[0])
        raise ValueError(
            f"response {empty} of the batch has no tokens: leave it out, its mean log-probability is 0 / 0"
        )
    return logprobs_B / num_tokens_B


def log_odds(logprobs_B: Tensor) -> Tensor:
    """log P - log(1 - P) of mean log-probabilities per token; one above LARGEST_MEAN_LOGPROB counts as that."""
    held_B = logprobs_B.clamp(max=LARGEST_MEAN_LOGPROB)
    return held_B - (-held_B.expm1()).log()
