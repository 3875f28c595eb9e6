"""What one judgement costs, given the log-probabilities of its responses.

Shapes: K responses of one prompt, P pairs of them. Log-probabilities are in nats and of whole responses, end token
included. A loss is the mean over the pairs of the judgement, so that a ranking of nine weighs as much as a pair.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from solon.objectives.bradley_terry import PreferenceLoss, smoothed_labels
from solon.objectives.direct_preference import (
    dpo_loss,
    implicit_rewards,
    ipo_loss,
    kto_loss,
    log_odds,
    odds_ratio_loss,
    per_token,
    simpo_loss,
)
from solon.policy.preference_config import DirectPreferenceConfig


class Read(NamedTuple):
    """The responses of one judgement, as policy and reference read them."""

    logprobs_K: Tensor
    """Under the policy."""
    num_tokens_K: Tensor
    """Tokens that the sums are over, end token included."""
    reference_logprobs_K: Tensor | None
    """Under the reference; None where the loss reads none."""


class Pairs(NamedTuple):
    """Which responses are compared."""

    a_P: Tensor
    """Index of the first response of each pair."""
    b_P: Tensor
    """Index of the second."""
    prob_a_P: Tensor
    """The probability that the first is better."""


def response_rewards(read: Read, config: DirectPreferenceConfig) -> Tensor:
    """The reward of each response (K,) whose differences the loss raises.

    DPO, IPO and KTO: beta times the log-ratio to the reference. SimPO: beta times the mean log-probability per token.
    ORPO: the log-odds of the mean probability per token.
    """
    if config.loss == "simpo":
        return config.beta * per_token(read.logprobs_K, read.num_tokens_K)
    if config.loss == "orpo":
        return log_odds(per_token(read.logprobs_K, read.num_tokens_K))
    return implicit_rewards(*_against_reference(read, config), beta=config.beta)


def pairs_loss(read: Read, pairs: Pairs, config: DirectPreferenceConfig) -> Tensor:
    """Mean loss of the pairs: a scalar. For every loss but KTO.

    ORPO is the cross-entropy of the better response, as a mean per token, plus beta times the odds-ratio term. Only
    the response's tokens are in it, and a soft label weighs that of both.
    """
    a_P, b_P = pairs.a_P, pairs.b_P
    labels_P = smoothed_labels(pairs.prob_a_P, flipped=config.label_smoothing)
    if config.loss in ("dpo", "ipo"):
        logprobs_K, reference_K = _against_reference(read, config)
        loss_of = dpo_loss if config.loss == "dpo" else ipo_loss
        return _mean(
            loss_of(
                logprobs_K[a_P], logprobs_K[b_P], reference_K[a_P], reference_K[b_P], labels_P, beta=config.beta
            )
        )  # fmt: skip
    sides = (read.logprobs_K[a_P], read.logprobs_K[b_P], read.num_tokens_K[a_P], read.num_tokens_K[b_P])
    if config.loss == "simpo":
        return _mean(simpo_loss(*sides, labels_P, beta=config.beta, gamma=config.gamma))
    mean_logprobs_K = per_token(read.logprobs_K, read.num_tokens_K)
    imitated_P = labels_P * mean_logprobs_K[a_P] + (1 - labels_P) * mean_logprobs_K[b_P]
    return config.beta * _mean(odds_ratio_loss(*sides, labels_P)) - imitated_P.mean()


def desirability_loss(read: Read, wanted_K: Tensor, baseline: Tensor, config: DirectPreferenceConfig) -> Tensor:
    """KTO's loss of one judgement: the mean over its responses, each counted as often as it is compared.

    A pair is a desirable and an undesirable response. Under a soft label each is both, weighed by the probabilities.

    Args:
        read: the responses.
        wanted_K: two numbers for each response, shape (K, 2): the weights with which it is desirable and undesirable.
        baseline: of the step; see `kto_baseline`.
        config: beta and the two weights.
    """
    logprobs_K, reference_K = _against_reference(read, config)
    weights_K2 = wanted_K / wanted_K.sum()
    totals = [
        kto_loss(
            logprobs_K, reference_K, torch.full_like(logprobs_K, wanted, dtype=torch.bool), baseline, beta=config.beta,
            desirable_weight=config.desirable_weight * weights_K2[:, 0],
            undesirable_weight=config.undesirable_weight * weights_K2[:, 1],
        ).total
        for wanted in (True, False)
    ]  # fmt: skip
    return totals[0] + totals[1]


def _against_reference(read: Read, config: DirectPreferenceConfig) -> tuple[Tensor, Tensor]:
    """Log-probabilities under policy and reference, per token where that is asked for."""
    assert read.reference_logprobs_K is not None, "read with a reference where the loss has one"
    if config.per_token:
        return per_token(read.logprobs_K, read.num_tokens_K), per_token(read.reference_logprobs_K, read.num_tokens_K)
    return read.logprobs_K, read.reference_logprobs_K


def _mean(loss: PreferenceLoss) -> Tensor:
    return loss.total / loss.count
