"""Low-rank adapters in the layers of a model: put in, written as peft writes them, merged.

The model stays the transformers model that it is: only its linear layers are wrapped.
Source: Hu et al. 2021, arXiv:2106.09685; through the peft library.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import nn
from transformers import PreTrainedModel
from transformers.pytorch_utils import Conv1D

from solon.errors import InputError, ModelError
from solon.models.language_model import LanguageModel
from solon.models.lora_settings import LoraSettings
from solon.models.quantised import dequantise, is_quantised, is_transposed, weight_of, with_weight
from solon.models.saving import new_folder
from solon.models.scalar_model import ScalarModel

_NAME = "default"  # peft's name of an adapter that is the only one


def add_adapters(to: LanguageModel | ScalarModel, settings: LoraSettings, seed: int) -> None:
    """Put adapters into a model and freeze all else but the head of a scalar model.

    They are in float32, whatever the weights are, and change nothing yet: B is 0. A is drawn from `seed`.

    Raises:
        InputError: a target is no layer of the model, or its weights are not held as `quantise` says.
        ModelError: it has adapters already, or words that could never be told apart.
    """
    from peft import LoraConfig, inject_adapter_in_model

    model = to.model
    if has_adapters(model):
        raise ModelError(f"{to.name}: it has adapters that were not merged. Load it anew.")
    if settings.quantise and not is_quantised(model):
        raise InputError(
            f"{to.name}: lora.quantise={settings.quantise}, and its weights were not loaded that way. Load it with "
            f"LanguageModel.load(..., quantise={settings.quantise!r})."
        )
    if isinstance(to, LanguageModel):
        _check_end_of_turn(to)
    layers = _targets(to, settings)
    config = LoraConfig(
        r=settings.rank,
        lora_alpha=settings.alpha,  # type: ignore[arg-type]
        target_modules=list(layers),
        fan_in_fan_out=any(map(is_transposed, layers.values())),
    )
    with torch.random.fork_rng(devices=[]):  # peft draws from torch's global generator
        torch.manual_seed(seed)
        inject_adapter_in_model(config, model, _NAME)
    for _, layer in _adapted(model):  # which peft makes in the dtype of the weights
        layer.lora_A.float()
        layer.lora_B.float()
    if isinstance(to, ScalarModel):
        to.head.requires_grad_(True)


def has_adapters(model: PreTrainedModel) -> bool:
    """Whether there are adapters in the model."""
    return hasattr(model, "peft_config")


def merge_adapters(of: LanguageModel | ScalarModel, folder: Path) -> None:
    """Write the adapters to `folder` as peft does, and merge them into the weights; nothing where there are none.

    W + alpha / rank x B A is computed in float32 and cast once to the dtype of W. Weights in 4 bits become plain
    ones of the dtype that they had. Tensors that a twin shares stay as they are.

    Raises:
        StorageError: the disk is full or may not be written.
    """
    model = of.model
    if not has_adapters(model):
        return
    _write(of, folder)
    quantised = is_quantised(model)
    with torch.no_grad():
        for name, layer in list(_adapted(model)):
            base = layer.get_base_layer()
            weight = weight_of(base)
            merged = (weight.float() + layer.get_delta_weight(_NAME).float()).to(weight.dtype)
            model.set_submodule(name, with_weight(base, merged))
    if quantised:
        dequantise(model)
    del model.peft_config
    model.requires_grad_(True)


def _write(of: LanguageModel | ScalarModel, folder: Path) -> None:
    """`adapter_config.json` and `adapter_model.safetensors`; of a scalar model the head too."""
    config: Any = copy.deepcopy(of.model.peft_config[_NAME])
    config.target_modules = sorted(config.target_modules)  # peft holds a set, whose order is another in every process
    config.inference_mode = True
    # A folder goes by many names, and what a stage writes must not depend on where it ran.
    config.base_model_name_or_path = None if Path(of.name).exists() else of.name
    tensors = {
        f"{name}.{part}.weight": getattr(layer, part)[_NAME].weight
        for name, layer in _adapted(of.model)
        for part in ("lora_A", "lora_B")
    }
    if isinstance(of, ScalarModel):
        config.modules_to_save, config.task_type = ["score"], "SEQ_CLS"
        tensors["score.weight"] = of.head.weight
    else:
        config.task_type = "CAUSAL_LM"
    with new_folder(folder) as draft:
        config.save_pretrained(str(draft))
        data = {f"base_model.model.{name}": one.detach().cpu().contiguous() for name, one in tensors.items()}
        save_file(data, draft / "adapter_model.safetensors", metadata={"format": "pt"})


def _targets(to: LanguageModel | ScalarModel, settings: LoraSettings) -> dict[str, nn.Module]:
    """The layers that get adapters, by their names in the model.

    Raises:
        InputError: a name is none of a linear layer; the message tells those that are.
    """
    backbone: nn.Module = to.model.base_model
    before = "" if backbone is to.model else f"{to.model.base_model_prefix}."
    linear: dict[str, nn.Module] = {
        before + name: module for name, module in backbone.named_modules() if isinstance(module, nn.Linear | Conv1D)
    }
    if settings.targets == "all-linear":
        return linear
    known = {name.rpartition(".")[2] for name in linear}
    if unknown := [target for target in settings.targets if target not in known]:
        raise InputError(
            f"{to.name}: lora.targets names {', '.join(unknown)}, which is no linear layer of its decoder; these are: "
            f"{', '.join(sorted(known))}."
        )
    return {name: module for name, module in linear.items() if name.rpartition(".")[2] in settings.targets}


def _adapted(model: PreTrainedModel) -> Iterator[tuple[str, Any]]:
    """The layers with adapters (of peft) and their names."""
    from peft.tuners.lora import LoraLayer

    for name, module in model.named_modules():
        if isinstance(module, LoraLayer):
            yield name, module


def _check_end_of_turn(policy: LanguageModel) -> None:
    """Refuse an output in which the end of a turn is a word like others: adapters leave words as they are.

    Raises:
        ModelError: its row in the output is that of another word too.
    """
    output: Any = policy.model.get_output_embeddings()  # type: ignore[no-untyped-call]
    rows_VD = output.weight.detach()
    alike = int((rows_VD == rows_VD[policy.template.end_id]).all(dim=1).sum()) - 1
    if alike:
        raise ModelError(
            f"{policy.name}: the token that ends a turn is new and untrained, the same as {alike} others, and LoRA "
            "leaves words as they are: the model could never learn when to stop. Train all weights first (mid-training "
            "does), or start from an instruct model."
        )
