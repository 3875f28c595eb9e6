"""How often do the 95 % intervals of Bradley-Terry strengths hold the truth?

    python -m benchmarks.bt_coverage [--simulations 2000] [--only NAME ...]

Games are drawn from known strengths, `fit_strengths` sees them, and each model's strength (mean 0) is looked for in its
interval. `clustered`: a model's quality varies from prompt to prompt (standard deviation 0.7 nats) and three judges see
every pair of a prompt. `ties`: of Davidson's model with nu = 1, read as half a win and by the model itself. Where the
fitted model is not the one that games are drawn from, the truth is what it tells of endlessly many games. The plain
sandwich (no prior, no games of the prior) and the model's own inverse information stand beside it.

`six judges` is of the fit with tastes: six judges whose own tastes for a model have a deviation of 0.5 nats, 120 games
each; the common strengths are looked for.

The goal is 0.95 +- 0.015 in every design of `MAIN`. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from scipy import stats

from solon.evaluation.annotators import consensus
from solon.evaluation.bradley_terry import Ties, fit_strengths
from solon.evaluation.elo import ELO_PER_NAT, fit_bradley_terry
from solon.evaluation.games import Game
from solon.evaluation.intervals import Floats
from solon.seeds import generator

Pairs = dict[tuple[int, int], int]


class Design(NamedTuple):
    """How games are drawn, and how they are fitted."""

    theta_S: Floats
    games: Pairs
    """Prompts on which two models meet."""
    nu: float = 0.0
    spread: float = 0.0
    """Standard deviation of a model's quality on a prompt, in nats."""
    num_judges: int = 1
    fit: Ties = "half"


def _all(num_models: int, games: int) -> Pairs:
    return {(i, j): games for i in range(num_models) for j in range(i + 1, num_models)}


def _even(num_models: int, reach: float = 1.0) -> Floats:
    return np.asarray(np.linspace(reach, -reach, num_models))


MAIN = {
    "3 models, 20 games a pair": Design(_even(3), _all(3, 20)),
    "3 models, 100": Design(_even(3), _all(3, 100)),
    "5 models, 50": Design(_even(5), _all(5, 50)),
    "8 models, 20": Design(_even(8), _all(8, 20)),
    "8 models, 200": Design(_even(8), _all(8, 200)),
    "5 models, unbalanced 200 and 20": Design(_even(5), {p: 200 if 0 in p else 20 for p in _all(5, 0)}),
    "5 models, one baseline, 100": Design(_even(5), {(0, j): 100 for j in range(1, 5)}),
    "4 models, 50, ties as half a win": Design(_even(4), _all(4, 50), nu=1.0),
    "4 models, 50, ties by Davidson": Design(_even(4), _all(4, 50), nu=1.0, fit="davidson"),
    "4 models, 20 prompts, clustered": Design(_even(4), _all(4, 20), spread=0.7, num_judges=3),
    "4 models, 40 prompts, clustered": Design(_even(4), _all(4, 40), spread=0.7, num_judges=3),
    "4 models, 40 prompts, clustered, Davidson's ties": Design(
        _even(4), _all(4, 40), nu=1.0, spread=0.7, num_judges=3, fit="davidson"
    ),
}
EXTREME = {
    "2 models, 20 games, 90 % wins": Design(_even(2, 1.1), _all(2, 20)),
    "2 models, 50 games, 95 % wins": Design(_even(2, 1.47), _all(2, 50)),
    "3 models, 20, strengths 2 nats apart": Design(_even(3, 2.0), _all(3, 20)),
}


