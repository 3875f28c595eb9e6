"""A reward model of adapters and a head."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from solon.models.lora_settings import LoraSettings
from solon.models.scalar_model import ScalarModel
from solon.progress import Silent
from solon.reward.score import RewardModelScorer
from solon.reward.train import train_reward_model
from solon.training.checkpoints import load_newest

from .test_train import CONFIG, PREFERENCES, RANKINGS, REFERENCES

NewModel = Callable[[], ScalarModel]


def test_it_learns_and_is_written_merged_and_centred_with_its_head(new_model: NewModel, tmp_path: Path) -> None:
    model, start = new_model(), new_model()
    held_out = train_reward_model(
        model, RANKINGS, PREFERENCES, CONFIG.model_copy(update={"lora": LoraSettings(rank=2)}), references=REFERENCES,
        folder=tmp_path, seed=0, progress=Silent(),
    )  # fmt: skip
    assert all(pair.margin * (pair.prob_a - 0.5) > 0 for pair in held_out)
    scorer = RewardModelScorer.load(tmp_path / "model")
    assert sum(scorer(REFERENCES)) / len(REFERENCES) == pytest.approx(0, abs=1e-5)
    assert scorer(REFERENCES) == pytest.approx(RewardModelScorer(model)(REFERENCES), abs=1e-5)
    assert json.loads((tmp_path / "adapter" / "adapter_config.json").read_text())["modules_to_save"] == ["score"]
    before = dict(start.model.named_parameters())
    unmoved = {name for name, one in scorer.model.model.named_parameters() if torch.equal(one, before[name])}
    assert unmoved == {name for name in before if "_proj" not in name and name != "score.weight"}


def test_a_checkpoint_holds_the_adapters_and_the_head(new_model: NewModel, tmp_path: Path) -> None:
    train_reward_model(
        new_model(), RANKINGS, PREFERENCES, CONFIG.model_copy(update={"lora": LoraSettings(rank=2), "epochs": 1}),
        references=REFERENCES, folder=tmp_path, seed=0, progress=Silent(),
    )  # fmt: skip
    found = load_newest(tmp_path / "checkpoints")
    assert found is not None
    assert [name for name in found[1]["weights"] if ".lora_" not in name] == ["0.score.weight"]
