from collections import Counter
from collections.abc import Callable

import pytest

from solon.engines.local import LocalEngine
from solon.errors import InputError
from solon.models.language_model import LanguageModel
from solon.policy.rl_config import PPOConfig
from solon.policy.rollout import check_prompts, draws_of_step, sample_rollouts
from solon.records import Prompt, user

CONFIG = PPOConfig(prompts_per_step=2, samples_per_prompt=2, minibatch_responses=4, max_new_tokens=5)


def test_every_pass_asks_each_prompt_once_and_no_draw_repeats(prompts: list[Prompt]) -> None:
    # 3 prompts, 2 a step: steps 0, 1, 2 are two whole passes
    draws = [draw for step in range(3) for draw in draws_of_step(prompts, CONFIG, step=step, seed=1)]
    assert set(Counter(draw.prompt.id for draw in draws).values()) == {4}
    assert len({(draw.prompt.id, draw.draw) for draw in draws}) == 12


def test_a_step_depends_on_its_index_alone(prompts: list[Prompt]) -> None:
    first = list(draws_of_step(prompts, CONFIG, step=7, seed=1))
    assert first == list(draws_of_step(prompts, CONFIG, step=7, seed=1))


def test_a_rollout_holds_the_sampled_ids_with_one_logprob_each(
    new_policy: Callable[[int], LanguageModel], prompts: list[Prompt]
) -> None:
    policy = new_policy(0)
    draws = list(draws_of_step(prompts, CONFIG, step=0, seed=1))
    for rollout in sample_rollouts(LocalEngine(policy), draws, CONFIG, seed=1):
        assert rollout.truncated == (rollout.response_ids[-1] not in policy.template.end_ids)
        assert len(rollout.sampler_logprobs) == len(rollout.response_ids) <= 5
        assert rollout.row.ids[: len(rollout.prompt_ids)] == policy.template.prompt_ids(rollout.prompt.messages)


def test_a_prompt_without_room_for_its_response_is_refused_by_name(new_policy: Callable[[int], LanguageModel]) -> None:
    long = Prompt(id="the-long-one", messages=(user("dog " * 60),))
    with pytest.raises(InputError, match="the-long-one"):
        check_prompts(new_policy(0), [long], 5)


def test_two_prompts_with_one_id_are_refused(new_policy: Callable[[int], LanguageModel], prompts: list[Prompt]) -> None:
    with pytest.raises(InputError, match="'p0'"):
        check_prompts(new_policy(0), [*prompts, prompts[0]], 5)


def test_tools_of_a_prompt_reach_the_template(new_policy: Callable[[int], LanguageModel]) -> None:
    policy, prompt = new_policy(0), Prompt(id="t", messages=(user("dog"),), tools=({"name": "price"},))
    with pytest.raises(InputError, match="definitions of tools"):  # Solon's own template shows none
        check_prompts(policy, [prompt], 5)
    draws = list(draws_of_step([prompt], CONFIG, step=0, seed=1))
    with pytest.raises(InputError, match="definitions of tools"):
        sample_rollouts(LocalEngine(policy), draws, CONFIG, seed=1)
