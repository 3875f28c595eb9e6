import pytest

from solon.pipeline import CHAIN
from solon.recipe import Recipe

SETTINGS = {stage.name: stage.settings for stage in CHAIN}


@pytest.mark.parametrize("stage", ["sft", "helpful_reward", "helpful_rlhf", "sl_cai", "preference_model", "rl_cai"])
def test_a_stage_without_adapters_has_the_settings_that_the_cache_knew_it_by(stage: str) -> None:
    assert "lora" not in SETTINGS[stage](Recipe())[stage]
    adapted = SETTINGS[stage](Recipe.model_validate({stage: {"lora": {"rank": 8}}}))[stage]
    assert adapted["lora"] == {"rank": 8, "alpha": 32.0, "targets": "all-linear", "quantise": None}
