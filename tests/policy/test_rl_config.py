import pytest
from pydantic import ValidationError

from solon.policy.rl_config import PPOConfig


def test_minibatches_that_leave_a_rest_are_refused_with_the_numbers() -> None:
    with pytest.raises(ValidationError, match=r"minibatch_responses=5 does not divide .* 8"):
        PPOConfig(prompts_per_step=4, samples_per_prompt=2, minibatch_responses=5)


def test_a_warm_up_that_leaves_nothing_for_the_policy_is_refused() -> None:
    with pytest.raises(ValidationError, match="leaves none"):
        PPOConfig(num_steps=2, value_warmup_steps=2)


def test_updates_per_step_counts_minibatches_of_all_epochs() -> None:
    assert PPOConfig(prompts_per_step=4, samples_per_prompt=2, minibatch_responses=4, epochs=3).updates_per_step == 6
