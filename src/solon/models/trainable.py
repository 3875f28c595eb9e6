"""A model as a trainer wants it: with adapters, and with layers that are computed again in the backward pass."""

from __future__ import annotations

from solon.models.language_model import LanguageModel
from solon.models.lora import add_adapters
from solon.models.lora_settings import LoraSettings
from solon.models.recompute import recompute_activations
from solon.models.scalar_model import ScalarModel


def make_trainable(
    model: LanguageModel | ScalarModel, lora: LoraSettings | None, seed: int, *, recompute: bool
) -> None:
    """Change a model in place before an optimiser sees it.

    Args:
        lora: adapters to train instead of the weights; drawn from `seed`.
        recompute: compute activations again instead of keeping them.

    Raises:
        InputError, ModelError: as `add_adapters` and `recompute_activations`.
    """
    if lora is not None:
        add_adapters(model, lora, seed)
    if recompute:
        recompute_activations(model.model)
