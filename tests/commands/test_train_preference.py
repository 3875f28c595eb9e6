"""`solon train dpo` on a tiny model: what it reads, tells and refuses."""

import json
from pathlib import Path
from typing import Any

import pytest

from solon import cli
from solon.models.language_model import LanguageModel
from solon.sections import ModelSettings
from solon.stages.opening import fresh_model

PAIRS = [{"prompt": f"well {n}?", "chosen": "yes", "rejected": "no"} for n in range(20)]
SOFT = [{"prompt": f"so {n}?", "response_a": "yes", "response_b": "no", "prob_a": 0.7} for n in range(20)]
RANKED = [{"prompt": f"who {n}?", "responses": ["i", "you", "we"], "ranks": [2, 0, 1]} for n in range(8)]
LABELLED = [{"prompt": f"is it {n}?", "completion": "yes", "label": n % 2 == 0} for n in range(8)]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two models of one tokenizer."""
    folder = tmp_path_factory.mktemp("models")
    settings = ModelSettings(vocab_size=300, width=16, layers=1, heads=2, context_tokens=64)
    for seed in (1, 2):
        fresh_model(settings, ["how are you today? i am well, thank you."] * 3, seed=seed).save(folder / str(seed))
    return folder


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    files: dict[str, list[dict[str, Any]]] = {"pairs": PAIRS, "soft": SOFT, "ranked": RANKED, "labelled": LABELLED}
    for name, rows in files.items():
        Path(f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def trains(capsys: pytest.CaptureFixture[str], models: Path, *arguments: str) -> dict[str, Any]:
    capsys.readouterr()
    assert cli.status(["train", "dpo", "--start", f"hf:{models / '1'}", "--json", *arguments]) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


def fails(capsys: pytest.CaptureFixture[str], models: Path, *arguments: str) -> str:
    capsys.readouterr()
    assert cli.status(["train", "dpo", "--start", f"hf:{models / '1'}", *arguments]) == 1
    return capsys.readouterr().err


def test_rankings_pairs_and_soft_labels_are_learnt_together_and_tested(
    models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ["--data", "pairs.jsonl", "--data", "soft.jsonl", "--data", "ranked.jsonl", "--out", "o"]
    told = trains(capsys, models, *data, "--set", "held_out_share=0.3", "--set", "peak_lr=0.01")
    assert (told["rankings"], told["preferences"], told["labelled"], told["rows_used"]) == (28, 20, 0, 48)
    accuracy = told["metrics"]["accuracy"]
    assert accuracy["n"] == len(Path("o/held_out.jsonl").read_text().splitlines()) > 5
    assert accuracy["low"] <= accuracy["value"] <= accuracy["high"] and accuracy["instrument"] == "people"
    assert "ece" in told["metrics"]
    assert LanguageModel.load("o/model").context_tokens == 64
    assert trains(capsys, models, *data, "--set", "held_out_share=0.3", "--set", "peak_lr=0.01")["training"] == (
        "finished already"
    )


def test_another_loss_or_reference_into_the_same_folder_is_refused(
    models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ["--data", "pairs.jsonl", "--out", "o"]
    trains(capsys, models, *data)
    assert "loss (dpo before, ipo now)" in fails(capsys, models, *data, "--set", "loss=ipo")
    assert "reference (" in fails(capsys, models, *data, "--reference", f"hf:{models / '2'}")
    assert "loss=simpo reads no reference" in fails(
        capsys,
        models,
        "--data",
        "pairs.jsonl",
        "--out",
        "s",
        "--set",
        "loss=simpo",
        "--reference",
        f"hf:{models / '2'}",
    )


def test_a_reference_of_its_own_is_what_the_policy_is_measured_against(
    models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for out, more in (("same", []), ("other", ["--reference", f"hf:{models / '2'}"])):
        trains(capsys, models, "--data", "pairs.jsonl", "--out", out, *more)
    first = {out: json.loads(Path(out, "metrics.jsonl").read_text().splitlines()[0]) for out in ("same", "other")}
    assert abs(first["same"]["log_ratio"]) < 1e-5 < abs(first["other"]["log_ratio"])


def test_kto_learns_from_labelled_responses_which_others_refuse(
    models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("bad.jsonl").write_text(json.dumps({"question": "q?", "answer": "a", "human_score": 3}) + "\n")
    with_bad = Path("labelled.jsonl").read_text() + Path("bad.jsonl").read_text()
    Path("mixed.jsonl").write_text(with_bad)
    told = trains(capsys, models, "--data", "pairs.jsonl", "--data", "mixed.jsonl", "--out", "o", "--set", "loss=kto")
    assert (told["labelled"], told["quarantined"]) == (8, 1)
    assert "ece" not in told["metrics"] and told["metrics"]["accuracy"]["n"] > 0
    assert "no `label` of true or false" in Path("o.quarantine.jsonl").read_text()
    assert "a LabelledResponse is no judged pair" in fails(capsys, models, "--data", "labelled.jsonl", "--out", "d")
