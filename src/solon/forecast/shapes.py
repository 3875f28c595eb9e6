"""Models that have shapes and hold nothing: see `tracking`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, PreTrainedConfig, PreTrainedModel
from transformers.pytorch_utils import Conv1D

from solon.forecast.tracking import without_data
from solon.models.language_model import LanguageModel, check_architecture, expect_no_mask
from solon.models.recompute import recompute_activations
from solon.models.scalar_model import ScalarModel
from solon.models.template import ChatTemplate

_CAPPED = ("final_logit_softcapping", "logit_scale", "logits_scaling")
"""Config keys of models that scale or cap their logits."""
_NF4_BITS = 4.5
"""Of a weight in NF4 with a float32 scale for every 64 (Dettmers et al. 2023, arXiv:2305.14314, without double
quantisation)."""


class Lora(NamedTuple):
    """Low-rank adapters as a section of a recipe asks for them."""

    rank: int
    alpha: float
    targets: str | Sequence[str]
    quantise: str | None

    @classmethod
    def of(cls, section: object) -> Lora | None:
        """What a section says; None where it trains all weights."""
        given: Any = getattr(section, "lora", None)
        return None if given is None else cls(given.rank, given.alpha, given.targets, given.quantise)


class Shape(NamedTuple):
    """The model of a chain."""

    config: PreTrainedConfig
    dtype: torch.dtype
    template: ChatTemplate
    pads: bool
    """Rows are computed with their padding, as on a GPU (see `computes_flat`)."""
    recomputes: bool = False
    """Activations are computed again in the backward pass."""

    def policy(self, lora: Lora | None = None) -> LanguageModel:
        """A policy without data."""
        return _Policy(self, lora)

    def scalar_model(self, lora: Lora | None = None) -> ScalarModel:
        """A reward or value model without data."""
        return _ScalarModel(self, lora)

    def real_policy(self) -> LanguageModel:
        """A policy with random weights, on the GPU where there is one."""
        device = "cuda" if self.pads and torch.cuda.is_available() else "cpu"
        return _Policy(self, None, device=device)

    @property
    def num_layers(self) -> int:
        """Transformer blocks."""
        return int(self.config.num_hidden_layers)

    def at_depth(self, num_layers: int) -> Shape:
        """The same with another number of blocks."""
        told = self.config.to_dict()
        told.pop("layer_types", None)
        told["n_layer" if "n_layer" in told else "num_hidden_layers"] = num_layers
        return self._replace(config=type(self.config).from_dict(told))

    @property
    def num_parameters(self) -> int:
        """Of the policy; weights that two places share count once."""
        return sum(p.numel() for p in self.policy().model.parameters())

    @property
    def weight_bytes(self) -> int:
        """Of the policy's weights."""
        return self.num_parameters * self.dtype.itemsize


class _Policy(LanguageModel):
    def __init__(self, shape: Shape, lora: Lora | None, device: str | None = None) -> None:
        self.model = _model(AutoModelForCausalLM, shape, lora, device)
        self.name = shape.template.name
        self.template = shape.template
        self.context_tokens = int(shape.config.max_position_embeddings)
        self._head_is_plain = not any(getattr(shape.config, key, None) for key in _CAPPED)


class _ScalarModel(ScalarModel):
    def __init__(self, shape: Shape, lora: Lora | None) -> None:
        config = type(shape.config).from_dict(shape.config.to_dict())
        config.num_labels, config.pad_token_id = 1, shape.template.pad_id
        self.model = _model(AutoModelForSequenceClassification, shape._replace(config=config), lora)
        self.name = shape.template.name
        self.template = shape.template
        self.context_tokens = int(config.max_position_embeddings)
        self.head: Any = self.model.score
        if lora is not None:
            self.head.requires_grad_(True)


def _model(auto_class: Any, shape: Shape, lora: Lora | None, device: str | None = None) -> PreTrainedModel:
    """With data on a device, or without and on none."""
    check_architecture(shape.config, shape.template.name)
    with without_data() if device is None else torch.device(device), torch.random.fork_rng(devices=[]):
        model: PreTrainedModel = auto_class.from_config(shape.config, attn_implementation="sdpa", dtype=shape.dtype)
        if lora is not None:
            _add_adapters(model, lora)
    expect_no_mask(model)
    if shape.pads and device is None:
        model._supports_attention_backend = False
    if shape.recomputes:
        recompute_activations(model)
    model.eval()  # type: ignore[no-untyped-call]
    return model


class _Adapted(nn.Module):
    """A linear layer with an adapter in float32, computed as peft computes it."""

    def __init__(self, layer: nn.Module, lora: Lora) -> None:
        super().__init__()
        wide = [int(size) for size in layer.get_parameter("weight").shape]
        num_in, num_out = wide if isinstance(layer, Conv1D) else wide[::-1]
        self.base_layer = layer
        self.lora_A = nn.Linear(num_in, lora.rank, bias=False, dtype=torch.float32)
        self.lora_B = nn.Linear(lora.rank, num_out, bias=False, dtype=torch.float32)
        self.scale = lora.alpha / lora.rank

    def forward(self, states: Tensor) -> Tensor:
        out: Tensor = self.base_layer(states)
        added: Tensor = self.lora_B(self.lora_A(states.to(torch.float32))) * self.scale
        return (out + added).to(out.dtype)


def _add_adapters(model: PreTrainedModel, lora: Lora) -> None:
    model.requires_grad_(False)
    for name, module in list(model.base_model.named_modules()):
        last = name.rpartition(".")[2]
        if isinstance(module, nn.Linear | Conv1D) and (lora.targets == "all-linear" or last in lora.targets):
            model.base_model.set_submodule(name, _Adapted(module, lora))


def tensors_of(*models: LanguageModel | ScalarModel) -> list[Tensor]:
    """Weights and buffers of models, those that several share once."""
    found: dict[int, Tensor] = {}
    for model in models:
        for tensor in (*model.model.parameters(), *model.model.buffers()):
            found[id(tensor)] = tensor
    return list(found.values())


def bytes_saved_by(lora: Lora | None, model: LanguageModel | ScalarModel) -> int:
    """How much smaller a model is because its frozen matrices are held in 4 bits."""
    if lora is None or lora.quantise is None:
        return 0
    return sum(
        round(p.numel() * (p.element_size() - _NF4_BITS / 8))
        for name, p in model.model.named_parameters()
        if name.endswith("base_layer.weight")
    )
