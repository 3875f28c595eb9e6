from collections.abc import Callable
from pathlib import Path

import pytest

from solon.models.language_model import LanguageModel
from solon.models.lora import has_adapters
from solon.models.lora_settings import LoraSettings
from solon.models.template import Tokens
from solon.models.trainable import make_trainable
from solon.policy.config import SFTConfig
from solon.policy.sft import train_sft_rows
from solon.progress import Silent

NewModel = Callable[..., LanguageModel]
ROWS = [Tokens([0, *range(10 + i, 20 + i)], [0.0] + [1.0] * 10) for i in range(8)]


@pytest.mark.parametrize("lora", [None, LoraSettings(rank=2)])
def test_a_training_that_computes_activations_again_ends_the_same(
    lora: LoraSettings | None, new_model: NewModel, tmp_path: Path
) -> None:
    metrics = []
    for again in (False, True):
        config = SFTConfig(tokens_per_batch=44, peak_lr=1e-2, lora=lora, recompute_activations=again)
        folder = tmp_path / str(again)
        train_sft_rows(new_model(), ROWS, config, folder=folder, seed=0, progress=Silent())
        metrics.append((folder / "metrics.jsonl").read_text())
    assert metrics[0] == metrics[1]


def test_nothing_asked_is_nothing_changed(new_model: NewModel) -> None:
    model = new_model()
    before = [layer.forward for layer in model.model.modules()]
    make_trainable(model, None, 0, recompute=False)
    assert [layer.forward for layer in model.model.modules()] == before
    assert not has_adapters(model.model)
