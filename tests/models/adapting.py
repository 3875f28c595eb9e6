"""What tests of adapters share."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel

from solon.models.language_model import LanguageModel
from solon.models.scalar_model import ScalarModel

IDS = torch.tensor([[7, 9, 11, 13, 8], [21, 22, 7, 30, 31]])


def logits(model: Any) -> Tensor:
    """What a model says of a few tokens."""
    with torch.no_grad():
        found: Tensor = model(input_ids=IDS).logits
    return found


def adapters(model: PreTrainedModel) -> Iterator[tuple[str, torch.nn.Parameter]]:
    """The weights of the adapters and their names."""
    return ((name, one) for name, one in model.named_parameters() if ".lora_" in name)


def as_if_trained(model: LanguageModel | ScalarModel, seed: int = 0) -> None:
    """Give B values: a new adapter's are 0."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, one in adapters(model.model):
            if ".lora_B." in name:
                one.copy_(0.1 * torch.randn(one.shape, generator=generator))


def tensors_of(model: PreTrainedModel) -> set[int]:
    """Where the memory of its weights is."""
    return {one.untyped_storage().data_ptr() for one in model.parameters()}
