"""Policy gradients without a value model: what a response is worth is told by its siblings of the same prompt.

GRPO and RLOO are this stage with different advantages and losses (`grpo.py`, `rloo.py`). Shapes as in `readings.py`;
P prompts, K responses of each, B = P K with the responses of a prompt one after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from torch import Tensor

from solon.interfaces import Reward
from solon.models.language_model import LanguageModel
from solon.models.template import Tokens
from solon.models.trainable import make_trainable
from solon.objectives.advantages import GroupAdvantages
from solon.policy.collect import Collected, Collector, Rewards, rollout_figures, rollout_records
from solon.policy.readings import Readings, paid, read_rollouts
from solon.policy.rl_config import RolloutConfig
from solon.policy.rl_loop import train_on_rollouts
from solon.policy.rollout_log import RolloutLog
from solon.policy.updates import MinibatchLoss, PolicyUpdates, minibatches, of_updates
from solon.progress import Progress
from solon.records import Prompt
from solon.seeds import derive


class GroupExperience(NamedTuple):
    """What a rollout teaches. All on the CPU, in float32."""

    readings: Readings
    advantages_B: Tensor
    flat_groups: int
    """Prompts whose responses all earned the same, before any KL: nothing but a KL is learnt from them."""


class GroupMethod(NamedTuple):
    """What GRPO and RLOO do not share."""

    advantages: Callable[[Tensor], GroupAdvantages]
    """From rewards (P, K)."""
    loss: Callable[[GroupExperience], MinibatchLoss]
    """Its unit is the response."""
    reward_kl_coef: float
    """Reward lost per nat of KL(policy || reference), summed over the response; 0 where the KL is a loss."""


def gather_group_experience(
    collected: Collected, config: RolloutConfig, method: GroupMethod, *, reference: LanguageModel
) -> GroupExperience:
    """Advantages of one rollout.

        R_i = score_i - reward_kl_coef sum_t (log pi(a_t | s_t) - log pi_ref(a_t | s_t))

    and less the truncation penalty where the token limit cut the response; its end token counts in the KL.
    """
    readings = read_rollouts(collected.rollouts, config, reference=reference)
    groups = (config.prompts_per_step, config.samples_per_prompt)
    paid_B = paid(collected.rollouts, collected.totals, config)
    rewards_B = paid_B - method.reward_kl_coef * readings.kl_BR.sum(1)
    advantages_B = method.advantages(rewards_B.view(groups)).advantages_PK.flatten()
    return GroupExperience(readings, advantages_B, int(method.advantages(paid_B.view(groups)).flat_groups))


class GroupStage:
    """A training stage (see `solon.training.loop`) whose step is one rollout and the updates on it.

    Args:
        policy: trained in place; it also samples.
        reference: frozen; the same tokeniser as the policy.
        rewards: name -> (reward, weight). Each takes text, is called once a step, and is logged apart; the policy is
            trained on the weighted sum.
        prompts: ids must differ.
        config: sizes, rates, penalties.
        method: advantages and loss.
        rollouts_file: gets one JSON line per response.
        seed: of prompts, samples and minibatches.
        ptx_rows: rows of the supervised term; needed where `ptx_coef` is not 0.
        true_score: knows the truth about a response; logged, never trained on.

    Metrics of a step are those of `PPOStage` that need no value model, and `flat_groups`: how many of
    `prompts_per_step` groups taught nothing. `policy_loss` is a mean per response.

    Raises:
        InputError: a prompt leaves no room for its response, ids repeat, or there are no rows for `ptx_coef`.
    """

    def __init__(
        self, policy: LanguageModel, reference: LanguageModel, rewards: Rewards, prompts: Sequence[Prompt],
        config: RolloutConfig, method: GroupMethod, *,
        rollouts_file: Path, seed: int, ptx_rows: Sequence[Tokens] = (), true_score: Reward | None = None,
    ) -> None:  # fmt: skip
        self._reference = reference
        self._config, self._method, self._seed = config, method, seed
        self._collector = Collector(policy, rewards, prompts, config, seed=seed, true_score=true_score)
        self._updates = PolicyUpdates(policy, config, ptx_rows, num_rollouts=config.num_steps, seed=seed)
        self._log = RolloutLog(rollouts_file)
        self.num_steps = config.num_steps

    def step(self, index: int) -> Mapping[str, float]:
        """Sample, score, and update; a function of the weights and (seed, index)."""
        collected = self._collector.collect(index)
        experience = gather_group_experience(collected, self._config, self._method, reference=self._reference)
        readings, loss = experience.readings, self._method.loss(experience)
        figures = rollout_figures(collected, readings) | {"flat_groups": experience.flat_groups}
        chosen = minibatches(self._config, step=index, seed=self._seed)
        figures |= of_updates(
            [self._updates.update(collected.rollouts, readings, one, loss, count=len(one)) for one in chosen]
        )
        self._log.append(rollout_records(index, collected, readings))
        return figures

    def state_dict(self) -> dict[str, Any]:
        """Weights, optimiser, and how much of the rollouts' file is ours; all else follows from (seed, index)."""
        return {"policy": self._updates.state_dict(), "rollouts_bytes": self._log.size}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take back what `state_dict` gave."""
        self._updates.load_state_dict(state["policy"])
        self._log.size = int(state["rollouts_bytes"])


def train_groups(
    policy: LanguageModel, reference: LanguageModel, rewards: Rewards, prompts: Sequence[Prompt],
    config: RolloutConfig, method: GroupMethod, *,
    folder: Path, seed: int, progress: Progress, ptx_rows: Sequence[Tokens] = (), true_score: Reward | None = None,
    keep_checkpoints: int = 1,
) -> None:  # fmt: skip
    """Train a policy in place with GRPO or RLOO and write it to `folder/model`. Resumes where it stopped.

    `folder` also gets `metrics.jsonl`, `rollouts.jsonl` (RolloutRecord) and `checkpoints`, of which the newest
    `keep_checkpoints` stay. Arguments and errors as in GroupStage: the method is `grpo_method(config)` or
    `rloo_method(config)`. With LoRA a reference that the policy starts from is its twin.
    """
    make_trainable(policy, config.lora, derive(seed, "adapters"), recompute=config.recompute_activations)
    stage = GroupStage(
        policy, reference, rewards, prompts, config, method, rollouts_file=folder / "rollouts.jsonl", seed=seed,
        ptx_rows=ptx_rows, true_score=true_score,
    )  # fmt: skip
    train_on_rollouts(stage, policy, config, folder=folder, progress=progress, keep_checkpoints=keep_checkpoints)
