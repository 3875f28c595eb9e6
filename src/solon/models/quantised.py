"""Weights in 4 bits (NF4) through bitsandbytes: loading, and back to plain layers.

Source: Dettmers et al. 2023, arXiv:2305.14314 (NF4, with quantised quantisation constants).
"""

from __future__ import annotations

import importlib.util
from typing import Any

import torch
from torch import Tensor, nn
from transformers import BitsAndBytesConfig, PreTrainedModel
from transformers.pytorch_utils import Conv1D

from solon.errors import ModelError


def quantising_options(device: torch.device | str) -> dict[str, Any]:
    """What `from_pretrained` needs to quantise every linear layer of the decoder while it loads.

    Raises:
        ModelError: bitsandbytes is not installed.
    """
    if importlib.util.find_spec("bitsandbytes") is None:
        raise ModelError(
            "weights in 4 bits need bitsandbytes, which is not installed. Install it: pip install 'solon[qlora]'; or "
            "leave lora.quantise out."
        )
    config = BitsAndBytesConfig(  # type: ignore[no-untyped-call]
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True
    )
    return {"quantization_config": config, "device_map": {"": str(device)}}


def is_quantised(model: PreTrainedModel) -> bool:
    """Whether linear layers are held in 4 bits."""
    return any(_is_4bit(module) for module in model.modules())


def prepare_quantised(model: PreTrainedModel) -> None:
    """Let quantised layers compute in the dtype of the other weights, and in the way that has a gradient."""
    for module in model.modules():
        if _is_4bit(module):
            layer: Any = module
            layer.compute_dtype = model.dtype
            # Some processors repack the weights of a layer in eval mode for sampling; it has no gradient from then on.
            layer.support_avx512bf16_for_cpu = False


def weight_of(layer: nn.Module) -> Tensor:
    """The weight of a linear layer; of a quantised one what its 4 bits stand for, in the dtype of before."""
    weight: Any = layer.weight
    if not _is_4bit(layer):
        return weight  # type: ignore[no-any-return]
    from bitsandbytes.functional import dequantize_4bit

    found: Tensor = dequantize_4bit(weight.data, weight.quant_state)
    return found


def is_transposed(layer: nn.Module) -> bool:
    """Whether the layer is (or was, before it was quantised) one of GPT-2's, whose weight is (in, out)."""
    return issubclass(_kind(layer), Conv1D)


def with_weight(layer: nn.Module, weight: Tensor) -> nn.Module:
    """The layer with another weight, shaped as `weight_of` gives it; a quantised one becomes what it was before."""
    if not _is_4bit(layer):
        layer.weight = nn.Parameter(weight)
        return layer
    num_out, num_in = weight.shape
    with torch.device("meta"):
        new: Any = (
            Conv1D(num_out, num_in)  # type: ignore[no-untyped-call]
            if is_transposed(layer)
            else nn.Linear(num_in, num_out)
        )
    new.weight = nn.Parameter(weight.T.contiguous() if is_transposed(layer) else weight)
    new.bias = layer.bias
    new.eval()
    return new  # type: ignore[no-any-return]


def dequantise(model: PreTrainedModel) -> None:
    """Make its layers plain; nothing tells then that it was quantised.

    transformers' own way takes GPT-2's layers for linear ones of the other orientation.
    """
    for name, module in list(model.named_modules()):
        if _is_4bit(module):
            model.set_submodule(name, with_weight(module, weight_of(module)))
    quantiser: Any = model.hf_quantizer
    quantiser.remove_quantization_config(model)


def _kind(layer: nn.Module) -> type[nn.Module]:
    kind: type[nn.Module] = getattr(layer, "source_cls", type(layer))
    return kind


def _is_4bit(module: nn.Module) -> bool:
    return type(module).__name__ == "Linear4bit" and hasattr(module, "source_cls")
