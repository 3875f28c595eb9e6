import json
from pathlib import Path

import pytest
from benchmarks.kill import LAST, compare, figures, gaps


def make_run(folder: Path, *, seconds: float = 1.0, harmful: float = 0.1, weights: bytes = b"w") -> Path:
    (folder / "1-base" / "model").mkdir(parents=True)
    (folder / "1-base" / "model" / "model.safetensors").write_bytes(weights)
    (folder / "1-base" / "metrics.jsonl").write_text("{}\n", encoding="utf-8")
    told = {"stages": {"base": {"seconds": seconds, "proven": True, "metrics": {"harmful": {"value": harmful}}}}}
    (folder / "metrics.json").write_text(json.dumps(told), encoding="utf-8")
    return folder


def test_ten_random_moments_lie_within_one_run() -> None:
    found = gaps(10, seed=0)
    assert len(found) == 10
    assert min(found) > 0
    assert sum(found) < LAST < 1


def test_the_moments_depend_on_the_seed_alone() -> None:
    assert gaps(3, seed=1) == gaps(3, seed=1) != gaps(3, seed=2)


def test_the_clock_is_no_difference(tmp_path: Path) -> None:
    first, second = make_run(tmp_path / "a", seconds=1.0), make_run(tmp_path / "b", seconds=2.0)
    assert figures(first) == figures(second)
    assert compare(first, second)["identical"]


def test_one_other_byte_of_weights_is_a_difference_and_is_named(tmp_path: Path) -> None:
    found = compare(make_run(tmp_path / "a"), make_run(tmp_path / "b", weights=b"v"))
    assert (found["identical"], found["different"]) == (False, ["1-base/model/model.safetensors"])


def test_another_figure_is_a_difference(tmp_path: Path) -> None:
    found = compare(make_run(tmp_path / "a"), make_run(tmp_path / "b", harmful=0.2))
    assert (found["identical"], found["metrics_identical"], found["different"]) == (False, False, [])


def test_a_missing_file_is_a_difference(tmp_path: Path) -> None:
    first, second = make_run(tmp_path / "a"), make_run(tmp_path / "b")
    (second / "1-base" / "metrics.jsonl").unlink()
    assert compare(first, second)["different"] == ["1-base/metrics.jsonl"]


@pytest.mark.parametrize("name", ["checkpoints", "work"])
def test_what_only_helps_to_resume_is_not_compared(tmp_path: Path, name: str) -> None:
    first, second = make_run(tmp_path / "a"), make_run(tmp_path / "b")
    (second / "1-base" / name).mkdir()
    (second / "1-base" / name / "state.safetensors").write_bytes(b"s")
    assert compare(first, second)["identical"]


def test_runs_without_weights_prove_nothing(tmp_path: Path) -> None:
    first, second = make_run(tmp_path / "a"), make_run(tmp_path / "b")
    for run in (first, second):
        (run / "1-base" / "model" / "model.safetensors").unlink()
    assert not compare(first, second)["identical"]
