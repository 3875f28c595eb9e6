"""PPO with a KL penalty to a frozen reference: sample, score, advantages, epochs of updates; then again.

Sources: Schulman et al. 2017, arXiv:1707.06347 (PPO); Ouyang et al. 2022, arXiv:2203.02155 (RLHF, PPO-ptx). The
departures are listed in `PPOConfig`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from solon.interfaces import Reward
from solon.models.language_model import LanguageModel
from solon.models.scalar_model import ScalarModel
from solon.models.template import Tokens
from solon.models.trainable import make_trainable
from solon.objectives.policy_gradient import ppo_clip_loss
from solon.objectives.value import explained_variance
from solon.policy.collect import Collector, Rewards, rollout_figures, rollout_records
from solon.policy.experience import Experience, gather_experience
from solon.policy.rl_config import PPOConfig
from solon.policy.rl_loop import train_on_rollouts
from solon.policy.rollout import Rollout
from solon.policy.rollout_log import RolloutLog
from solon.policy.updates import MinibatchLoss, PolicyLoss, PolicyUpdates, means, minibatches, of_updates
from solon.policy.value_updates import ValueUpdates
from solon.progress import Progress
from solon.records import Prompt
from solon.seeds import derive


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
    `truncated`, `true_score`; per token: `entropy`, `logprob_gap` (see `of_updates`), `clip_fraction`,
    `policy_loss`, `value_loss`, `update_kl` (k3 of sampling against updated weights); `explained_variance` of the
    values that made the advantages; means per update: `lr`, `value_lr`, `grad_norm`, `value_grad_norm`, `ptx_loss`,
    `ptx_grad_norm` (of the weighted supervised term; `grad_norm` is of the sum).

    Raises:
        InputError: a prompt leaves no room for its response, ids repeat, or there are no rows for `ptx_coef`.
    """

    def __init__(
        self, policy: LanguageModel, reference: LanguageModel, value_model: ScalarModel, rewards: Rewards,
        prompts: Sequence[Prompt], config: PPOConfig, *,
        rollouts_file: Path, seed: int, ptx_rows: Sequence[Tokens] = (), true_score: Reward | None = None,
    ) -> None:  # fmt: skip
        self._reference, self._value_model = reference, value_model
        self._config, self._seed = config, seed
        self._collector = Collector(policy, rewards, prompts, config, seed=seed, true_score=true_score)
        trained = config.num_steps - config.value_warmup_steps
        self._policy_updates = PolicyUpdates(policy, config, ptx_rows, num_rollouts=trained, seed=seed)
        self._value_updates = ValueUpdates(value_model, config)
        self._log = RolloutLog(rollouts_file)
        self.num_steps = config.num_steps

    def step(self, index: int) -> Mapping[str, float]:
        """Sample, score, and update; a function of the weights and (seed, index)."""
        collected = self._collector.collect(index)
        experience = gather_experience(
            collected.rollouts, collected.totals, self._config, reference=self._reference,
            value_model=self._value_model, centre_values=index == 0,
        )  # fmt: skip
        readings = experience.readings
        explained = explained_variance(experience.values_BR, experience.returns_BR, readings.mask_BR)
        figures = rollout_figures(collected, readings) | {"explained_variance": float(explained)}
        figures |= self._update(index, collected.rollouts, experience)
        self._log.append(rollout_records(index, collected, readings))
        return figures

    def _update(self, index: int, rollouts: Sequence[Rollout], experience: Experience) -> dict[str, float]:
        chosen = minibatches(self._config, step=index, seed=self._seed)
        figures = means([self._value_updates.update(rollouts, experience, one) for one in chosen])
        if index < self._config.value_warmup_steps:
            return figures
        readings, loss = experience.readings, _policy_loss(experience, self._config.clip_range)
        return figures | of_updates(
            [
                self._policy_updates.update(rollouts, readings, one, loss, count=int(readings.mask_BR[one].sum()))
                for one in chosen
            ]
        )

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


def _policy_loss(experience: Experience, clip_range: float) -> MinibatchLoss:
    """PPO's clipped surrogate; its unit is the token."""

    def loss(logprobs_BR: Tensor, indices: list[int]) -> PolicyLoss:
        readings, device = experience.readings, logprobs_BR.device
        rollout_BR, advantages_BR, mask_BR = (
            source_BR[indices].to(device)
            for source_BR in (readings.logprobs_BR, experience.advantages_BR, readings.mask_BR)
        )
        found = ppo_clip_loss(logprobs_BR, rollout_BR, advantages_BR, mask_BR, clip_range=clip_range)
        return PolicyLoss(found.total, found.clipped, int(found.count))

    return loss


def train_ppo(
    policy: LanguageModel, reference: LanguageModel, value_model: ScalarModel, rewards: Rewards,
    prompts: Sequence[Prompt], config: PPOConfig, *,
    folder: Path, seed: int, progress: Progress, ptx_rows: Sequence[Tokens] = (), true_score: Reward | None = None,
    keep_checkpoints: int = 1,
) -> None:  # fmt: skip
    """Train a policy in place with PPO and write it to `folder/model`. Resumes where it stopped.

    `folder` also gets `metrics.jsonl`, `rollouts.jsonl` (RolloutRecord) and `checkpoints`, of which the newest
    `keep_checkpoints` stay. Arguments as in PPOStage; with LoRA a reference that the policy starts from is its twin.
    """
    again = config.recompute_activations
    make_trainable(policy, config.lora, derive(seed, "adapters"), recompute=again)
    # the value model stands on a reward model's weights, which are held as they are
    lora = config.lora and config.lora.model_copy(update={"quantise": None})
    make_trainable(value_model, lora, derive(seed, "value adapters"), recompute=again)
    stage = PPOStage(
        policy, reference, value_model, rewards, prompts, config, rollouts_file=folder / "rollouts.jsonl", seed=seed,
        ptx_rows=ptx_rows, true_score=true_score,
    )  # fmt: skip
    train_on_rollouts(stage, policy, config, folder=folder, progress=progress, keep_checkpoints=keep_checkpoints)
