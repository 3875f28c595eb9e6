from pathlib import Path

import pytest

from solon.pipeline import CHAIN
from solon.recipe import Recipe

SETTINGS = {stage.name: stage.settings for stage in CHAIN}


@pytest.mark.parametrize("stage", ["sft", "helpful_reward", "helpful_rlhf", "sl_cai", "preference_model", "rl_cai"])
def test_a_stage_without_adapters_has_the_settings_that_the_cache_knew_it_by(stage: str) -> None:
    assert "lora" not in SETTINGS[stage](Recipe())[stage]
    adapted = SETTINGS[stage](Recipe.model_validate({stage: {"lora": {"rank": 8}}}))[stage]
    assert adapted["lora"] == {"rank": 8, "alpha": 32.0, "targets": "all-linear", "quantise": None}


def test_other_weights_in_the_place_of_a_local_judge_are_other_settings(tmp_path: Path) -> None:
    recipe = Recipe.model_validate({"roles": {"judge": f"hf:{tmp_path}"}})
    (tmp_path / "model.safetensors").write_bytes(b"one")
    before = SETTINGS["ai_feedback"](recipe)
    assert SETTINGS["ai_feedback"](recipe) == before
    (tmp_path / "model.safetensors").write_bytes(b"two")
    assert SETTINGS["ai_feedback"](recipe) != before


def test_a_server_is_known_by_its_address_and_by_how_it_is_asked() -> None:
    def of(**engines: object) -> object:
        judge = {"judge": "openai:m@http://127.0.0.1:1/v1"}
        return SETTINGS["ai_feedback"](Recipe.model_validate({"roles": judge, "engines": engines}))

    assert of(prefill="ask") != of()
    assert of(concurrency=3) == of()  # decides no answer
