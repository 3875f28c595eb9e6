"""Strengths of models beside the tastes of those who judged, so that one odd annotator does not decide the ranking.

    logit P(k says a beats b) = (theta_a + u_ka) - (theta_b + u_kb)       what all like, and k's own taste for a model
                              + (side + v_k) * (1 where a was shown first, else -1)
                              + (length + w_k) * tanh(d / s)              d = len a - len b, s its deviation

u, v and w are normal with mean 0, each kind with a deviation of its own, found by EM (penalised quasi-likelihood);
theta, side and length have a normal prior of deviation 3. Where few annotators gave most labels, theta is the mean of
annotators rather than of labels. A taste for a side is looked for only where two models stand in both orders, for else
it is the same as a strength; u, v and w only with two annotators or more.

Intervals are of the posterior, by Laplace's approximation, with t quantiles: for further annotators of the same kind,
and as if prompts were independent. Strictness, which moves all responses of an annotator alike, cancels in a pair; what
is left of it is how often they tie.

Source: Breslow & Clayton 1993, "Approximate Inference in Generalized Linear Mixed Models", section 2.

Shapes: N games, S models, L annotators, K coefficients.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats  # type: ignore[import-untyped, unused-ignore]

from solon.evaluation.elo import ELO_PER_NAT
from solon.evaluation.games import Game
from solon.evaluation.intervals import TAIL, Floats, Ints
from solon.evaluation.length_control import length_terms
from solon.evaluation.logistic import fit_logistic, posterior_covariance
from solon.records import Metric, Record

PRIOR_SD = 3.0
_LEAST_SD, _FIRST_SD = 0.02, 0.5
"""Of the deviations, in nats."""


class AnnotatorTaste(Record):
    """What one annotator likes beyond what all like. In nats of log-odds; None where it cannot be told."""

    annotator: str
    num_games: int
    tie_share: float
    first_shown: float | None
    """For the response shown first."""
    length: float
    """For a response that is much longer (tanh of one or two deviations is near 1)."""
    for_models: dict[str, float]
    """u: taste for each model's responses beyond the common one."""


class Consensus(Record):
    """What all annotators share."""

    elo: dict[str, Metric]
    """Of each model, were annotators without taste for side and length."""
    first_shown: float | None
    length: float
    annotators: list[AnnotatorTaste]
    spread_models: float | None
    """Standard deviation of u over annotators, in nats; None with one annotator."""


class _Design(NamedTuple):
    x_NK: Floats
    group_K: Ints
    """0: theta, side and length; 1, 2, 3: u, v, w."""
    models: list[str]
    annotators: list[str]
    has_side: bool


def consensus(games: Sequence[Game], *, instrument: str, anchor: str | None = None) -> Consensus:
    """Fit the model above; n of a rating is the number of the model's games.

    Args:
        anchor: the model whose rating is 0; None centres the mean at 0.
    """
    design = _design(games)
    won_N = np.array([game.prob_a for game in games], dtype=np.float64)
    coef_K, covariance_KK, spread_4 = _fit(design, won_N)
    num = len(design.models)
    centre_SS = np.eye(num) - (1 / num if anchor is None else np.eye(num)[design.models.index(anchor)])
    theta_S = centre_SS @ coef_K[:num]
    half_S = _half_widths(design, covariance_KK, centre_SS)
    elo = {
        model: Metric(
            value=value * ELO_PER_NAT, low=(value - half) * ELO_PER_NAT, high=(value + half) * ELO_PER_NAT,
            n=sum(model in game[1:3] for game in games), instrument=instrument,
        )
        for model, value, half in zip(design.models, theta_S.tolist(), half_S.tolist(), strict=True)
    }  # fmt: skip
    side = float(coef_K[num]) if design.has_side else None
    length = float(coef_K[num + design.has_side])
    tastes = [_taste(games, design, coef_K, number, side, length) for number in range(len(design.annotators))]
    several = len(design.annotators) > 1
    return Consensus(elo=elo, first_shown=side, length=length, annotators=tastes,
                     spread_models=float(spread_4[1]) if several else None)  # fmt: skip


