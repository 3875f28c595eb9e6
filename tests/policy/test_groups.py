import math
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from solon.errors import InputError, TrainingError
from solon.interfaces import PromptResponse
from solon.models.language_model import LanguageModel
from solon.policy.collect import Collected
from solon.policy.groups import gather_group_experience
from solon.policy.grpo import grpo_method
from solon.policy.rl_config import GRPOConfig, RLOOConfig, RolloutConfig
from solon.policy.rloo import rloo_method
from solon.policy.rollout_log import RolloutRecord
from solon.policy.rows import render_rows
from solon.progress import Silent
from solon.records import Demonstration, Prompt, assistant, user
from solon.store.records import read_records

from .letters import MethodOf, starts_with_letter, trained
from .plain_losses import first_rollout

NewPolicy = Callable[[int], LanguageModel]
DEMONSTRATION = Demonstration(id="d", messages=(user("the dog"), assistant("a blue cat")), source="test")
SHAPE = {"num_steps": 4, "prompts_per_step": 2, "samples_per_prompt": 4, "minibatch_responses": 4, "epochs": 2,
         "max_new_tokens": 4, "peak_lr": 1e-2, "checkpoint_every": 2, "kl_coef": 0.1}  # fmt: skip
GRPO, RLOO = GRPOConfig.model_validate(SHAPE), RLOOConfig.model_validate(SHAPE)
BOTH = pytest.mark.parametrize(
    ("method_of", "config"), [(grpo_method, GRPO), (rloo_method, RLOO)], ids=["grpo", "rloo"]
)


def same_weights(one: LanguageModel, other: LanguageModel) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one.model.parameters(), other.model.parameters(), strict=True))


def collected(new_policy: NewPolicy, prompts: list[Prompt], scores: list[float]) -> Collected:
    """The first rollout of two groups of four, none cut off, with scores of our own."""
    rollouts = [one._replace(truncated=False) for one in first_rollout(new_policy(0), prompts, RLOO, 3)]
    return Collected(rollouts, {"given": scores}, scores, None)


def test_a_response_is_compared_with_the_other_answers_to_its_prompt(
    new_policy: NewPolicy, prompts: list[Prompt]
) -> None:
    # group 1: mean 2, so deviations (2, -2, -1, 1); RLOO's are 4/3 of them. The last of group 2 is cut off: 6 - 1 = 5,
    # as much as its siblings
    found = collected(new_policy, prompts, [4, 0, 1, 3, 5, 5, 5, 6])
    found.rollouts[-1] = found.rollouts[-1]._replace(truncated=True)
    reference = new_policy(0)
    dr_grpo = GRPO.model_copy(update={"scale_by_deviation": False})
    plain = gather_group_experience(found, GRPO, grpo_method(dr_grpo), reference=reference)
    assert plain.advantages_B.tolist() == [2, -2, -1, 1, 0, 0, 0, 0]
    assert plain.flat_groups == 1
    scaled = gather_group_experience(found, GRPO, grpo_method(GRPO), reference=reference)
    deviation = math.sqrt((4 + 4 + 1 + 1) / 3)
    assert scaled.advantages_B.tolist() == pytest.approx([x / (deviation + 1e-4) for x in (2, -2, -1, 1)] + [0] * 4)
    left_out = gather_group_experience(found, RLOO, rloo_method(RLOO), reference=reference)
    assert left_out.advantages_B.tolist() == pytest.approx([4 / 3 * x for x in (2, -2, -1, 1)] + [0] * 4)


@pytest.mark.parametrize("kl", ["rloo", "reward", "k3"])
def test_a_response_that_the_policy_likes_more_than_the_reference_is_worth_less(
    new_policy: NewPolicy, prompts: list[Prompt], kl: str
) -> None:
    found = collected(new_policy, prompts, [0.0] * 8)
    method = rloo_method(RLOO) if kl == "rloo" else grpo_method(
        GRPO.model_copy(update={"kl": kl, "scale_by_deviation": False})
    )  # fmt: skip
    experience = gather_group_experience(found, RLOO, method, reference=new_policy(1))
    kl_PK = experience.readings.kl_BR.sum(1).view(2, 4)
    assert kl_PK.std(1).min() > 1e-3
    scale = {"rloo": 0.1 * 4 / 3, "reward": 0.1, "k3": 0.0}[kl]  # as a loss it is none of the reward's business
    expected_B = -scale * (kl_PK - kl_PK.mean(1, keepdim=True)).flatten()
    torch.testing.assert_close(experience.advantages_B, expected_B)
    assert experience.flat_groups == 2  # what the KL adds is not counted as something to learn


