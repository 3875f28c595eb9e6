import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification

from solon.engines.local import LocalEngine
from solon.errors import InputError, ModelError
from solon.interfaces import SampleRequest
from solon.models.language_model import LanguageModel, quiet
from solon.models.lora import add_adapters, has_adapters, merge_adapters
from solon.models.lora_settings import LoraSettings
from solon.models.scalar_model import ScalarModel
from solon.models.tiny import Kind
from solon.records import user

from .adapting import adapters, as_if_trained, logits, tensors_of
from .conftest import KINDS

NewModel = Callable[..., LanguageModel]
SMALL = LoraSettings(rank=4, alpha=8)
of_every_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture
def started(new_model: NewModel, tmp_path: Path) -> Callable[[Kind], LanguageModel]:
    """kind -> a model loaded from `tmp_path/start`."""

    def load(kind: Kind = "llama") -> LanguageModel:
        new_model(kind).save(tmp_path / "start")
        return LanguageModel.load(tmp_path / "start")

    return load


def peft_model(model: Any, folder: Path) -> Any:
    """The model with an adapter, as peft loads it."""
    from peft import PeftModel

    with warnings.catch_warnings():  # of peft, which asks transformers for a name that is going away
        warnings.filterwarnings("ignore", message=".*is_gradient_checkpointing")
        return PeftModel.from_pretrained(model, folder)


@of_every_kind
def test_new_adapters_change_nothing(started: Callable[[Kind], LanguageModel], kind: Kind) -> None:
    policy = started(kind)
    before = logits(policy.model)
    add_adapters(policy, SMALL, seed=1)
    assert has_adapters(policy.model)
    assert torch.equal(logits(policy.model), before)


def test_adapters_depend_on_the_seed_alone_and_leave_the_global_generator(new_model: NewModel) -> None:
    found = []
    for global_seed, seed in ((0, 1), (5, 1), (0, 2)):
        policy = new_model()
        torch.manual_seed(global_seed)
        state = torch.get_rng_state()
        add_adapters(policy, SMALL, seed=seed)
        assert torch.equal(torch.get_rng_state(), state)
        found.append(torch.cat([one.detach().flatten() for _, one in adapters(policy.model)]))
    assert torch.equal(found[0], found[1]) and not torch.equal(found[0], found[2])


def test_every_linear_layer_of_the_decoder_and_nothing_else_is_trained_in_float32(new_model: NewModel) -> None:
    policy = new_model()
    policy.model.to(torch.bfloat16)  # type: ignore[arg-type]
    add_adapters(policy, SMALL, seed=1)
    trained = {name: one for name, one in policy.model.named_parameters() if one.requires_grad}
    assert {one.dtype for one in trained.values()} == {torch.float32}
    assert trained.keys() == dict(adapters(policy.model)).keys()
    assert len(trained) == 2 * 7 * 2  # A and B of seven layers in each of two blocks
    assert policy.model.dtype == torch.bfloat16


def test_a_scalar_model_trains_its_head_too(new_model: NewModel) -> None:
    model = ScalarModel.from_policy(new_model(), seed=3, share=True)
    add_adapters(model, SMALL, seed=1)
    trained = {name for name, one in model.model.named_parameters() if one.requires_grad}
    assert trained == dict(adapters(model.model)).keys() | {"score.weight"}


@of_every_kind
def test_the_merged_model_is_the_adapted_one_and_loads_without_peft(
    started: Callable[[Kind], LanguageModel], tmp_path: Path, kind: Kind
) -> None:
    policy = started(kind)
    before = logits(policy.model)
    add_adapters(policy, SMALL, seed=1)
    as_if_trained(policy)
    adapted = logits(policy.model)
    merge_adapters(policy, tmp_path / "adapter")
    policy.save(tmp_path / "model")
    assert not has_adapters(policy.model)
    loaded = AutoModelForCausalLM.from_pretrained(tmp_path / "model")
    assert loaded.state_dict().keys() == AutoModelForCausalLM.from_pretrained(tmp_path / "start").state_dict().keys()
    assert (adapted - before).abs().max() > 0.1
    assert (logits(loaded) - adapted).abs().max() < 1e-5


@of_every_kind
def test_peft_loads_the_adapter_on_the_start(
    started: Callable[[Kind], LanguageModel], tmp_path: Path, kind: Kind
) -> None:
    policy = started(kind)
    add_adapters(policy, SMALL, seed=1)
    as_if_trained(policy)
    adapted = logits(policy.model)
    merge_adapters(policy, tmp_path / "adapter")
    loaded = peft_model(AutoModelForCausalLM.from_pretrained(tmp_path / "start"), tmp_path / "adapter")
    assert (logits(loaded) - adapted).abs().max() < 1e-5


def test_peft_loads_the_adapter_of_a_scalar_model_with_its_head(
    started: Callable[[], LanguageModel], tmp_path: Path
) -> None:
    model = ScalarModel.from_policy(started(), seed=3, share=True)
    add_adapters(model, SMALL, seed=1)
    as_if_trained(model)
    adapted = logits(model.model)
    merge_adapters(model, tmp_path / "adapter")
    with quiet():
        start = AutoModelForSequenceClassification.from_pretrained(
            tmp_path / "start", num_labels=1, pad_token_id=model.template.pad_id
        )
    assert (logits(peft_model(start, tmp_path / "adapter")) - adapted).abs().max() < 1e-5


