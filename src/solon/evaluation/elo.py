"""Elo ratings of stages from pairwise wins: Bradley-Terry by maximum a posteriori.

    p(i beats j) = sigmoid(theta_i - theta_j),    theta_i ~ Normal(0, prior_sd^2),    Elo_i = theta_i * 400 / ln 10

The fit does not depend on the order of the games. The prior keeps a stage that always wins at a finite rating (perfect
separation has no maximum-likelihood estimate); `PRIOR_SD` is wide: 1 sd = 347 Elo. A tie counts as half a win for
each side. Two identical responses are a tie without asking anyone. Intervals come from a bootstrap over prompts.

Shapes: S stages, N prompts, R bootstrap resamples. wins_NSS[n, i, j] is how often (or with which probability) i beat j
on prompt n.

Source: Bradley & Terry 1952; the Elo scale as in Bai et al. 2022, arXiv:2212.08073, figure 2.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from solon.errors import InputError
from solon.evaluation.intervals import Floats, cluster_bootstrap
from solon.evaluation.rates import template
from solon.interfaces import PromptResponse, Rater, Reward
from solon.records import Metric, Prompt
from solon.seeds import derive, generator

ELO_PER_NAT = 400 / math.log(10)
PRIOR_SD = 2.0
"""Standard deviation of the prior of a strength, in nats of log-odds."""


def fit_bradley_terry(wins_RSS: Floats, prior_sd: float = PRIOR_SD) -> Floats:
    """MAP strengths theta_RS (nats, mean 0) of each of R tables of wins, by Newton's method.

    The posterior is strictly concave, so there is one maximum; a step is at most one nat.
    """
    num_tables, num_stages = wins_RSS.shape[:2]
    games_RSS = wins_RSS + wins_RSS.transpose(0, 2, 1)
    won_RS = wins_RSS.sum(axis=2)
    theta_RS = np.zeros((num_tables, num_stages))
    for _ in range(200):
        prob_RSS = 1 / (1 + np.exp(theta_RS[:, None, :] - theta_RS[:, :, None]))
        gradient_RS = won_RS - (games_RSS * prob_RSS).sum(axis=2) - theta_RS / prior_sd**2
        weight_RSS = games_RSS * prob_RSS * (1 - prob_RSS)
        curvature_RSS = -weight_RSS
        diagonal = np.arange(num_stages)
        curvature_RSS[:, diagonal, diagonal] += weight_RSS.sum(axis=2) + 1 / prior_sd**2
        step_RS = np.linalg.solve(curvature_RSS, gradient_RS[:, :, None])[:, :, 0]
        # A step of more than one nat leaves the region where the quadratic model of the posterior holds.
        theta_RS += step_RS / np.maximum(1.0, np.abs(step_RS).max(axis=1, keepdims=True))
        if np.abs(step_RS).max() < 1e-10:
            break
    centred_RS: Floats = theta_RS - theta_RS.mean(axis=1, keepdims=True)
    return centred_RS


def elo_from_wins(
    wins_NSS: Floats,
    stages: Sequence[str],
    clusters: Sequence[str],
    *,
    instrument: str,
    seed: int,
    anchor: str | None = None,
    num_resamples: int = 1000,
) -> dict[str, Metric]:
    """Elo of each stage with its interval; n is the number of games the stage played.

    Args:
        clusters: what the bootstrap resamples, one for each prompt.
        anchor: the stage whose rating is 0; None centres the mean at 0.
    """
    flat_NQ = wins_NSS.reshape(len(wins_NSS), -1)

    def ratings(weights_RN: Floats) -> Floats:
        theta_RS: Floats = fit_bradley_terry((weights_RN @ flat_NQ).reshape(-1, len(stages), len(stages)))
        if anchor is not None:
            theta_RS = theta_RS - theta_RS[:, [stages.index(anchor)]]
        elo_RS: Floats = theta_RS * ELO_PER_NAT
        return elo_RS

    value_S = ratings(np.ones((1, len(wins_NSS))))[0]
    low_S, high_S = cluster_bootstrap(
        clusters, ratings, generator=generator(seed, "elo bootstrap"), num_resamples=num_resamples
    )
    games_S = (wins_NSS + wins_NSS.transpose(0, 2, 1)).sum(axis=(0, 2))
    return {
        stage: Metric(
            value=float(value_S[i]),
            low=float(min(low_S[i], value_S[i])),
            high=float(max(high_S[i], value_S[i])),
            n=round(float(games_S[i])),
            instrument=instrument,
        )
        for i, stage in enumerate(stages)
    }


def elo_from_rater(
    stage_responses: Mapping[str, Mapping[str, str]],
    prompts: Sequence[Prompt],
    raters: Sequence[Rater],
    *,
    seed: int,
    anchor: str | None = None,
    num_resamples: int = 1000,
) -> dict[str, Metric]:
    """Elo by people (or simulated ones) who label nothing that trains: every rater ranks every prompt's responses.

    Args:
        stage_responses: stage -> prompt id -> response.

    Raises:
        InputError: a stage has no response to one of the prompts, or there is nothing to rank.
    """
    stages, texts_NS = _texts(stage_responses, prompts)
    if not raters:
        raise InputError("Elo by people needs at least one held-out rater; this source has none")
    wins_NSS = np.zeros((len(prompts), len(stages), len(stages)))
    for n, (prompt, texts) in enumerate(zip(prompts, texts_NS, strict=True)):
        distinct = list(dict.fromkeys(texts))
        for rater in raters:
            if len(distinct) > 1:
                asked = rater.rank(prompt, distinct, seed=derive(seed, "elo", rater.name, prompt.id))
                rank_of = dict(zip(distinct, asked, strict=True))
            else:
                rank_of = {distinct[0]: 0}
            ranks_S = np.array([rank_of[text] for text in texts])
            wins_NSS[n] += np.sign(ranks_S[None, :] - ranks_S[:, None]) / 2 + 0.5
    return _elo(wins_NSS, stages, prompts, "people", seed, anchor, num_resamples)


def elo_from_reward(
    stage_responses: Mapping[str, Mapping[str, str]],
    prompts: Sequence[Prompt],
    reward: Reward,
    *,
    seed: int,
    anchor: str | None = None,
    num_resamples: int = 1000,
) -> dict[str, Metric]:
    """Elo under a reward or preference model, whose win probability sigmoid(r_i - r_j) counts as a part of a win.

    A policy was trained to please that model, so the instrument is `proxy`: what was optimised, not what is true.
    """
    stages, texts_NS = _texts(stage_responses, prompts)
    batch = [PromptResponse(p, text) for p, texts in zip(prompts, texts_NS, strict=True) for text in texts]
    scores_NS = np.asarray(reward(batch), dtype=np.float64).reshape(len(prompts), len(stages))
    wins_NSS = 1 / (1 + np.exp(np.clip(scores_NS[:, None, :] - scores_NS[:, :, None], -500, 500)))
    return _elo(wins_NSS, stages, prompts, "proxy", seed, anchor, num_resamples)


def _elo(
    wins_NSS: Floats,
    stages: list[str],
    prompts: Sequence[Prompt],
    instrument: str,
    seed: int,
    anchor: str | None,
    num_resamples: int,
) -> dict[str, Metric]:
    diagonal = np.arange(len(stages))
    wins_NSS[:, diagonal, diagonal] = 0.0
    clusters = [template(prompt) for prompt in prompts]
    return elo_from_wins(
        wins_NSS, stages, clusters, instrument=instrument, seed=seed, anchor=anchor, num_resamples=num_resamples
    )


def _texts(
    stage_responses: Mapping[str, Mapping[str, str]], prompts: Sequence[Prompt]
) -> tuple[list[str], list[list[str]]]:
    stages = list(stage_responses)
    if len(stages) < 2 or not prompts:
        raise InputError(f"Elo compares at least two stages on at least one prompt; got {len(stages)}, {len(prompts)}")
    for stage, responses in stage_responses.items():
        if missing := [prompt.id for prompt in prompts if prompt.id not in responses]:
            raise InputError(
                f"Elo: stage {stage} has no response to {len(missing)} of {len(prompts)} prompts (first: {missing[0]})."
                " Sample every stage on the same prompts."
            )
    return stages, [[stage_responses[stage][prompt.id] for stage in stages] for prompt in prompts]
