"""`solon train sft | dpo | reward | ppo | grpo | rloo --set lora...` on a tiny model."""

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from solon import cli
from solon.models.language_model import LanguageModel
from solon.models.scalar_model import ScalarModel
from solon.sections import ModelSettings
from solon.stages.opening import fresh_model

KINDS = ("sft", "dpo", "reward", "ppo", "grpo", "rloo")
ON_REWARDS = ("ppo", "grpo", "rloo")
with_bitsandbytes = pytest.mark.skipif(
    importlib.util.find_spec("bitsandbytes") is None, reason="bitsandbytes is not installed (the extra `qlora`)"
)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a policy, `start`, and a reward model, `reward`."""
    folder = tmp_path_factory.mktemp("models")
    settings = ModelSettings(vocab_size=300, width=32, layers=1, heads=2, context_tokens=64)
    model = fresh_model(settings, ["how are you today? i am well, thank you."] * 3, seed=1)
    model.save(folder / "start")
    ScalarModel.from_policy(model, 1).save(folder / "reward")
    return folder


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rows: dict[str, list[dict[str, Any]]] = {
        "prompts": [{"id": n, "prompt": f"well {n}?"} for n in "abc"],
        "shown": [{"prompt": f"how are you {n}?", "response": "i am well"} for n in "abc"],
        "pairs": [{"prompt": f"well {n}?", "chosen": "yes", "rejected": "no"} for n in range(20)],
    }
    for name, of_file in rows.items():
        Path(f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in of_file))


def train(kind: str, models: Path, *settings: str, out: str = "o") -> int:
    told = ["train", kind, "--start", f"hf:{models / 'start'}", "--out", out]
    if kind in ON_REWARDS:
        told += ["--data", "prompts.jsonl", "--reward", f"hf:{models / 'reward'}"]
        settings = ("num_steps=2", "prompts_per_step=2", "samples_per_prompt=2", "minibatch_responses=4",
                    "max_new_tokens=3", "peak_lr=0.01", *settings)  # fmt: skip
    else:
        told += ["--data", "shown.jsonl" if kind == "sft" else "pairs.jsonl"]
    if kind == "ppo":
        settings = ("value_warmup_steps=0", *settings)
    return cli.status([*told, *(part for one in settings for part in ("--set", one))])


def loaded(kind: str, folder: Path) -> torch.nn.Module:
    if kind == "reward":
        return ScalarModel.load(folder).model
    return LanguageModel.load(folder).model


@pytest.mark.parametrize("kind", KINDS)
def test_adapters_are_trained_and_written_beside_the_merged_model(kind: str, models: Path) -> None:
    assert train(kind, models, "lora.rank=4", "lora.alpha=8") == 0
    config = json.loads(Path("o/adapter/adapter_config.json").read_text())
    assert (config["r"], config["lora_alpha"]) == (4, 8)
    before, after = (dict(loaded(k, f).named_parameters()) for k, f in (
        ("sft", models / "start"), (kind, Path("o/model"))
    ))  # fmt: skip
    name = "model.layers.0.mlp.down_proj.weight"
    assert 1 <= torch.linalg.matrix_rank(after[name] - before[name], atol=1e-6) <= 4
    assert torch.equal(after["model.embed_tokens.weight"], before["model.embed_tokens.weight"])


def test_a_finished_training_is_told_as_such_and_full_training_into_its_folder_is_refused(
    models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = ("model/model.safetensors", "adapter/adapter_model.safetensors", "adapter/adapter_config.json")
    assert train("sft", models, "lora.rank=4") == 0
    written = [Path("o", name).read_bytes() for name in files]
    assert train("sft", models, "lora.rank=4") == 0
    assert "was finished already" in capsys.readouterr().out
    assert [Path("o", name).read_bytes() for name in files] == written
    assert train("sft", models) == 1
    assert "differs in lora (" in capsys.readouterr().err


def test_a_reference_that_is_the_start_is_loaded_a_second_time_without_adapters_alone(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def counting(load: Callable[..., LanguageModel]) -> Callable[..., LanguageModel]:
        def loading(path: str, **options: Any) -> LanguageModel:
            opened.append(Path(path).name)
            return load(path, **options)

        return loading

    monkeypatch.setattr(LanguageModel, "load", counting(LanguageModel.load))
    assert train("grpo", models, "lora.rank=4") == 0
    assert opened == ["start"]
    assert train("grpo", models, out="full") == 0
    assert opened == ["start"] * 3


@with_bitsandbytes
@pytest.mark.parametrize("kind", ["sft", "dpo", "reward", "ppo"])  # grpo and rloo are opened as ppo is
def test_adapters_are_trained_on_4_bits_and_the_result_is_a_plain_model(kind: str, models: Path) -> None:
    assert train(kind, models, "lora.rank=4", "lora.quantise=4bit") == 0
    assert "quantization_config" not in Path("o/model/config.json").read_text()
    assert {one.dtype for one in loaded(kind, Path("o/model")).parameters()} == {torch.float32}
    assert Path("o/adapter/adapter_model.safetensors").is_file()


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("lora.rnk=4", "lora.rnk: unknown key; did you mean rank"),
        ("lora.rank=0", "lora.rank: Input should be greater than 0"),
        ("lora.quantise=8bit", "lora.quantise: Input should be '4bit'"),
        ("lora.targets=[q_prj]", "lora.targets names q_prj, which is no linear layer of its decoder"),
    ],
)
def test_a_wrong_setting_is_named(setting: str, told: str, models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train("sft", models, setting) == 1
    assert told in capsys.readouterr().err
