"""Where PPO's value model starts."""

from __future__ import annotations

import copy

import torch

from solon.models.language_model import LanguageModel
from solon.models.scalar_model import ScalarModel
from solon.models.twins import twin_of


def initial_value_model(policy: LanguageModel, reward_model: ScalarModel | None, *, share: bool = False) -> ScalarModel:
    """A value model of its own: a copy of the reward model where it reads the policy's tokens, else of the policy.

    With `share`, for adapters, the copy has a head of its own and all other tensors in common with what it is of.

    The reward model fits where its vocabulary, architecture and rendering of conversations are the policy's. Where it
    does not, the policy's backbone gets a head of zeros: every value is 0 until it learns.

    Source: Ouyang et al. 2022, arXiv:2203.02155, appendix C.4 (initialised from the reward model).
    """
    if reward_model is not None and _reads_the_same_tokens(policy, reward_model):
        model = twin_of(reward_model.model) if share else copy.deepcopy(reward_model.model)
        if share:
            model.score = copy.deepcopy(model.score)
        return ScalarModel(model, reward_model.tokenizer, reward_model.name)
    value_model = ScalarModel.from_policy(policy, seed=0, share=share)
    with torch.no_grad():
        value_model.model.get_parameter("score.weight").zero_()
    return value_model


def _reads_the_same_tokens(policy: LanguageModel, reward_model: ScalarModel) -> bool:
    shapes = [
        {name: getattr(config, name, None) for name in ("model_type", "vocab_size", "hidden_size", "num_hidden_layers")}
        for config in (policy.model.config, reward_model.model.config)
    ]
    return (
        shapes[0] == shapes[1]
        and policy.tokenizer.get_vocab() == reward_model.tokenizer.get_vocab()
        and policy.tokenizer.chat_template == reward_model.tokenizer.chat_template
    )
