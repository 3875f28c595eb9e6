"""`solon export`, as it is typed."""

import json
from pathlib import Path

import pytest
from huggingface_hub import ModelCard
from tests.export.conftest import model_of, own
from tests.report.fake_run import make_run

from solon.cli import status


def test_what_was_stated_stands_in_the_card(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = make_run(tmp_path / "run")
    own("llama").save(model_of(run, "sft"))
    folder = tmp_path / "out"
    assert status(["export", f"run:{run}@sft", str(folder), "--license", "mit", "--language", "zh", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"folder": str(folder), "kind": "policy", "proven": True, "tokenizer_class": "AutoTokenizer"}
    assert ModelCard.load(folder / "README.md").data.to_dict()["license"] == "mit"
    assert status(["export", f"{run}@sft", str(folder)]) == 1
    assert "nothing is overwritten" in capsys.readouterr().err