def test_what_is_written_names_no_folder_and_no_order_of_a_process(
    started: Callable[[], LanguageModel], tmp_path: Path
) -> None:
    policy = started()
    add_adapters(policy, SMALL, seed=1)
    merge_adapters(policy, tmp_path / "adapter")
    config = json.loads((tmp_path / "adapter" / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] is None
    assert config["target_modules"] == sorted(config["target_modules"])
    assert (config["r"], config["lora_alpha"], config["lora_dropout"]) == (4, 8, 0)
    assert config["task_type"] == "CAUSAL_LM"
    weights = load_file(tmp_path / "adapter" / "adapter_model.safetensors")
    assert len(weights) == 28 and {one.dtype for one in weights.values()} == {torch.float32}


def test_merging_is_in_float32_and_cast_once(new_model: NewModel, tmp_path: Path) -> None:
    policy = new_model()
    policy.model.to(torch.bfloat16)  # type: ignore[arg-type]
    weight = policy.model.get_parameter("model.layers.1.mlp.up_proj.weight").detach().float()
    add_adapters(policy, SMALL, seed=1)
    as_if_trained(policy)
    a, b = (policy.model.get_parameter(f"model.layers.1.mlp.up_proj.lora_{one}.default.weight") for one in "AB")
    expected = (weight + 8 / 4 * b @ a).to(torch.bfloat16)
    merge_adapters(policy, tmp_path / "adapter")
    assert torch.equal(policy.model.get_parameter("model.layers.1.mlp.up_proj.weight"), expected)


def test_named_layers_alone_get_adapters(new_model: NewModel) -> None:
    policy = new_model()
    add_adapters(policy, LoraSettings(targets=("q_proj", "v_proj")), seed=1)
    names = {name.partition(".lora_")[0].rpartition(".")[2] for name, _ in adapters(policy.model)}
    assert names == {"q_proj", "v_proj"}


@pytest.mark.parametrize("target", ["embed_tokens", "lm_head", "proj"])
def test_a_name_that_is_no_layer_of_the_decoder_is_refused(new_model: NewModel, target: str) -> None:
    with pytest.raises(InputError, match=f"names {target}, which is no linear layer.*down_proj, gate_proj, k_proj"):
        add_adapters(new_model(), LoraSettings(targets=("q_proj", target)), seed=1)


def test_an_end_of_turn_that_is_like_another_word_is_refused(new_model: NewModel) -> None:
    policy = new_model()
    rows: Any = policy.model.get_output_embeddings()  # type: ignore[no-untyped-call]
    with torch.no_grad():
        rows.weight[policy.template.end_id] = rows.weight[policy.template.pad_id]
    with pytest.raises(ModelError, match="the same as 1 others, and LoRA leaves words as they are"):
        add_adapters(policy, SMALL, seed=1)


def test_adapters_are_put_in_once(new_model: NewModel) -> None:
    policy = new_model()
    add_adapters(policy, SMALL, seed=1)
    with pytest.raises(ModelError, match="it has adapters that were not merged"):
        add_adapters(policy, SMALL, seed=1)


def test_without_adapters_nothing_is_merged_or_written(new_model: NewModel, tmp_path: Path) -> None:
    merge_adapters(new_model(), tmp_path / "adapter")
    assert list(tmp_path.iterdir()) == []


def test_a_twin_has_the_same_tensors_and_no_adapters(new_model: NewModel, tmp_path: Path) -> None:
    policy = new_model()
    before, twin = logits(policy.model), policy.twin()
    assert tensors_of(twin.model) == tensors_of(policy.model)
    add_adapters(policy, SMALL, seed=1)
    as_if_trained(policy)
    assert torch.equal(logits(twin.model), before) and not torch.equal(logits(policy.model), before)
    merge_adapters(policy, tmp_path / "adapter")
    assert torch.equal(logits(twin.model), before) and not torch.equal(logits(policy.model), before)


def test_the_engine_samples_with_adapters_what_it_samples_from_the_merged_model(
    new_model: NewModel, tmp_path: Path
) -> None:
    policy = new_model()
    add_adapters(policy, SMALL, seed=1)
    as_if_trained(policy)
    requests = [SampleRequest((user("is this right ?"),), seed=seed, max_new_tokens=12) for seed in range(4)]
    adapted = LocalEngine(policy).sample_tokens(requests)
    merge_adapters(policy, tmp_path / "adapter")
    merged = LocalEngine(policy).sample_tokens(requests)
    assert [one.ids for one in adapted] == [one.ids for one in merged]
    assert adapted[0].logprobs == pytest.approx(merged[0].logprobs, abs=1e-5)


def test_a_scalar_model_on_the_policys_tensors_reads_what_a_copy_reads(new_model: NewModel) -> None:
    policy = new_model()
    shared, copied = (ScalarModel.from_policy(policy, seed=3, share=share) for share in (True, False))
    assert torch.equal(logits(shared.model), logits(copied.model))
    backbone: Any = shared.model.base_model
    assert shared.model.config is backbone.config  # where attention is exchanged
    own = tensors_of(shared.model) - tensors_of(policy.model)
    assert own == {shared.head.weight.untyped_storage().data_ptr()}
    assert not tensors_of(copied.model) & tensors_of(policy.model)
