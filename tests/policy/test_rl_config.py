import pytest
from pydantic import ValidationError

from solon.policy.rl_config import GRPOConfig, PPOConfig, RLOOConfig


def test_minibatches_that_leave_a_rest_are_refused_with_the_numbers() -> None:
    with pytest.raises(ValidationError, match=r"minibatch_responses=5 does not divide .* 8"):
        PPOConfig(prompts_per_step=4, samples_per_prompt=2, minibatch_responses=5)


def test_a_warm_up_that_leaves_nothing_for_the_policy_is_refused() -> None:
    with pytest.raises(ValidationError, match="leaves none"):
        PPOConfig(num_steps=2, value_warmup_steps=2)


def test_updates_per_step_counts_minibatches_of_all_epochs() -> None:
    assert PPOConfig(prompts_per_step=4, samples_per_prompt=2, minibatch_responses=4, epochs=3).updates_per_step == 6


def test_reinforce_with_several_updates_of_one_rollout_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"clip_range=null is REINFORCE.* make 2"):
        RLOOConfig(prompts_per_step=2, samples_per_prompt=2, minibatch_responses=2, clip_range=None)


@pytest.mark.parametrize("config", [GRPOConfig, RLOOConfig])
def test_a_group_of_one_is_refused(config: type[GRPOConfig | RLOOConfig]) -> None:
    with pytest.raises(ValidationError, match="greater than or equal to 2"):
        config(prompts_per_step=4, samples_per_prompt=1, minibatch_responses=4)
