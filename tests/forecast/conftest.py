from collections.abc import Callable

import pytest
import torch

from solon.forecast.shapes import Shape
from solon.models.template import ChatTemplate
from solon.models.tiny import tiny_config, train_tokenizer

NewShape = Callable[..., Shape]


@pytest.fixture(scope="session")
def template() -> ChatTemplate:
    return ChatTemplate(train_tokenizer(["a text of letters"], 262), "letters")


@pytest.fixture
def new_shape(template: ChatTemplate) -> NewShape:
    def new(*, layers: int = 2, width: int = 32, pads: bool = False) -> Shape:
        config = tiny_config("llama", vocab_size=300, width=width, layers=layers, heads=2, context_tokens=128)
        return Shape(config, torch.float32, template, pads)

    return new
