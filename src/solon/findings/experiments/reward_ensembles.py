"""Ensembles of reward models against over-optimisation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from solon.evaluation.intervals import Floats
from solon.findings.finding import Finding, Measured, Outcome
from solon.findings.lab import Lab
from solon.findings.measures import mean, paired
from solon.findings.plots import Line, Plot, draw_lines
from solon.findings.proxies import KINDS, best_of_n, comparisons_of, sample_pool, scores_of, train_proxy
from solon.findings.shapes import clearly_above
from solon.records import Metric, Prompt
from solon.reward.ensemble import Combine, Ensemble
from solon.settings import Settings

NS = (1, 2, 4, 8, 16, 32)
COMBINED: tuple[Combine, ...] = ("mean", "worst", "uncertain")


class RewardEnsembles(Settings):
    """Knobs."""

    members: int = 5
    """Reward models, each with a head and an order of its own."""
    comparisons: int = 30
    """That each learns from, drawn anew."""
    noise: float = 0.25
    """Share of the labels that are wrong."""
    prompts: int = 90
    """Held-out prompts of each of three kinds."""
    temperature: float = 1.3
    """Of the answers."""
    uncertainty_coef: float = 0.5
    """What the variance among members costs in `uncertain`."""


def measure(lab: Lab, settings: RewardEnsembles) -> Mapping[str, Metric]:
    """Best-of-n by each member alone, and by the ensemble three ways."""
    policy = lab.policy("mid")
    trained_on = lab.answers(policy, lab.prompts(400, *KINDS, name="proxy"), draws=4, temperature=settings.temperature)
    pool = sample_pool(lab, policy, lab.held_out(settings.prompts, *KINDS), NS[-1], settings.temperature)
    members = []
    for place in range(settings.members):
        pairs = comparisons_of(lab, trained_on, settings.comparisons, settings.noise, f"member-{place}")
        members.append(train_proxy(lab, f"member-{place}", pairs))
    ways: dict[str, list[Floats]] = {"single": [scores_of(member, pool) for member in members]}
    for combine in COMBINED:
        together = Ensemble(members, combine, uncertainty_coef=settings.uncertainty_coef)
        ways[combine] = [scores_of(together, pool)]
    found: dict[str, Metric] = {}
    values: dict[tuple[str, int], list[tuple[Prompt, float]]] = {}
    for way, score_NDs in ways.items():
        for n in NS:
            told = np.mean([best_of_n(score_ND, pool.gold_ND, n) for score_ND in score_NDs], axis=0)
            values[way, n] = list(zip(pool.prompts, told.tolist(), strict=True))
            found[f"true, {way}, best of {n}"] = mean(values[way, n])
    for combine in COMBINED:
        found[f"true, {combine} - single, best of {NS[-1]}"] = paired(values[combine, NS[-1]], values["single", NS[-1]])
    return found


def shape(measured: Measured, settings: RewardEnsembles) -> Sequence[Outcome]:
    """Every ensemble beats its members where over-optimisation is strongest."""
    last = NS[-1]
    return [clearly_above(measured, f"true, {way} - single, best of {last}") for way in COMBINED]


def figure(measured: Measured, settings: RewardEnsembles) -> str:
    """True reward by n."""
    names = {"single": "members alone", "mean": "mean", "worst": "worst", "uncertain": "mean - variance"}
    lines = [Line(told, [(float(n), measured[f"true, {way}, best of {n}"]) for n in NS]) for way, told in names.items()]
    plot = Plot("", "best of n", "right (rate)", lines, log_x=True)
    return draw_lines("reward-ensembles", [plot], "True reward of best-of-n by single reward models and ensembles")


FINDING = Finding(
    name="reward-ensembles",
    title="Ensembles of reward models are harder to over-optimise than their members",
    source="Coste et al. 2023, arXiv:2310.02743, figure 3",
    published="Mean, worst-case and uncertainty-weighted ensembles of five reward models stop best-of-n "
    "over-optimisation and raise the true reward by up to 70 %, with label noise as well.",
    method="Five reward models, each of 30 comparisons with a quarter of the labels wrong, choose the best of up to 32 "
    "answers alone and together.",
    settings=RewardEnsembles(),
    quick={"prompts": 45, "members": 4},
    measure=measure,
    shape=shape,
    figure=figure,
    needs="mid",
    limits="Members differ in their data here; published ones in their seeds alone.",
)
