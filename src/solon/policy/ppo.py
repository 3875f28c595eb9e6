"""PPO with a KL penalty to a frozen reference: sample, score, advantages, epochs of updates; then again.

Sources: Schulman et al. 2017, arXiv:1707.06347 (PPO); Ouyang et al. 2022, arXiv:2203.02155 (RLHF, PPO-ptx). The
departures are listed in `PPOConfig`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from solon.engines.local import LocalEngine
from solon.errors import InputError, TrainingError
from solon.interfaces import PromptResponse, Reward
from solon.models.language_model import LanguageModel
from solon.models.scalar_model import ScalarModel
from solon.models.template import Tokens
from solon.objectives.value import explained_variance
from solon.policy.config import PPOConfig
from solon.policy.experience import Experience, gather_experience
from solon.policy.rollout import Rollout, check_prompts, draws_of_step, sample_rollouts
from solon.policy.rollout_log import RolloutLog, RolloutRecord
from solon.policy.updates import PolicyUpdates, ValueUpdates, means, minibatches
from solon.progress import Progress
from solon.records import Prompt
from solon.training.loop import train


class PPOStage:
    """A training stage (see `solon.training.loop`) whose step is one rollout and the updates on it.

    Args:
        policy: trained in place; it also samples.
        reference: frozen; the same tokeniser as the policy.
        value_model: trained in place (see `initial_value_model`).
        rewards: name -> (reward, weight). Each takes text, is called once a step, and is logged apart; the policy is
            trained on the weighted sum.
        prompts: ids must differ.
        config: sizes, rates, penalties.
        rollouts_file: gets one JSON line per response.
        seed: of prompts, samples and minibatches.
        ptx_rows: rows of the supervised term; needed where `ptx_coef` is not 0.
        true_score: knows the truth about a response; logged, never trained on.

    Metrics of a step, means per response: `reward` (weighted sum), `reward/NAME`, `kl` (nats), `response_tokens`,
    `truncated`, `true_score`; per token: `entropy`, `logprob_gap` (|trainer - sampler|), `clip_fraction`,
    `policy_loss`, `value_loss`, `update_kl` (k3 of sampling against updated weights); `explained_variance` of the
    values that made the advantages; means per update: `lr`, `value_lr`, `grad_norm`, `value_grad_norm`, `ptx_loss`,
    `ptx_grad_norm` (of the weighted supervised term; `grad_norm` is of the sum).

    Raises:
        InputError: a prompt leaves no room for its response, ids repeat, or there are no rows for `ptx_coef`.
    """

    def __init__(
        self, policy: LanguageModel, reference: LanguageModel, value_model: ScalarModel,
        rewards: Mapping[str, tuple[Reward, float]], prompts: Sequence[Prompt], config: PPOConfig, *,
        rollouts_file: Path, seed: int, ptx_rows: Sequence[Tokens] = (), true_score: Reward | None = None,
    ) -> None:  # fmt: skip
        check_prompts(policy, prompts, config.max_new_tokens)
        if not rewards:
            raise InputError("PPO has no reward to raise. Give at least one.")
        if config.ptx_coef and not ptx_rows:
            raise InputError(f"ptx_coef={config.ptx_coef} needs rows to imitate, and there are none. Give rows, or 0.")
        self._policy, self._reference, self._value_model = policy, reference, value_model
        self._rewards, self._true_score = rewards, true_score
        self._prompts, self._config, self._seed = prompts, config, seed
        self._engine = LocalEngine(policy)
        self._policy_updates = PolicyUpdates(policy, config, ptx_rows, seed=seed)
        self._value_updates = ValueUpdates(value_model, config)
        self._log = RolloutLog(rollouts_file)
        self.num_steps = config.num_steps

    def step(self, index: int) -> Mapping[str, float]:
        """Sample, score, and update; a function of the weights and (seed, index)."""
        draws = list(draws_of_step(self._prompts, self._config, step=index, seed=self._seed))
        rollouts = sample_rollouts(self._engine, draws, self._config, seed=self._seed)
        pairs = [PromptResponse(rollout.prompt, rollout.text) for rollout in rollouts]
        rewards = {name: _scores(name, reward, pairs, index) for name, (reward, _) in self._rewards.items()}
        true_scores = None if self._true_score is None else _scores("true_score", self._true_score, pairs, index)
        weights = {name: weight for name, (_, weight) in self._rewards.items()}
        totals = [sum(weights[name] * rewards[name][i] for name in rewards) for i in range(len(pairs))]
        experience = gather_experience(
            rollouts, totals, self._config, policy=self._policy, reference=self._reference,
            value_model=self._value_model, centre_values=index == 0,
        )  # fmt: skip
        figures = {"reward": _mean(totals)} | {f"reward/{name}": _mean(rewards[name]) for name in rewards}
        if true_scores is not None:
            figures["true_score"] = _mean(true_scores)
        figures |= _figures(rollouts, experience) | self._update(index, rollouts, experience)
        self._log.append(_records(index, rollouts, rewards, experience, true_scores))
        return figures

    def _update(self, index: int, rollouts: Sequence[Rollout], experience: Experience) -> dict[str, float]:
        chosen = minibatches(self._config, step=index, seed=self._seed)
        figures = means([self._value_updates.update(rollouts, experience, one) for one in chosen])
        if index < self._config.value_warmup_steps:
            return figures
        return figures | means([self._policy_updates.update(rollouts, experience, one) for one in chosen])

    def state_dict(self) -> dict[str, Any]:
        """Weights, optimisers, and how much of the rollouts' file is ours; all else follows from (seed, index)."""
        return {
            "policy": self._policy_updates.state_dict(),
            "value": self._value_updates.state_dict(),
            "rollouts_bytes": self._log.size,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take back what `state_dict` gave."""
        self._policy_updates.load_state_dict(state["policy"])
        self._value_updates.load_state_dict(state["value"])
        self._log.size = int(state["rollouts_bytes"])


def train_ppo(
    policy: LanguageModel, reference: LanguageModel, value_model: ScalarModel,
    rewards: Mapping[str, tuple[Reward, float]], prompts: Sequence[Prompt], config: PPOConfig, *,
    folder: Path, seed: int, progress: Progress, ptx_rows: Sequence[Tokens] = (), true_score: Reward | None = None,
    keep_checkpoints: int = 1,
) -> None:  # fmt: skip
    """Train a policy in place with PPO and write it to `folder/model`. Resumes where it stopped.

    `folder` also gets `metrics.jsonl`, `rollouts.jsonl` (RolloutRecord) and `checkpoints`, of which the newest
    `keep_checkpoints` stay. Arguments as in PPOStage.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stage = PPOStage(
        policy, reference, value_model, rewards, prompts, config, rollouts_file=folder / "rollouts.jsonl", seed=seed,
        ptx_rows=ptx_rows, true_score=true_score,
    )  # fmt: skip
    progress.start("raise the reward", config.num_steps)
    train(
        stage, folder=folder, checkpoint_every=config.checkpoint_every, keep=keep_checkpoints,
        log=lambda index, figures: progress.advance(index + 1, figures),
    )  # fmt: skip
    policy.save(folder / "model")


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


def _figures(rollouts: Sequence[Rollout], experience: Experience) -> dict[str, float]:
    """What a rollout is like, before any update."""
    mask_BR = experience.mask_BR
    sampled = [logprob for rollout in rollouts for logprob in rollout.sampler_logprobs]
    gaps = (experience.logprobs_BR[mask_BR] - experience.logprobs_BR.new_tensor(sampled)).abs()
    return {
        "kl": float(experience.kl_BR.sum(1).mean()),
        "response_tokens": float(mask_BR.sum() / len(rollouts)),
        "truncated": _mean([float(rollout.truncated) for rollout in rollouts]),
        "entropy": float(experience.entropy_BR[mask_BR].mean()),
        "logprob_gap": float(gaps.mean()),
        "explained_variance": float(explained_variance(experience.values_BR, experience.returns_BR, mask_BR)),
    }


def _records(
    step: int, rollouts: Sequence[Rollout], rewards: Mapping[str, Sequence[float]], experience: Experience,
    true_scores: Sequence[float] | None,
) -> list[RolloutRecord]:  # fmt: skip
    return [
        RolloutRecord(
            step=step,
            prompt_id=rollout.prompt.id,
            draw=rollout.draw,
            response=rollout.text,
            rewards={name: rewards[name][i] for name in rewards},
            kl=float(experience.kl_BR[i].sum()),
            tokens=len(rollout.response_ids),
            truncated=rollout.truncated,
            true_score=None if true_scores is None else true_scores[i],
        )
        for i, rollout in enumerate(rollouts)
    ]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
