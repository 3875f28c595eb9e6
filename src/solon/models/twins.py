"""A second model on the same weights."""

from __future__ import annotations

import copy

from transformers import PreTrainedModel


def twin_of(model: PreTrainedModel) -> PreTrainedModel:
    """Modules and a config of its own, on the very tensors of the model.

    Adapters put into one are not in the other, so a frozen reference, or a value model, costs no second set of weights.
    For models whose weights are not trained: a step that changed the tensors would change both.
    """
    shared: list[object] = [*model.parameters(), *model.buffers()]
    shared += [state for one in shared if (state := getattr(one, "quant_state", None)) is not None]
    return copy.deepcopy(model, {id(one): one for one in shared})