@BOTH
def test_groups_that_all_earn_the_same_train_nothing(
    new_policy: NewPolicy, prompts: list[Prompt], tmp_path: Path, method_of: MethodOf, config: RolloutConfig
) -> None:
    without_kl = config.model_copy(update={"kl_coef": 0.0, "truncation_penalty": 0.0})
    rewards = {"flat": (lambda pairs: [0.9] * len(pairs), 1.0)}
    policy, metrics = trained(method_of, new_policy, prompts, without_kl, tmp_path, rewards=rewards)
    assert [step["flat_groups"] for step in metrics] == [2] * 4
    assert same_weights(policy, new_policy(0))


@BOTH
def test_a_killed_run_that_is_started_again_ends_exactly_as_one_that_was_not(
    new_policy: NewPolicy, prompts: list[Prompt], tmp_path: Path, method_of: MethodOf, config: RolloutConfig
) -> None:
    class Killed(Silent):
        def advance(self, done: int, figures: object) -> None:
            if done == 3:  # one step after the checkpoint: its metrics and rollouts must be cut back
                raise KeyboardInterrupt

    config = config.model_copy(update={"ptx_coef": 0.5})
    rows = render_rows(new_policy(0), [DEMONSTRATION])
    whole, metrics = trained(method_of, new_policy, prompts, config, tmp_path / "whole", ptx_rows=rows)
    with pytest.raises(KeyboardInterrupt):
        trained(method_of, new_policy, prompts, config, tmp_path / "resumed", ptx_rows=rows, progress=Killed())
    resumed, resumed_metrics = trained(method_of, new_policy, prompts, config, tmp_path / "resumed", ptx_rows=rows)
    assert metrics == resumed_metrics
    files = [(tmp_path / name / "rollouts.jsonl").read_bytes() for name in ("whole", "resumed")]
    assert files[0] == files[1]
    assert same_weights(whole, resumed)
    assert not same_weights(whole, new_policy(0))


@BOTH
def test_every_response_is_kept_with_its_rewards_and_steps_tell_their_figures(
    new_policy: NewPolicy, prompts: list[Prompt], tmp_path: Path, method_of: MethodOf, config: RolloutConfig
) -> None:
    rewards = {"letter": (starts_with_letter, 1.0), "constant": (lambda pairs: [2.0] * len(pairs), 0.5)}
    _, metrics = trained(
        method_of, new_policy, prompts, config, tmp_path, rewards=rewards, true_score=starts_with_letter
    )
    first = [row for row in read_records(tmp_path / "rollouts.jsonl", RolloutRecord) if row.step == 0]
    assert [(row.prompt_id, row.draw) for row in first[:4]] == [(first[0].prompt_id, draw) for draw in range(4)]
    assert metrics[0]["reward/letter"] == metrics[0]["true_score"] == sum(row.rewards["letter"] for row in first) / 8
    assert metrics[0]["reward"] == pytest.approx(metrics[0]["reward/letter"] + 0.5 * 2)
    assert max(step["logprob_gap"] for step in metrics) < 1e-5
    told = {"step", "kl", "entropy", "response_tokens", "truncated", "flat_groups", "policy_loss", "clip_fraction",
            "update_kl", "lr", "grad_norm", "logprob_gap", "reward", "reward/letter", "reward/constant",
            "true_score"}  # fmt: skip
    assert set(metrics[0]) == told


@BOTH
def test_a_reward_that_is_not_finite_stops_with_step_name_and_prompt(
    new_policy: NewPolicy, prompts: list[Prompt], tmp_path: Path, method_of: MethodOf, config: RolloutConfig
) -> None:
    rewards: dict[str, object] = {"broken": (lambda pairs: [_broken(pair) for pair in pairs], 1.0)}
    with pytest.raises(TrainingError, match=r"step [01]: the reward 'broken' is not finite for the prompts p1"):
        trained(method_of, new_policy, prompts, config, tmp_path, rewards=rewards)


def _broken(pair: PromptResponse) -> float:
    return math.nan if pair.prompt.id == "p1" else 0.0


@BOTH
def test_a_loss_that_is_not_finite_stops_with_step_and_prompts(
    new_policy: NewPolicy, prompts: list[Prompt], tmp_path: Path, method_of: MethodOf, config: RolloutConfig
) -> None:
    huge = {"huge": (lambda pairs: [1e38 * (-1) ** i for i in range(len(pairs))], 1e38)}  # finite until it is weighed
    with pytest.raises(TrainingError, match=r"the loss of step 0 is .* \(rows p\d"):
        trained(method_of, new_policy, prompts, config, tmp_path, rewards=huge)


@BOTH
def test_no_reward_is_refused(
    new_policy: NewPolicy, prompts: list[Prompt], tmp_path: Path, method_of: MethodOf, config: RolloutConfig
) -> None:
    with pytest.raises(InputError, match="no reward to raise"):
        trained(method_of, new_policy, prompts, config, tmp_path, rewards={})