def _design(games: Sequence[Game]) -> _Design:
    """Columns: theta, side?, length; of each annotator u, v?, w where there are several."""
    models = sorted({name for game in games for name in game[1:3]})
    annotators = sorted({game.judge for game in games})
    strength_NS = np.zeros((len(games), len(models)))
    rows = np.arange(len(games))
    strength_NS[rows, [models.index(game.model_a) for game in games]] += 1
    strength_NS[rows, [models.index(game.model_b) for game in games]] -= 1
    first_N = np.array([0.0 if game.a_first is None else 1.0 if game.a_first else -1.0 for game in games])
    length_N = length_terms([len(game.response_a) for game in games], [len(game.response_b) for game in games])[:, 0]
    shown = (game if game.a_first else game.turned() for game in games if game.a_first is not None)
    orders = {game[1:3] for game in shown}
    has_side = any(pair[::-1] in orders for pair in orders)
    side_N1 = first_N[:, None][:, : int(has_side)]
    common = np.concatenate([strength_NS, side_N1, length_N[:, None]], axis=1)
    groups = [0] * common.shape[1]
    columns = [common]
    if len(annotators) > 1:
        own = [1] * len(models) + [2] * int(has_side) + [3]
        for name in annotators:
            columns.append(common * np.array([[game.judge == name] for game in games]))
            groups += own
    return _Design(np.concatenate(columns, axis=1), np.array(groups), models, annotators, has_side)


def _fit(design: _Design, won_N: Floats) -> tuple[Floats, Floats, Floats]:
    """Coefficients, their covariance, and the deviation of each group."""
    spread_4 = np.array([PRIOR_SD, _FIRST_SD, _FIRST_SD, _FIRST_SD])
    ones_1N = np.ones((1, len(won_N)))
    for _ in range(50):
        prior_sd_K = spread_4[design.group_K]
        coef_K = fit_logistic(design.x_NK, won_N, ones_1N, prior_sd_K)[0]
        covariance_KK = posterior_covariance(design.x_NK, coef_K, prior_sd_K)
        second_moment_K = coef_K**2 + np.diag(covariance_KK)
        found_4 = spread_4.copy()
        for group in set(design.group_K.tolist()) - {0}:
            found_4[group] = max(_LEAST_SD, math.sqrt(second_moment_K[design.group_K == group].mean()))
        settled = np.abs(np.log(found_4 / spread_4)).max() < 0.01
        spread_4 = found_4
        if settled:
            break
    return coef_K, covariance_KK, spread_4


def _half_widths(design: _Design, covariance_KK: Floats, centre_SS: Floats) -> Floats:
    """Of theta's 95 % intervals. What annotators add to the variance is known with L - 1 degrees of freedom, the rest
    for sure (Satterthwaite)."""
    num, common = len(design.models), int((design.group_K == 0).sum())
    given_KK = np.linalg.inv(np.linalg.inv(covariance_KK)[:common, :common])
    total_S, within_S = (
        np.maximum(1e-12, np.diag(centre_SS @ one_KK[:num, :num] @ centre_SS.T)) for one_KK in (covariance_KK, given_KK)
    )
    between_S = np.maximum(1e-12, total_S - within_S)
    freedom_S = (total_S / between_S) ** 2 * max(1, len(design.annotators) - 1)
    return np.asarray(stats.t.isf(TAIL, freedom_S) * np.sqrt(total_S) * (centre_SS.any(axis=1)))


def _taste(
    games: Sequence[Game], design: _Design, coef_K: Floats, number: int, side: float | None, length: float
) -> AnnotatorTaste:
    own = [game for game in games if game.judge == design.annotators[number]]
    num_common = len(design.models) + design.has_side + 1
    u_S, more = np.zeros(len(design.models)), np.zeros(1 + design.has_side)
    if len(design.annotators) > 1:
        begin = num_common * (number + 1)
        u_S = coef_K[begin : begin + len(design.models)]
        more = coef_K[begin + len(design.models) : begin + num_common]
    return AnnotatorTaste(
        annotator=design.annotators[number], num_games=len(own),
        tie_share=sum(game.prob_a == 0.5 for game in own) / len(own),
        first_shown=None if side is None else side + float(more[0]), length=length + float(more[-1]),
        for_models={model: float(u) for model, u in zip(design.models, u_S - u_S.mean(), strict=True)},
    )  # fmt: skip
