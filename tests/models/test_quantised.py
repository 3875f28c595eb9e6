"""Weights in 4 bits on this processor; skipped where bitsandbytes is not installed."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM

from solon.engines.local import LocalEngine
from solon.errors import InputError, ModelError
from solon.interfaces import SampleRequest
from solon.models.language_model import LanguageModel
from solon.models.lora import add_adapters, merge_adapters
from solon.models.lora_settings import LoraSettings
from solon.models.quantised import is_quantised
from solon.models.scalar_model import ScalarModel
from solon.models.tiny import Kind
from solon.records import user

from .adapting import adapters, as_if_trained, logits, tensors_of
from .conftest import KINDS

SMALL = LoraSettings(rank=4, alpha=8, quantise="4bit")
with_bitsandbytes = pytest.mark.skipif(
    importlib.util.find_spec("bitsandbytes") is None, reason="bitsandbytes is not installed (the extra `qlora`)"
)
NewModel = Callable[..., LanguageModel]
Start = Callable[..., Path]


@pytest.fixture
def start(new_model: NewModel, tmp_path: Path) -> Start:
    """kind -> the folder of a model."""

    def save(kind: Kind = "llama") -> Path:
        new_model(kind).save(tmp_path / "start")
        return tmp_path / "start"

    return save


@with_bitsandbytes
@pytest.mark.parametrize("kind", KINDS)
def test_the_decoder_is_held_in_4_bits_and_says_nearly_the_same(start: Start, kind: Kind) -> None:
    folder = start(kind)
    plain, quantised = LanguageModel.load(folder), LanguageModel.load(folder, quantise="4bit")
    assert is_quantised(quantised.model) and not is_quantised(plain.model)
    layers = {type(one).__name__ for one in quantised.model.base_model.modules() if hasattr(one, "weight")}
    assert "Linear4bit" in layers and not {"Linear", "Conv1D"} & layers
    exact, near = logits(plain.model), logits(quantised.model)
    assert 0 < (near - exact).norm() / exact.norm() < 0.3


@with_bitsandbytes
@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_merged_with_4_bits_it_is_a_plain_model_that_says_the_same(start: Start, tmp_path: Path, kind: Kind) -> None:
    policy = LanguageModel.load(start(kind), quantise="4bit")
    add_adapters(policy, SMALL.model_copy(update={"targets": ("q_proj",) if kind == "llama" else "all-linear"}), seed=1)
    as_if_trained(policy)
    adapted = logits(policy.model)
    merge_adapters(policy, tmp_path / "adapter")
    policy.save(tmp_path / "model")
    assert not is_quantised(policy.model)
    assert "quantization_config" not in (tmp_path / "model" / "config.json").read_text()
    loaded = AutoModelForCausalLM.from_pretrained(tmp_path / "model")
    assert loaded.dtype == torch.float32
    assert (logits(loaded) - adapted).abs().max() < 1e-5


@with_bitsandbytes
def test_quantised_layers_compute_and_are_merged_in_the_dtype_of_the_start(
    new_model: NewModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bitsandbytes.nn.modules.has_avx512bf16", lambda: True)  # a processor where layers repack
    plain = new_model()
    plain.model.to(torch.bfloat16)  # type: ignore[arg-type]
    plain.save(tmp_path / "half")
    policy = LanguageModel.load(tmp_path / "half", quantise="4bit")
    layer: Any = policy.model.get_submodule("model.layers.0.mlp.up_proj")
    assert layer.compute_dtype == torch.bfloat16
    assert not layer.support_avx512bf16_for_cpu
    add_adapters(policy, SMALL, seed=1)
    merge_adapters(policy, tmp_path / "adapter")
    assert {one.dtype for one in policy.model.parameters()} == {torch.bfloat16}


@with_bitsandbytes
def test_adapters_get_the_gradient_of_the_plain_model_with_the_dequantised_weights(
    start: Start, tmp_path: Path
) -> None:
    folder = start()
    untrained = LanguageModel.load(folder, quantise="4bit")
    add_adapters(untrained, SMALL, seed=1)
    merge_adapters(untrained, tmp_path / "adapter")  # B is 0: these are the dequantised weights alone
    gradients = []
    for policy in (LanguageModel.load(folder, quantise="4bit"), untrained):
        add_adapters(policy, SMALL.model_copy(update={"quantise": None}), seed=1)
        ids_BT = torch.tensor([[7, 9, 11, 13, 8]])
        where_BT = torch.tensor([[False, True, True, True, True]])
        policy.logits_at(ids_BT, where_BT, mask_BT=torch.ones_like(where_BT)).square().sum().backward()  # type: ignore[no-untyped-call]
        gradients.append(torch.cat([one.grad.flatten() for _, one in adapters(policy.model) if one.grad is not None]))
    assert gradients[0].norm() > 1
    torch.testing.assert_close(gradients[0], gradients[1], rtol=1e-4, atol=1e-5)


@with_bitsandbytes
def test_the_engine_samples_from_4_bits_with_the_log_probabilities_of_a_plain_forward(start: Start) -> None:
    policy = LanguageModel.load(start(), quantise="4bit")
    add_adapters(policy, SMALL, seed=1)
    as_if_trained(policy)
    [sampled] = LocalEngine(policy).sample_tokens([SampleRequest((user("is this right ?"),), 1, max_new_tokens=8)])
    ids = torch.tensor([sampled.prompt_ids + sampled.ids])
    with torch.no_grad():
        logprobs_TV = policy.model(input_ids=ids).logits[0].log_softmax(-1)
    places = range(len(sampled.prompt_ids) - 1, ids.shape[1] - 1)
    expected = [float(logprobs_TV[place, token]) for place, token in zip(places, sampled.ids, strict=True)]
    assert sampled.logprobs == pytest.approx(expected, abs=1e-4)


@with_bitsandbytes
def test_a_twin_and_a_reward_model_stand_on_the_same_4_bits(start: Start) -> None:
    policy = LanguageModel.load(start(), quantise="4bit")
    before, twin, scalar = logits(policy.model), policy.twin(), ScalarModel.from_policy(policy, seed=2, share=True)
    ours, theirs = (one.get_submodule("model.layers.0.mlp.up_proj") for one in (policy.model, twin.model))
    assert ours is not theirs and ours.quant_state is theirs.quant_state  # what the 4 bits are read with
    assert tensors_of(twin.model) == tensors_of(policy.model)
    assert len(tensors_of(scalar.model) - tensors_of(policy.model)) == 1
    for one in (policy, scalar):
        add_adapters(one, SMALL, seed=1)
        as_if_trained(one)
    assert torch.equal(logits(twin.model), before) and not torch.equal(logits(policy.model), before)


def test_a_start_that_was_not_quantised_is_refused(new_model: NewModel) -> None:
    with pytest.raises(InputError, match="4bit, and its weights were not loaded that way"):
        add_adapters(new_model(), SMALL, seed=1)


def test_a_missing_bitsandbytes_is_named_with_the_command(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModelError, match=r"pip install 'solon\[qlora\]'"):
        LanguageModel.load(start(), quantise="4bit")
