from collections.abc import Callable

import pytest
import torch

from solon.engines.local import LocalEngine
from solon.models.language_model import LanguageModel
from solon.policy.experience import Experience, gather_experience, response_values
from solon.policy.readings import parts_of
from solon.policy.rl_config import PPOConfig
from solon.policy.rollout import Rollout, draws_of_step, sample_rollouts
from solon.policy.value_model import initial_value_model
from solon.records import Prompt

NewPolicy = Callable[[int], LanguageModel]
CONFIG = PPOConfig(
    prompts_per_step=3, samples_per_prompt=2, minibatch_responses=6, max_new_tokens=4, kl_coef=0.3, gae_lambda=1.0,
    truncation_penalty=2.0,
)  # fmt: skip


def roll_out(policy: LanguageModel, prompts: list[Prompt]) -> list[Rollout]:
    draws = list(draws_of_step(prompts, CONFIG, step=0, seed=1))
    return sample_rollouts(LocalEngine(policy), draws, CONFIG, seed=1)


def experience_of(new_policy: NewPolicy, rollouts: list[Rollout], scores: list[float], **changed: object) -> Experience:
    return gather_experience(
        rollouts, scores, CONFIG.model_copy(update=changed), reference=new_policy(1),
        value_model=initial_value_model(new_policy(0), None), centre_values=False,
    )  # fmt: skip


def test_the_return_of_a_response_is_score_less_penalties_for_kl_and_truncation(
    new_policy: NewPolicy, prompts: list[Prompt]
) -> None:
    # values are 0 and lambda and gamma are 1, so the return at the first token is the sum of all rewards
    rollouts = roll_out(new_policy(0), prompts)
    rollouts[0] = rollouts[0]._replace(truncated=True)
    scores = [float(i) for i in range(6)]
    experience = experience_of(new_policy, rollouts, scores)
    for i, rollout in enumerate(rollouts):
        expected = scores[i] - 0.3 * experience.readings.kl_BR[i].sum().item() - 2.0 * rollout.truncated
        assert experience.returns_BR[i, 0].item() == pytest.approx(expected, abs=1e-5)


def test_only_the_last_token_is_paid_the_score(new_policy: NewPolicy, prompts: list[Prompt]) -> None:
    rollouts = roll_out(new_policy(0), prompts)
    low, high = (
        experience_of(new_policy, rollouts, [score] * 6, gae_lambda=0.0, truncation_penalty=0) for score in (0.0, 1.0)
    )
    gain_BR = high.returns_BR - low.returns_BR
    last_B = high.readings.mask_BR.sum(1) - 1
    expected_BR = torch.zeros_like(gain_BR)
    expected_BR[torch.arange(6), last_B] = 1.0
    torch.testing.assert_close(gain_BR, expected_BR, atol=1e-5, rtol=0)


def test_a_token_that_the_policy_likes_more_than_the_reference_lowers_the_return(
    new_policy: NewPolicy, prompts: list[Prompt]
) -> None:
    rollouts = roll_out(new_policy(0), prompts)
    free, charged = (experience_of(new_policy, rollouts, [0.0] * 6, kl_coef=coef) for coef in (0.0, 1.0))
    total_B = free.readings.kl_BR.sum(1)
    assert (total_B.abs() > 1e-3).all()
    assert ((charged.returns_BR[:, 0] < free.returns_BR[:, 0]) == (total_B > 0)).all()


def test_centring_shifts_the_value_model_to_the_mean_return(new_policy: NewPolicy, prompts: list[Prompt]) -> None:
    rollouts = roll_out(new_policy(0), prompts)
    value_model = initial_value_model(new_policy(0), None)
    gather_experience(
        rollouts, [5.0] * 6, CONFIG.model_copy(update={"kl_coef": 0.0, "truncation_penalty": 0.0}),
        reference=new_policy(1), value_model=value_model, centre_values=True,
    )  # fmt: skip
    assert value_model.shift == pytest.approx(5.0)


def test_the_value_of_a_token_does_not_change_with_the_token(new_policy: NewPolicy, prompts: list[Prompt]) -> None:
    policy = new_policy(0)
    value_model = initial_value_model(policy, None)
    with torch.no_grad():
        value_model.model.get_parameter("score.weight").fill_(1.0)
    [rollout] = roll_out(policy, prompts)[:1]
    other = rollout._replace(response_ids=[*rollout.response_ids[:-1], rollout.response_ids[-1] + 1])
    values = [
        response_values(value_model, parts_of([one], [0], policy.template.pad_id, 99)[0].batch)
        for one in (rollout, other)
    ]
    torch.testing.assert_close(values[0], values[1])
