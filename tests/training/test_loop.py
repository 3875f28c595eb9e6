import json
import tracemalloc
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

from solon.models.language_model import LanguageModel
from solon.models.template import Tokens
from solon.training.checkpoints import load_newest, save_checkpoint
from solon.training.loop import train
from solon.training.optimiser import OptimiserConfig
from solon.training.supervised import SupervisedStage, row_order

NewModel = Callable[..., LanguageModel]
ROWS = [Tokens([0, *range(10 + i, 14 + 3 * i)], [0.0, *[1.0] * (4 + 2 * i)]) for i in range(6)]


class Killed(Exception):
    pass


def stage_of(language_model: LanguageModel, num_steps: int = 6) -> SupervisedStage:
    config = OptimiserConfig(peak_lr=1e-2, num_steps=num_steps, schedule="linear", warmup_steps=2)
    return SupervisedStage(language_model, ROWS, row_order(ROWS, 40, 5), config)


def run(language_model: LanguageModel, folder: Path, *, kill_after: int | None = None, keep: int = 1) -> None:
    def log(step: int, metrics: Mapping[str, float]) -> None:
        if step == kill_after:
            raise Killed

    train(stage_of(language_model), folder=folder, checkpoint_every=3, keep=keep, log=log)


def weights(language_model: LanguageModel) -> dict[str, torch.Tensor]:
    return {name: parameter.detach() for name, parameter in language_model.model.named_parameters()}


@pytest.mark.parametrize("kill_after", [0, 2, 3, 4])
def test_a_killed_and_resumed_run_is_identical_to_the_bit(kill_after: int, new_model: NewModel, tmp_path: Path) -> None:
    straight, resumed = new_model(), new_model()
    run(straight, tmp_path / "straight")
    with pytest.raises(Killed):
        run(new_model(), tmp_path / "resumed", kill_after=kill_after)
    run(resumed, tmp_path / "resumed")
    for name, weight in weights(straight).items():
        assert torch.equal(weight, weights(resumed)[name]), name
    straight_metrics, resumed_metrics = (tmp_path / name / "metrics.jsonl" for name in ("straight", "resumed"))
    assert straight_metrics.read_bytes() == resumed_metrics.read_bytes()
    assert [json.loads(line)["step"] for line in resumed_metrics.read_text().splitlines()] == list(range(6))


def test_a_finished_run_is_not_trained_again(new_model: NewModel, tmp_path: Path) -> None:
    first, again = new_model(), new_model()
    run(first, tmp_path)
    run(again, tmp_path, kill_after=0)  # would raise at any step
    assert all(torch.equal(weight, weights(again)[name]) for name, weight in weights(first).items())


def test_a_damaged_checkpoint_is_passed_over(new_model: NewModel, tmp_path: Path) -> None:
    straight, resumed = new_model(), new_model()
    run(straight, tmp_path, keep=2)
    newest = tmp_path / "checkpoints/00000006/state.safetensors"
    newest.write_bytes(newest.read_bytes()[:-4] + b"oops")
    run(resumed, tmp_path, keep=2)
    assert all(torch.equal(weight, weights(resumed)[name]) for name, weight in weights(straight).items())


def test_a_half_written_checkpoint_is_never_seen(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, 3, {"a": 1}, keep=1)
    (tmp_path / ".00000006.draft").mkdir()
    (tmp_path / ".00000006.draft/state.json").write_text("{")
    assert load_newest(tmp_path) == (3, {"a": 1})


def test_only_the_newest_checkpoints_stay(tmp_path: Path) -> None:
    for step in (1, 2, 10):
        save_checkpoint(tmp_path, step, {}, keep=2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["00000002", "00000010"]


def test_any_nesting_of_tensors_and_plain_values_comes_back(tmp_path: Path) -> None:
    shared = torch.arange(4)
    state: dict[str, Any] = {"a": {"b": [shared, shared, 1.5, None, True]}, "text": "x", "big": 2**62}
    save_checkpoint(tmp_path, 1, state, keep=1)
    found = load_newest(tmp_path)
    assert found is not None
    assert torch.equal(found[1]["a"]["b"][1], shared)
    assert found[1]["a"]["b"][2:] == [1.5, None, True]
    assert (found[1]["text"], found[1]["big"]) == ("x", 2**62)


def test_a_checkpoint_is_written_without_a_copy_in_memory(tmp_path: Path) -> None:
    state = {"weights": torch.zeros(1_000_000)}  # 4 MB
    tracemalloc.start()
    save_checkpoint(tmp_path, 1, state, keep=1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


def test_what_a_checkpoint_cannot_hold_is_named(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"cannot hold set \(at /a/b\)"):
        save_checkpoint(tmp_path, 1, {"a": {"b": {1, 2}}}, keep=1)


def test_a_figure_that_is_not_finite_is_null_in_the_metrics(tmp_path: Path) -> None:
    class OneStep:
        num_steps = 1

        def step(self, index: int) -> Mapping[str, float]:
            return {"rate": float("nan")}

        def state_dict(self) -> dict[str, Any]:
            return {}

        def load_state_dict(self, state: Mapping[str, Any]) -> None:
            pass

    train(OneStep(), folder=tmp_path, checkpoint_every=1)
    assert json.loads((tmp_path / "metrics.jsonl").read_text()) == {"step": 0, "rate": None}


class Counting:
    """A stage whose state is its number of steps, and which tells a score at some of them."""

    def __init__(self, scores: Mapping[int, float]) -> None:
        self.num_steps, self.done, self._scores = 8, 0, scores

    def step(self, index: int) -> Mapping[str, float]:
        assert index == self.done
        self.done += 1
        return {"score": self._scores[self.done]} if self.done in self._scores else {}

    def state_dict(self) -> dict[str, Any]:
        return {"done": self.done}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.done = int(state["done"])


@pytest.mark.parametrize(
    ("scores", "best"), [({2: 3.0, 4: 1.0, 6: 2.0}, 4), ({2: 1.0, 4: 1.0}, 2), ({2: 3.0, 8: 1.0}, 8), ({}, 8)]
)
@pytest.mark.parametrize("kill_after", [None, 1, 3, 4, 5, 6])
def test_a_stage_ends_where_its_score_was_lowest_killed_or_not(
    scores: Mapping[int, float], best: int, kill_after: int | None, tmp_path: Path
) -> None:
    def kill(step: int, metrics: Mapping[str, float]) -> None:
        if step == kill_after:
            raise Killed

    if kill_after is not None:
        with pytest.raises(Killed):
            train(Counting(scores), folder=tmp_path, checkpoint_every=5, lowest="score", log=kill)
    for _ in range(2):  # and a finished one is the same when it is asked for again
        stage = Counting(scores)
        train(stage, folder=tmp_path, checkpoint_every=5, lowest="score")
        assert stage.done == best
