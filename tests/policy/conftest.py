from collections.abc import Callable

import pytest
import torch

from solon.models.language_model import LanguageModel
from solon.models.tiny import new_language_model, tiny_config, train_tokenizer
from solon.records import Prompt, user

TEXTS = ["the red dog ran home", "a blue cat sat here", "the cat and the dog eat"]

torch.set_num_threads(1)


@pytest.fixture(scope="session")
def new_policy() -> Callable[[int], LanguageModel]:
    """seed -> a random policy of a few thousand weights; all share one tokeniser."""
    tokenizer = train_tokenizer(TEXTS * 5, vocab_size=290)
    config = tiny_config("llama", vocab_size=len(tokenizer), width=16, layers=1, heads=2, context_tokens=64)
    return lambda seed: new_language_model(config, tokenizer, seed)


@pytest.fixture
def prompts() -> list[Prompt]:
    return [Prompt(id=f"p{i}", messages=(user(text),)) for i, text in enumerate(TEXTS)]
