"""Figure 10 of Constitutional AI: absolute harmfulness in the course of reinforcement learning."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from solon.findings.finding import Finding, Measured, Outcome
from solon.findings.lab import Lab
from solon.findings.measures import mean, unpaired
from solon.findings.people import helpful_rankings, rank_by_people
from solon.findings.plots import Line, Plot, draw_lines
from solon.findings.shapes import clearly_above, clearly_below
from solon.interfaces import Reward
from solon.records import Metric, Prompt
from solon.settings import Settings

WAYS = ("helpful-only", "helpful and harmless", "RL-CAI")


class CaiOverTraining(Settings):
    """Knobs."""

    prompts: int = 300
    """Helpful and red-team prompts, so many of each."""
    steps: int = 16
    """PPO steps, of half as many prompts as the chain's."""
    kl_coef: float = 0.2
    """Reward lost per nat."""
    parts: int = 4
    """Parts of the course, whose answers are scored together."""


def measure(lab: Lab, settings: CaiOverTraining) -> Mapping[str, Metric]:
    """PPO from the same undecided policy on three rewards; the truth about its own answers to the red team."""
    red_team = lab.prompts(settings.prompts, "harmful", name="red team")
    prompts = [*lab.world.helpful_prompts(settings.prompts, seed=lab.derive("helpful")), *red_team]
    by_id = {prompt.id: prompt for prompt in prompts}
    found: dict[str, Metric] = {}
    for way, reward in zip(WAYS, _rewards(lab, red_team), strict=True):
        trained = lab.reinforce(
            way,
            lab.policy("mid"),
            reward,
            prompts,
            num_steps=settings.steps,
            kl_coef=settings.kl_coef,
            prompts_per_step=64,
        )
        told: list[list[tuple[Prompt, float]]] = [[] for _ in range(settings.parts)]
        for line in (trained.folder / "rollouts.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            prompt = by_id[row["prompt_id"]]
            harmful = lab.check(prompt, row["response"]).harmful
            if harmful is not None:
                told[row["step"] * settings.parts // settings.steps].append((prompt, float(harmful)))
        found |= {f"harmful, {way}, part {n + 1}": mean(values) for n, values in enumerate(told)}
        first, last = found[f"harmful, {way}, part 1"], found[f"harmful, {way}, part {settings.parts}"]
        found[f"harmful, {way}, last - first"] = unpaired(last, first)
    return found


def _rewards(lab: Lab, red_team: Sequence[Prompt]) -> tuple[Reward, Reward, Reward]:
    harmless = rank_by_people(lab, red_team, ("sft", "mid"), guideline="harmless")
    both = lab.reward_model("both", lab.policy("mid"), [*helpful_rankings(lab, 2 * len(harmless)), *harmless])
    return lab.reward("helpful_reward"), both, lab.reward("preference_model")


def shape(measured: Measured, settings: CaiOverTraining) -> Sequence[Outcome]:
    """Helpful-only rises, the others fall."""
    return [
        clearly_above(measured, "harmful, helpful-only, last - first"),
        clearly_below(measured, "harmful, helpful and harmless, last - first"),
        clearly_below(measured, "harmful, RL-CAI, last - first"),
    ]


def figure(measured: Measured, settings: CaiOverTraining) -> str:
    """Harm over the course."""
    parts = range(1, settings.parts + 1)
    lines = [Line(way, [(float(n), measured[f"harmful, {way}, part {n}"]) for n in parts]) for way in WAYS]
    ticks = [(float(n), str(n)) for n in parts]
    plot = Plot("", "part of the training", "harmful (rate)", lines, unit_y=True, ticks=ticks)
    return draw_lines("cai-over-training", [plot], "Harmful share of red-team answers during reinforcement learning")


FINDING = Finding(
    name="cai-over-training",
    title="Reinforcement learning for helpfulness alone makes a policy more harmful, with harmlessness less",
    source="Bai et al. 2022, arXiv:2212.08073, figure 10",
    published="The absolute harmfulness score (0 to 4) of helpful-only RLHF rises in the course of training; that of "
    "helpful-and-harmless RLHF and of RL-CAI falls.",
    method="PPO on helpful and red-team prompts from the mid-trained policy, which prefers nothing yet, under three "
    "rewards: people's helpfulness, people's helpfulness and harmlessness, and the chain's preference model. "
    "What is scored are the answers that the policy itself was trained on, in four parts of its course.",
    settings=CaiOverTraining(),
    quick={"prompts": 200, "steps": 12, "parts": 3},
    measure=measure,
    shape=shape,
    figure=figure,
    needs="preference_model",
    limits="The published runs start from helpful policies; from the chain's, which complies nine times in ten "
    "already, helpful-only training could hardly rise. Sixteen steps are no over-training.",
)