def main() -> int:
    """Simulate, tell."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--simulations", type=int, default=2000)
    parser.add_argument("--only", nargs="+", default=[*MAIN, *EXTREME], choices=[*MAIN, *EXTREME])
    given = parser.parse_args()
    found = {}
    for name in given.only:
        found[name] = _coverage({**MAIN, **EXTREME}[name], name, given.simulations)
        told = "  ".join(f"{method} {share:.3f}" for method, share in found[name].items())
        print(f"{name:50} {told}", file=sys.stderr)
    if given.only == [*MAIN, *EXTREME]:
        found["six judges"] = {"ours": _with_tastes(given.simulations // 10)}
        print(f"{'six judges':50} ours {found['six judges']['ours']:.3f}", file=sys.stderr)
    main_shares = [found[name]["ours"] for name in MAIN if name in found]
    worst = max((abs(share - 0.95) for share in main_shares), default=0.0)
    print(json.dumps({"name": "bt_coverage", "ours": round(worst, 4), "peer": None, "ratio": None, "goal": 0.015,
                      "simulations": given.simulations, "coverage": found}))  # fmt: skip
    return 0 if worst <= 0.015 else 1


def _coverage(design: Design, name: str, simulations: int) -> dict[str, float]:
    truth_S = _truth(design)
    held: dict[str, list[Floats]] = {"ours": []}
    for number in range(simulations):
        games = list(_games(design, generator(number, name)))
        fit = fit_strengths(games, ties=design.fit)
        half_S = stats.t.isf(0.025, fit.num_prompts - 1) * np.sqrt(np.diag(fit.covariance_SS))
        held["ours"].append(np.abs(fit.theta_S - truth_S) <= half_S)
        if design.fit == "half":
            for method, one in _peers(games, design, truth_S).items():
                held.setdefault(method, []).append(one)
    return {method: round(float(np.mean(one)), 4) for method, one in held.items()}


def _games(design: Design, rng: np.random.Generator) -> Iterable[Game]:
    num_models, num_prompts = len(design.theta_S), max(design.games.values())
    quality_GS = design.theta_S + design.spread * rng.normal(size=(num_prompts, num_models))
    for judge in range(design.num_judges):
        for (i, j), count in design.games.items():
            gap_G = quality_GS[:count, i] - quality_GS[:count, j]
            win_G, lose_G, tie = np.exp(gap_G / 2), np.exp(-gap_G / 2), design.nu
            draw_G = rng.random(count) * (win_G + lose_G + tie)
            prob_G = np.where(draw_G < win_G, 1.0, np.where(draw_G < win_G + lose_G, 0.0, 0.5))
            for prompt, prob in enumerate(prob_G.tolist()):
                yield Game(str(prompt), f"m{i}", f"m{j}", "", "", prob, str(judge))


def _with_tastes(simulations: int) -> float:
    truth_S, held = _even(3, 0.8), []
    for number in range(simulations):
        rng = generator(number, "six judges")
        games = []
        for judge in range(6):
            theta_S = truth_S + 0.5 * rng.normal(size=3)
            games += [
                game._replace(prompt=f"{judge}/{game.prompt}", judge=str(judge))
                for game in _games(Design(theta_S, _all(3, 40)), rng)
            ]
        found = consensus(games, instrument="judges").elo
        for metric, theta in zip(found.values(), truth_S.tolist(), strict=True):
            if metric.low is not None and metric.high is not None:
                held.append(metric.low <= theta * ELO_PER_NAT <= metric.high)
    return round(float(np.mean(held)), 4)


def _truth(design: Design) -> Floats:
    """What the fitted model tells of endlessly many games, by quadrature over the quality on a prompt."""
    if not design.spread and (not design.nu or design.fit == "davidson"):
        return np.asarray(design.theta_S - design.theta_S.mean())
    points, weights = np.polynomial.hermite_e.hermegauss(60)
    endless: list[Game] = []
    for (i, j), count in design.games.items():
        gap_Q = design.theta_S[i] - design.theta_S[j] + design.spread * np.sqrt(2) * points
        shares_QK = np.stack([np.exp(gap_Q / 2), np.exp(-gap_Q / 2), np.full_like(gap_Q, design.nu)], axis=1)
        win, lose, tie = (weights / weights.sum()) @ (shares_QK / shares_QK.sum(axis=1, keepdims=True))
        for prob, share in ((1.0, win), (0.0, lose), (0.5, tie)):
            times = round(share * count * 200)
            endless += [Game(str(len(endless) + k), f"m{i}", f"m{j}", "", "", prob, "") for k in range(times)]
    return fit_strengths(endless, ties=design.fit).theta_S


def _peers(games: list[Game], design: Design, truth_S: Floats) -> dict[str, Floats]:
    """The usual intervals around the maximum of the likelihood with a wide prior (5 nats)."""
    num_models, sd = len(design.theta_S), 5.0
    wins_GSS = np.zeros((max(design.games.values()), num_models, num_models))
    for game in games:
        i, j = int(game.model_a[1:]), int(game.model_b[1:])
        wins_GSS[int(game.prompt), i, j] += game.prob_a
        wins_GSS[int(game.prompt), j, i] += 1 - game.prob_a
    games_GSS = wins_GSS + wins_GSS.transpose(0, 2, 1)
    theta_S = fit_bradley_terry(wins_GSS.sum(axis=0)[None], prior_sd=sd)[0]
    prob_SS = 1 / (1 + np.exp(theta_S[None, :] - theta_S[:, None]))
    weight_SS = games_GSS.sum(axis=0) * prob_SS * (1 - prob_SS)
    inverse_SS = np.linalg.inv(np.diag(weight_SS.sum(axis=1)) - weight_SS + np.eye(num_models) / sd**2)
    score_GS = (wins_GSS - games_GSS * prob_SS).sum(axis=2)
    count = len(score_GS)
    meat_SS = score_GS.T @ score_GS * count / (count - 1)
    centre_SS = np.eye(num_models) - 1 / num_models
    covariances = {"sandwich": inverse_SS @ meat_SS @ inverse_SS, "information": inverse_SS}
    quantiles = {"sandwich": stats.t.isf(0.025, count - 1), "information": stats.norm.isf(0.025)}
    return {
        name: np.abs(theta_S - truth_S)
        <= quantiles[name] * np.sqrt(np.maximum(0, np.diag(centre_SS @ covariance_SS @ centre_SS)))
        for name, covariance_SS in covariances.items()
    }


if __name__ == "__main__":
    sys.exit(main())
