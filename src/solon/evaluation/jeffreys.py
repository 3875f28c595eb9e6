"""Outcomes of games under a log-linear model with Jeffreys' prior, and the variance of the fit clustered by prompt.

    p(outcome k of a pair) ~ exp(x_k . c),    maximise log-likelihood(c) + log det(information(c)) / 2

See `bradley_terry` for what it is for, and for the sources.

Shapes: N games, G prompts, P pairs of models, K outcomes (2 or 3), B coefficients: S strengths, perhaps one of ties.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from solon.evaluation.intervals import Floats, Ints


class Outcomes(NamedTuple):
    """Games as the fit reads them."""

    outcomes_NK: Floats
    """A game's shares of: the first model of its pair wins, the second does, a tie."""
    pair_N: Ints
    prompt_N: Ints
    design_PKB: Floats
    """Of each pair and outcome, what its log-probability is linear in."""

    @property
    def counts_PK(self) -> Floats:
        """How often each pair had each outcome."""
        counts_PK = np.zeros(self.design_PKB.shape[:2])
        np.add.at(counts_PK, self.pair_N, self.outcomes_NK)
        return counts_PK


def fit(outcomes: Outcomes, num_models: int) -> Floats:
    """The maximum, by scoring; a step is at most one nat. The first `num_models` coefficients are strengths."""
    counts_PK = outcomes.counts_PK
    coef_B = np.zeros(outcomes.design_PKB.shape[2])
    for _ in range(500):
        at = _at(coef_B, counts_PK.sum(axis=1), outcomes.design_PKB, num_models)
        # The gradient of log det(information) / 2 holds the third moments of the outcomes.
        excess_PK = counts_PK - at.games_P[:, None] * at.prob_PK * (1 - at.leverage_PK / 2)
        step_B = at.inverse_BB @ np.einsum("pk,pkb->b", excess_PK, at.centred_PKB)
        coef_B += step_B / max(1.0, float(np.abs(step_B).max()))
        if np.abs(step_B).max() < 1e-11:
            return coef_B
    raise ArithmeticError(f"no maximum after 500 steps; the last one was of {np.abs(step_B).max():.1g} nats")


def clustered_covariance(outcomes: Outcomes, coef_B: Floats, num_models: int) -> Floats:
    """Of the coefficients (B, B): the sandwich of `bradley_terry`."""
    at = _at(coef_B, outcomes.counts_PK.sum(axis=1), outcomes.design_PKB, num_models)
    score_NB = np.einsum("nk,nkb->nb", outcomes.outcomes_NK, at.centred_PKB[outcomes.pair_N])
    score_GB = np.zeros((int(outcomes.prompt_N.max()) + 1, len(coef_B)))
    np.add.at(score_GB, outcomes.prompt_N, score_NB)
    uniform_PK = np.full_like(at.prob_PK, 1 / at.prob_PK.shape[1])
    meat_BB = score_GB.T @ score_GB + _information(at.prior_games_P[:, None] * uniform_PK, at.centred_PKB)
    return np.asarray(at.inverse_BB @ meat_BB @ at.inverse_BB)


class _At(NamedTuple):
    """What both need at some coefficients."""

    games_P: Floats
    prob_PK: Floats
    centred_PKB: Floats
    """The design less its mean under `prob_PK`."""
    leverage_PK: Floats
    prior_games_P: Floats
    """What the prior is worth."""
    inverse_BB: Floats
    """Of the information of the games and of the prior's."""


def _at(coef_B: Floats, games_P: Floats, design_PKB: Floats, num_models: int) -> _At:
    logits_PK = design_PKB @ coef_B
    odds_PK = np.exp(logits_PK - logits_PK.max(axis=1, keepdims=True))
    prob_PK = odds_PK / odds_PK.sum(axis=1, keepdims=True)
    centred_PKB = design_PKB - (prob_PK[:, :, None] * design_PKB).sum(axis=1, keepdims=True)
    # Strengths are known up to a constant, whose direction is pinned.
    pinned_BB = np.zeros((len(coef_B), len(coef_B)))
    pinned_BB[:num_models, :num_models] = 1 / num_models
    alone_BB = np.linalg.inv(_information(games_P[:, None] * prob_PK, centred_PKB) + pinned_BB)
    leverage_PK: Floats = np.asarray(np.einsum("pkb,bc,pkc->pk", centred_PKB, alone_BB, centred_PKB, optimize=True))
    prior_games_P = games_P * (prob_PK * leverage_PK).sum(axis=1)
    weight_PK = (games_P + prior_games_P)[:, None] * prob_PK
    inverse_BB: Floats = np.asarray(np.linalg.inv(_information(weight_PK, centred_PKB) + pinned_BB))
    return _At(games_P, prob_PK, centred_PKB, leverage_PK, prior_games_P, inverse_BB)


def _information(weight_PK: Floats, centred_PKB: Floats) -> Floats:
    return np.asarray(np.einsum("pk,pkb,pkc->bc", weight_PK, centred_PKB, centred_PKB, optimize=True))
