"""Thousands of PPO updates: do they stay stable?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.proof.claims import Verdict, fact
from benchmarks.proof.markdown import table, with_interval
from benchmarks.proof.readings import read_run
from benchmarks.proof.study import Section, Study
from benchmarks.proof.training_curves import Row, draw, non_finite, points_table, read_metrics

from solon.policy.rl_config import PPOConfig
from solon.recipe import load_recipe

RECIPE = "long"
STAGE = "helpful_rlhf"
NEEDED_UPDATES = 2000

SHOWN = {
    "reward": "of the reward model, per response",
    "true_score": "share that the checker calls right",
    "kl": "nats per response, to the frozen reference",
    "response_tokens": "end token included",
    "entropy": "nats per token",
    "clip_fraction": "share of tokens whose gradient was cut",
    "policy_loss": "per token",
    "value_loss": "per token",
    "explained_variance": "of the value model",
    "grad_norm": "of the policy, before it is clipped",
}
TITLES = {
    "reward": "reward", "true_score": "true score", "kl": "KL (nats)", "response_tokens": "response tokens",
    "entropy": "entropy (nats)", "clip_fraction": "clip fraction", "value_loss": "value loss",
    "explained_variance": "explained variance",
}  # fmt: skip


def make(study: Study) -> Section:
    """Run the long recipe with the first seed."""
    run = study.run("long", seed=study.seeds[0], recipe=RECIPE)
    rows = read_metrics(run, STAGE)
    path = study.figures / "long.svg"
    draw(rows, TITLES, name="long", path=path)
    updates = num_updates(load_recipe(run / "recipe.yaml").helpful_rlhf, len(rows))
    body = f"`recipes/{RECIPE}.yaml`, seed {study.seeds[0]}: {len(rows)} rollouts, {updates} updates of the policy. A "
    body += "figure is a mean over 5 % of the rollouts; lowest and highest are of single rollouts.\n\n"
    body += points_table(rows, SHOWN)
    body += f"\n![Curves of the long run](figures/{path.name})\n\n" + before_after(run)
    return Section(body, verdicts(rows, updates))


def num_updates(config: PPOConfig, num_rollouts: int) -> int:
    """Optimiser steps that moved the policy."""
    return (num_rollouts - config.value_warmup_steps) * config.updates_per_step


def verdicts(rows: Sequence[Row], updates: int) -> list[Verdict]:
    """Long enough, and finite throughout."""
    bad = non_finite(rows)
    return [
        fact("long run: PPO updates", f">= {NEEDED_UPDATES}", str(updates), met=updates >= NEEDED_UPDATES),
        fact("long run: numbers that are not finite", "none", ", ".join(bad[:5]) or "none", met=not bad),
    ]


def before_after(run: Path) -> str:
    """Rates on held-out prompts before and after."""
    readings = read_run(run)
    names = ("helpful", "over_refusal", "well_formed", "continuation")
    rows = [[stage, *[with_interval(readings[stage].get(name)) for name in names]] for stage in ("sft", STAGE)]
    return "Held-out prompts, before and after:\n\n" + table(["stage", *names], rows)
