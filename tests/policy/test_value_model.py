from collections.abc import Callable

import torch

from solon.models.language_model import LanguageModel
from solon.models.scalar_model import ScalarModel
from solon.models.tiny import new_language_model, tiny_config, train_tokenizer
from solon.policy.value_model import initial_value_model

NewPolicy = Callable[[int], LanguageModel]


def test_a_reward_model_of_the_same_kind_is_copied_not_shared(new_policy: NewPolicy) -> None:
    reward_model = ScalarModel.from_policy(new_policy(1), seed=2)
    reward_model.shift = 0.5
    value_model = initial_value_model(new_policy(0), reward_model)
    ours, theirs = (model.model.get_parameter("score.weight") for model in (value_model, reward_model))
    assert torch.equal(ours, theirs) and ours is not theirs
    assert value_model.shift == 0.5
    value_model.shift = 9.0
    assert reward_model.shift == 0.5


def test_a_reward_model_with_another_tokeniser_gives_way_to_the_policy_with_a_zero_head(new_policy: NewPolicy) -> None:
    tokenizer = train_tokenizer(["something else entirely"] * 9, vocab_size=290)
    config = tiny_config("llama", vocab_size=len(tokenizer), width=16, layers=1, heads=2, context_tokens=64)
    policy, other = new_policy(0), new_language_model(config, tokenizer, 1)
    value_model = initial_value_model(policy, ScalarModel.from_policy(other, seed=2))
    assert not value_model.model.get_parameter("score.weight").any()
    backbone = value_model.model.base_model.state_dict()
    assert all(torch.equal(backbone[name], value) for name, value in policy.model.base_model.state_dict().items())
