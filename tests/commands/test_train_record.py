"""Training into a folder that has been trained in: the same command goes on, any other is refused."""

import json
from pathlib import Path

import pytest

from solon.commands.train_record import begin_training
from solon.errors import InputError


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("d1.jsonl").write_text("one")
    Path("d2.jsonl").write_text("two")
    Path("start").mkdir()
    Path("start/config.json").write_text("{}")


def begin(*, data: str = "d1.jsonl", start: str = "hf:start", lr: float = 1e-3, seed: int = 0) -> str:
    settings = {"peak_lr": lr, "epochs": 1.0}
    return begin_training(Path("o"), "sft", data=[Path(data)], models={"start": start}, settings=settings, seed=seed)


def trained() -> None:
    Path("o/checkpoints/00000003").mkdir(parents=True)


def test_the_same_training_goes_on_and_is_found_finished() -> None:
    assert begin() == "new"
    trained()
    assert begin() == "continued"
    Path("o/model").mkdir()
    assert begin() == "finished already"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"data": "d2.jsonl"}, "data (d1.jsonl before, d2.jsonl now)"),
        ({"lr": 0.1}, "peak_lr (0.001 before, 0.1 now)"),
        ({"seed": 2}, "seed (0 before, 2 now)"),
    ],
)
def test_another_training_in_the_same_folder_is_refused_with_what_differs(change: dict[str, object], told: str) -> None:
    begin()
    trained()
    with pytest.raises(InputError) as caught:
        begin(**change)  # type: ignore[arg-type]
    assert told in str(caught.value) and "--out" in str(caught.value)
    assert begin() == "continued"  # the refusal has changed nothing


def test_a_file_or_model_that_changed_under_its_name_is_another() -> None:
    begin()
    trained()
    Path("d1.jsonl").write_text("three")
    Path("start/config.json").write_text('{"a": 1}')
    with pytest.raises(InputError, match=r"data \(d1.jsonl has changed\), start \(hf:start has changed\)"):
        begin()


def test_moved_data_and_models_are_the_same() -> None:
    begin()
    trained()
    Path("d1.jsonl").rename("d3.jsonl")
    Path("start").rename("moved")
    assert begin(data="d3.jsonl", start="hf:moved") == "continued"


def test_what_stopped_before_its_first_checkpoint_may_begin_otherwise() -> None:
    begin()
    assert begin(lr=0.1) == "new"
    assert json.loads(Path("o/training.json").read_text())["settings"]["peak_lr"] == 0.1


def test_checkpoints_of_unknown_origin_are_refused() -> None:
    trained()
    with pytest.raises(InputError, match=r"o holds checkpoints, and no training\.json"):
        begin()
