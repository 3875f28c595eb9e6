"""Activation checkpointing: of every layer only its input is kept, and the rest is computed again in the backward pass.

A third more computation for a fraction of the memory: one layer's activations instead of all layers'.
Source: Chen et al. 2016, arXiv:1604.06174.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import torch
from torch.utils.checkpoint import checkpoint
from transformers import PreTrainedModel
from transformers.modeling_layers import GradientCheckpointingLayer

from solon.errors import ModelError
from solon.models.attention import attending, attention_now


def recompute_activations(model: PreTrainedModel) -> None:
    """From now on, wherever there is a gradient. The library's own switch needs train mode, which brings dropout back.

    Raises:
        ModelError: its layers are none that the library can compute again.
    """
    layers = [part for part in model.modules() if isinstance(part, GradientCheckpointingLayer)]
    if not layers:
        raise ModelError(
            f"{model.config.model_type}: transformers cannot compute the layers of this kind of model again. Leave "
            "recompute_activations off, and lower the tokens of a batch instead."
        )
    for layer in layers:
        layer.forward = _recomputed(model, layer.forward)


def _recomputed(model: PreTrainedModel, forward: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **options: Any) -> Any:
        if not torch.is_grad_enabled():
            return forward(*args, **options)
        attend = attention_now()
        again = nullcontext() if attend is None else attending(model, attend)
        # By the time of the backward pass the rows of this batch are no longer the model's attention.
        return checkpoint(forward, *args, use_reentrant=False, context_fn=lambda: (nullcontext(), again), **options)

    return call
