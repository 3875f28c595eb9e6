"""A run whose stages hold small models."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from tests import chain_inputs
from tests.report.fake_run import make_run

from solon.models.language_model import LanguageModel
from solon.models.scalar_model import ScalarModel
from solon.models.tiny import Kind, new_language_model, tiny_config, train_tokenizer
from solon.shipped import shipped_folder
from solon.store.lineage import write_manifest
from solon.store.run_folder import RunFolder

torch.set_num_threads(1)
TEXTS = [
    "the baker sells bread for 3 coins .",
    "is this right ? no , it is not .",
    "( a ) is fine . yes , better : ( b )",
    "早上七点 , café",
]


def sharpened(model: LanguageModel) -> LanguageModel:
    """With larger weights than a real start, so that answers are lively."""
    with torch.no_grad():
        for parameter in model.model.parameters():
            if parameter.ndim > 1:
                parameter.mul_(8)
    return model


def own(kind: Kind, *, copying: bool = False) -> LanguageModel:
    """A model with Solon's tokenizer and template."""
    tokenizer = train_tokenizer(TEXTS * 4, vocab_size=340)
    config = tiny_config(
        kind, vocab_size=len(tokenizer), width=16, layers=2, heads=2, context_tokens=160, copying=copying
    )
    return sharpened(new_language_model(config, tokenizer, seed=1))


def foreign(kind: Kind, folder: Path) -> LanguageModel:
    """A model with tokenizer and template as its kind is published."""
    chain_inputs.write_model(folder, kind)
    return sharpened(LanguageModel.load(folder))


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run of all stages, of which `rl_cai` and `preference_model` hold a model."""
    run = make_run(tmp_path / "run", unproven=())
    policy = own("llama", copying=True)
    policy.save(model_of(run, "rl_cai"))
    scorer = ScalarModel.from_policy(policy, seed=1)
    scorer.shift = -0.75
    scorer.save(model_of(run, "preference_model"))
    (run / "constitution.yaml").write_bytes((shipped_folder("constitutions") / "agora.yaml").read_bytes())
    return run


def model_of(run: Path, stage: str) -> Path:
    return RunFolder(run).stage(stage).path / "model"


@pytest.fixture
def settle(run: Path) -> Callable[..., None]:
    """(stage, settings ..., of the manifest) -> written into the run."""

    def write(stage: str, settings: dict[str, Any], **changes: Any) -> None:
        found = RunFolder(run).stage(stage)
        update = {"settings": {**found.manifest.settings, **settings}, **changes}
        write_manifest(found.path, found.manifest.model_copy(update=update))

    return write
