import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from transformers import AutoConfig

from solon.cli import status
from solon.errors import InputError
from solon.forecast.chain import Chain
from solon.forecast.forecast import forecast
from solon.forecast.hardware import Hardware, hardware_named
from solon.forecast.phases import comparing, imitating, sampling
from solon.forecast.shapes import Shape
from solon.forecast.steps import Step
from solon.forecast.texts import Prompts, Texts, shape_of
from solon.forecast.tracking import Op, Work
from solon.models.template import Tokens
from solon.pipeline import open_source
from solon.policy.config import SFTConfig
from solon.recipe import Recipe
from solon.reward.config import RewardConfig
from solon.sections import STAGES, VARIANTS

NewShape = Callable[..., Shape]
SMALL = {"prompts": 1, "max_new_tokens": 4}
CPU = Hardware("cpu", 1e9, {"float32": 1e9}, 1e9, 0.5, 1e8, is_gpu=False)


def recipe(**sections: object) -> Recipe:
    model = {"width": 32, "layers": 2, "heads": 2, "vocab_size": 300, "context_tokens": 128}
    return Recipe.model_validate({"model": model, "few_shots": False, **sections})


def test_an_operator_takes_its_products_or_its_traffic_whichever_is_longer() -> None:
    work = Work({Op(3_000_000_000, 1_000_000_000): 2, Op(0, 2_000_000_000): 1}, 0)  # type: ignore[arg-type]
    # two of 0.5 s of calling and 3 s of products, one of 0.5 s of calling and 2 s of traffic
    assert CPU.seconds(work, "float32", "train") == pytest.approx(2 * 3.5 + 2.5)


def test_a_measured_slowdown_counts_for_its_kind_alone() -> None:
    slow, work = CPU._replace(slowdown={"train": 3.0}), Work({Op(0, 0): 1}, 0)  # type: ignore[arg-type]
    assert [slow.seconds(work, "float32", kind) for kind in ("train", "decode")] == [1.5, 0.5]


def test_a_process_holds_more_than_its_tensors_and_a_gpu_does_not() -> None:
    assert CPU.held_bytes(100, 200) > 1e8 + 200 + 30
    assert CPU._replace(is_gpu=True).held_bytes(100, 200) == 1e8 + 200


def test_unknown_hardware_is_refused_with_what_is_known() -> None:
    with pytest.raises(InputError, match=r"no hardware 'abacus'.*h100-80gb"):
        hardware_named("abacus")


def test_imitation_reads_every_token_of_every_epoch(new_shape: NewShape) -> None:
    rows = [Tokens([1] * length, [0.0] + [1.0] * (length - 1)) for length in (10, 20, 30)]
    (found,) = imitating(new_shape(), SFTConfig(tokens_per_batch=64, epochs=2.0), rows, 600)
    assert found.trained_tokens == 2 * 600 * 20
    computed = found.times * found.step.work.flops
    (once,) = imitating(new_shape(), SFTConfig(tokens_per_batch=64, epochs=1.0), rows, 600)
    assert computed == pytest.approx(2 * once.times * once.step.work.flops, rel=0.01)


def test_a_reward_model_reads_every_response_of_a_ranking_once(new_shape: NewShape) -> None:
    config = RewardConfig(prompts_per_step=4, held_out_share=0.0, max_batch_tokens=256)
    found = comparing(new_shape(), config, rankings=40, responses=3, judged=10, lengths=[20], asked_tokens=8.0)
    assert found.trained_tokens == (40 * 3 + 10 * 2) * 20
    assert found.times == 13  # 50 elements, 4 a step


def test_sampling_reads_each_prompt_and_writes_each_answer(new_shape: NewShape) -> None:
    read, decode = sampling("answer", new_shape(), Prompts([[1, 2, 3], [4, 5, 6]]), 100, 16, 8.0)
    assert (read.read_tokens, decode.sampled_tokens) == (300, 800)


def test_every_stage_of_the_chain_has_a_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    step = Step(Work(Counter(), 100), 50)
    counts = {"supervised_step": 0, "reward_step": 0, "preference_step": 0, "ppo_steps": 4, "sampling_steps": 2}
    for name, count in counts.items():
        given = (step,) * count if count else step
        monkeypatch.setattr(f"solon.forecast.phases.{name}", lambda *_, given=given, **__: given)
    made = recipe(stages=[*STAGES, *VARIANTS], base={"documents": 40}, evaluation={"prompts": 4, "max_new_tokens": 8})
    source = open_source(made)
    shape = shape_of(made, source, pads=False)
    chain = Chain(made, shape, Texts(made, source, shape))
    for stage in made.stages:
        phases = chain.phases(stage)
        assert phases and all(phase.times > 0 for phase in phases), stage


def test_a_plan_that_does_not_fit_says_what_to_change_first() -> None:
    made = recipe(stages=["base"], base={"documents": 200, "tokens_per_batch": 4096}, evaluation=SMALL)
    source = open_source(made)
    shape = shape_of(made, source, pads=True)
    device = Hardware("small", 15e6, {"float32": 1e9}, 1e9, 1e-6, 0.0, is_gpu=True)
    found = forecast(made, shape, Texts(made, source, shape), device)
    assert not found.fits
    assert "base.tokens_per_batch: " in found.stages[0].advice and "instead of 4096" in found.stages[0].advice


def test_a_model_is_planned_from_its_config_without_weights(tmp_path: Path) -> None:
    made = recipe()
    folder = tmp_path / "model"
    first = shape_of(made, open_source(made), pads=False)
    first.config.architectures = ["LlamaForCausalLM"]
    first.config.save_pretrained(folder)
    from solon.models.tiny import train_tokenizer

    train_tokenizer(["some text"], 300).save_pretrained(folder)
    given = recipe(model={"start": str(folder)})
    found = shape_of(given, open_source(given), pads=False)
    assert found.num_parameters == first.num_parameters
    assert AutoConfig.from_pretrained(folder).vocab_size == 300 and found.dtype == torch.float32


@pytest.mark.parametrize(("hardware", "expected"), [("h100-80gb", 0), ("abacus", 1)])
def test_the_command_tells_memory_tokens_time_and_money(
    hardware: str, expected: int, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [
        "--set",
        "stages=[base]",
        "--set",
        "base.documents=50",
        "--set",
        "evaluation={prompts: 1, max_new_tokens: 4}",
        "--price",
        "3.6",
        "--json",
    ]
    assert status(["plan", "quickstart", "--hardware", hardware, *given]) == expected
    if expected == 0:
        told = json.loads(capsys.readouterr().out)
        assert [one["stage"] for one in told["stages"]] == ["base"]
        assert told["money"] == pytest.approx(told["seconds"] / 1000) and told["fits"]
        assert told["memory_bytes"] > told["model"]["weight_bytes"] > 0


def test_a_plan_that_does_not_fit_leaves_with_status_3(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("solon.forecast.run.hardware_named", lambda name: hardware_named("l4")._replace(memory_bytes=1))
    assert status(["plan", "quickstart", "--hardware", "l4", "--set", "stages=[base]"]) == 3
