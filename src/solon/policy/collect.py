"""What a step of PPO, GRPO or RLOO begins with: responses sampled by the policy, and what the rewards say of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from solon.engines.local import LocalEngine
from solon.errors import InputError, TrainingError
from solon.interfaces import PromptResponse, Reward
from solon.models.language_model import LanguageModel
from solon.policy.readings import Readings
from solon.policy.rl_config import RolloutConfig
from solon.policy.rollout import Rollout, check_prompts, draws_of_step, sample_rollouts
from solon.policy.rollout_log import RolloutRecord
from solon.records import Prompt

Rewards = Mapping[str, tuple[Reward, float]]
"""name -> (reward, weight). Each takes text, is called once a step, and is logged apart; the policy is trained on the
weighted sum."""


class Collected(NamedTuple):
    """One rollout with its scores, in order."""

    rollouts: list[Rollout]
    rewards: dict[str, list[float]]
    """Each named reward before its weight."""
    totals: list[float]
    """The weighted sums."""
    true_scores: list[float] | None
    """What the truth about each response is, where something knows it; nothing trains on it."""


class Collector:
    """Samples and scores the responses of a step.

    Args:
        policy: samples.
        rewards: what it is trained on.
        prompts: ids must differ.
        config: sizes.
        seed: of prompts and samples.
        true_score: knows the truth about a response; logged, never trained on.

    Raises:
        InputError: no reward, a prompt leaves no room for its response, or ids repeat.
    """

    def __init__(
        self, policy: LanguageModel, rewards: Rewards, prompts: Sequence[Prompt], config: RolloutConfig, *,
        seed: int, true_score: Reward | None,
    ) -> None:  # fmt: skip
        check_prompts(policy, prompts, config.max_new_tokens)
        if not rewards:
            raise InputError("there is no reward to raise. Give at least one.")
        self._engine = LocalEngine(policy)
        self._rewards, self._prompts, self._config = rewards, prompts, config
        self._seed, self._true_score = seed, true_score

    def collect(self, step: int) -> Collected:
        """The rollout of a step: a function of the weights and (seed, step).

        Raises:
            TrainingError: a reward does not give one finite number for each response.
        """
        draws = list(draws_of_step(self._prompts, self._config, step=step, seed=self._seed))
        rollouts = sample_rollouts(self._engine, draws, self._config, seed=self._seed)
        pairs = [PromptResponse(rollout.prompt, rollout.text) for rollout in rollouts]
        rewards = {name: _scores(name, reward, pairs, step) for name, (reward, _) in self._rewards.items()}
        true_scores = None if self._true_score is None else _scores("true_score", self._true_score, pairs, step)
        weights = {name: weight for name, (_, weight) in self._rewards.items()}
        totals = [sum(weights[name] * rewards[name][i] for name in rewards) for i in range(len(pairs))]
        return Collected(rollouts, rewards, totals, true_scores)


def rollout_figures(collected: Collected, readings: Readings) -> dict[str, float]:
    """What a rollout is like, before any update: means per response, of `entropy` per token."""
    rollouts, mask_BR = collected.rollouts, readings.mask_BR
    figures = {"reward": mean(collected.totals)}
    figures |= {f"reward/{name}": mean(scores) for name, scores in collected.rewards.items()}
    if collected.true_scores is not None:
        figures["true_score"] = mean(collected.true_scores)
    return figures | {
        "kl": float(readings.kl_BR.sum(1).mean()),
        "response_tokens": float(mask_BR.sum() / len(rollouts)),
        "truncated": mean([float(rollout.truncated) for rollout in rollouts]),
        "entropy": float(readings.entropy_BR[mask_BR].mean()),
    }


def rollout_records(step: int, collected: Collected, readings: Readings) -> list[RolloutRecord]:
    """What is kept of a rollout."""
    return [
        RolloutRecord(
            step=step,
            prompt_id=rollout.prompt.id,
            draw=rollout.draw,
            response=rollout.text,
            rewards={name: scores[i] for name, scores in collected.rewards.items()},
            kl=float(readings.kl_BR[i].sum()),
            tokens=len(rollout.response_ids),
            truncated=rollout.truncated,
            true_score=None if collected.true_scores is None else collected.true_scores[i],
        )
        for i, rollout in enumerate(collected.rollouts)
    ]


def mean(values: Sequence[float]) -> float:
    """Of at least one value."""
    return sum(values) / len(values)


def _scores(name: str, reward: Reward, pairs: Sequence[PromptResponse], step: int) -> list[float]:
    """What a reward says of each pair.

    Raises:
        TrainingError: not one finite number for each pair; the message names the prompts.
    """
    scores = [float(score) for score in reward(pairs)]
    if len(scores) != len(pairs):
        raise TrainingError(
            f"step {step}: the reward {name!r} gave {len(scores)} numbers for {len(pairs)} responses; it must give one "
            "for each, in order."
        )
    bad = [pair.prompt.id for pair, score in zip(pairs, scores, strict=True) if not math.isfinite(score)]
    if bad:
        raise TrainingError(
            f"step {step}: the reward {name!r} is not finite for the prompts {', '.join(bad[:10])}; training on it "
            "would destroy the policy. Mend the reward; the last checkpoint is intact."
        )
    return scores
