from collections.abc import Callable

import pytest
import torch
from transformers import PreTrainedTokenizerFast

from solon.models.language_model import LanguageModel
from solon.models.tiny import Kind, new_language_model, tiny_config, train_tokenizer

TEXTS = [
    "the baker sells bread for 3 coins .",
    "is this right ? no , it is not .",
    "( a ) is fine . yes , better : ( b )",
]
KINDS: tuple[Kind, ...] = ("llama", "gpt2", "qwen2", "qwen3")

torch.set_num_threads(1)


@pytest.fixture(scope="session")
def tokenizer() -> PreTrainedTokenizerFast:
    return train_tokenizer(TEXTS * 4, vocab_size=330)


@pytest.fixture(scope="session")
def new_model(tokenizer: PreTrainedTokenizerFast) -> Callable[..., LanguageModel]:
    """(kind, seed) -> a small random model; all share one tokenizer."""

    def new(kind: Kind = "llama", seed: int = 0) -> LanguageModel:
        config = tiny_config(kind, vocab_size=len(tokenizer), width=16, layers=2, heads=2, context_tokens=96)
        language_model = new_language_model(config, tokenizer, seed)
        with torch.no_grad():  # larger weights than a real start, so that distributions are far from uniform
            for parameter in language_model.model.parameters():
                if parameter.ndim > 1:
                    parameter.mul_(8)
        return language_model

    return new
