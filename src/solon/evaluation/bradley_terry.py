"""Strengths of models from games, with ties and intervals that hold for few and lopsided games.

    half a win     p(i beats j) = sigmoid(theta_i - theta_j),                  a tie is half a win for each side
    Davidson       p(i beats j) : p(tie) : p(j beats i) = exp(d / 2) : nu : exp(-d / 2),    d = theta_i - theta_j

The likelihood carries Jeffreys' prior (Firth's correction), det(information)^(1/2): strengths stay finite where a model
always wins, and the bias of order 1/n is gone. Both models are log-linear in (theta, log nu), so there is one maximum.

Intervals are of the sandwich, clustered by prompt, with t quantiles: A M A with A the inverse information and

    M = sum_g s_g s_g',    s_g: the score of all games on prompt g

for games on one prompt (several pairs, several judges) are not independent. Ours: the prior is worth one game for each
coefficient, spread over the pairs of models by their leverage; A and M count these games, in M with all outcomes
equally likely. Without them M vanishes where one model nearly always wins, and the interval with it; with them the
factor G / (G - 1) would widen twice what is widened once. `benchmarks/bt_coverage.py` measures what the intervals hold.

Shapes: G prompts, N games, P pairs of models, S models, K outcomes (2 or 3), B coefficients (S, and log nu).

Source: Bradley & Terry 1952; Davidson 1970, "On extending the Bradley-Terry model to accommodate ties"; Firth 1993,
"Bias reduction of maximum likelihood estimates"; Liang & Zeger 1986 for the clustered sandwich.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations
from typing import Literal, NamedTuple

import numpy as np
from scipy import stats  # type: ignore[import-untyped, unused-ignore]
from scipy.sparse import csr_array  # type: ignore[import-untyped, unused-ignore]
from scipy.sparse.csgraph import connected_components  # type: ignore[import-untyped, unused-ignore]

from solon.errors import InputError
from solon.evaluation.elo import ELO_PER_NAT
from solon.evaluation.games import Game
from solon.evaluation.intervals import TAIL, Floats
from solon.evaluation.jeffreys import Outcomes, clustered_covariance, fit
from solon.records import Metric

Ties = Literal["half", "davidson"]


class Strengths(NamedTuple):
    """A fit, in nats."""

    models: list[str]
    theta_S: Floats
    """Mean 0."""
    covariance_SS: Floats
    """Of theta, clustered by prompt."""
    log_nu: float | None
    """Of a tie, by Davidson's model; at equal strength p(tie) = nu / (2 + nu)."""
    num_prompts: int
    num_games_S: list[int]


def fit_strengths(games: Sequence[Game], *, ties: Ties = "half") -> Strengths:
    """The strengths under which the games are likeliest, see above.

    Raises:
        InputError: fewer than two models, or models that no chain of games connects.
    """
    models = sorted({name for game in games for name in game[1:3]})
    _check_connected(games, models)
    tables = _tables(games, models, ties)
    coef_B = fit(tables, len(models))
    covariance_BB = clustered_covariance(tables, coef_B, len(models))
    theta_S, centre_SS = coef_B[: len(models)], np.eye(len(models)) - 1 / len(models)
    return Strengths(
        models,
        theta_S - theta_S.mean(),
        centre_SS @ covariance_BB[: len(models), : len(models)] @ centre_SS,
        float(coef_B[-1]) if ties == "davidson" else None,
        int(tables.prompt_N.max()) + 1,
        [sum(model in game[1:3] for game in games) for model in models],
    )


def elo(strengths: Strengths, *, instrument: str, anchor: str | None = None) -> dict[str, Metric]:
    """Elo of each model with its 95 % interval; n is the number of its games.

    Args:
        anchor: the model whose rating is 0; None centres the mean at 0.
    """
    place = None if anchor is None else strengths.models.index(anchor)
    quantile = float(stats.t.isf(TAIL, strengths.num_prompts - 1)) if strengths.num_prompts > 1 else math.inf
    found = {}
    for i, model in enumerate(strengths.models):
        value, variance = strengths.theta_S[i], strengths.covariance_SS[i, i]
        if place is not None:
            value = value - strengths.theta_S[place]
            variance += strengths.covariance_SS[place, place] - 2 * strengths.covariance_SS[i, place]
        half = quantile * math.sqrt(max(0.0, variance)) if i != place else 0.0
        bounds = {"low": (value - half) * ELO_PER_NAT, "high": (value + half) * ELO_PER_NAT}
        told = bounds if math.isfinite(half) else {}  # one prompt says nothing of another
        found[model] = Metric(value=value * ELO_PER_NAT, n=strengths.num_games_S[i], instrument=instrument, **told)
    return found


def _check_connected(games: Sequence[Game], models: Sequence[str]) -> None:
    if len(models) < 2:
        raise InputError(f"strengths need games between at least two models; these are of {len(models)}")
    ends = np.array([[models.index(game.model_a), models.index(game.model_b)] for game in games])
    graph = csr_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(len(models), len(models)))
    count, group = connected_components(graph, directed=False)
    if count > 1:
        other = models[int(np.argmax(group != group[0]))]
        raise InputError(
            f"no chain of games connects {models[0]!r} and {other!r}, so nothing tells which of them is stronger; "
            "let one model of each group meet, or rate the groups apart"
        )


def _tables(games: Sequence[Game], models: Sequence[str], ties: Ties) -> Outcomes:
    place = {model: i for i, model in enumerate(models)}
    pairs = list(combinations(range(len(models)), 2))
    number = {pair: p for p, pair in enumerate(pairs)}
    prompts: dict[str, int] = {}
    outcomes, pair_N, prompt_N = [], [], []
    for game in games:
        one = game if place[game.model_a] < place[game.model_b] else game.turned()
        tie = ties == "davidson" and one.prob_a == 0.5
        shares = (0.0, 0.0, 1.0) if tie else (one.prob_a, 1 - one.prob_a, 0.0)
        outcomes.append(shares if ties == "davidson" else shares[:2])
        pair_N.append(number[place[one.model_a], place[one.model_b]])
        prompt_N.append(prompts.setdefault(one.prompt, len(prompts)))
    num_models, num_coefs = len(models), len(models) + (ties == "davidson")
    design_PKB = np.zeros((len(pairs), 3 if ties == "davidson" else 2, num_coefs))
    for p, (i, j) in enumerate(pairs):
        design_PKB[p, 0, [i, j]], design_PKB[p, 1, [i, j]] = (0.5, -0.5), (-0.5, 0.5)
    design_PKB[:, 2:, num_models:] = 1.0
    return Outcomes(np.array(outcomes), np.array(pair_N), np.array(prompt_N), design_PKB)
