from collections.abc import Callable

import pytest
import torch

from solon.models.scalar_model import ScalarModel
from solon.models.tiny import new_language_model, tiny_config, train_tokenizer

torch.set_num_threads(1)


@pytest.fixture(scope="session")
def new_model() -> Callable[[], ScalarModel]:
    """A fresh random reward model of a few thousand weights; all are alike and share one tokeniser."""
    tokenizer = train_tokenizer(["good bad fine dog cat ran home"] * 9, vocab_size=290)
    config = tiny_config("llama", vocab_size=len(tokenizer), width=16, layers=1, heads=2, context_tokens=64)
    policy = new_language_model(config, tokenizer, 0)
    return lambda: ScalarModel.from_policy(policy, seed=1)
