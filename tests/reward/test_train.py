import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import torch

from solon.errors import InputError
from solon.interfaces import PromptResponse
from solon.models.scalar_model import ScalarModel
from solon.progress import Silent
from solon.records import Comparison, Preference, Prompt, Ranking, user
from solon.reward.config import RewardConfig
from solon.reward.score import RewardModelScorer, scored_row
from solon.reward.train import RewardStage, train_reward_model
from solon.training.elements import Element, preference_elements, ranking_elements
from solon.training.heldout import HeldOutPair

from ..small_memory import small_memory

NewModel = Callable[[], ScalarModel]
CONFIG = RewardConfig(prompts_per_step=8, epochs=3, peak_lr=2e-2, held_out_share=0.25, checkpoint_every=4)
PROMPTS = [Prompt(id=f"p{i}", messages=(user("dog " * (i % 5) + "ran"),)) for i in range(60)]
RANKINGS = [
    Ranking(id=f"r{i}", prompt=p, responses=("good dog", "fine cat", "bad dog"), ranks=(0, 1, 2), rater="ann")
    for i, p in enumerate(PROMPTS[:30])
]
PREFERENCES = [
    Preference(
        comparison=Comparison(id=f"c{i}", prompt=p, response_a="bad home", response_b="good home"),
        prob_a=0.1,
        source="judge",
    )
    for i, p in enumerate(PROMPTS[30:])
]
REFERENCES = [PromptResponse(p, "good home") for p in PROMPTS[:5]]


def elements_of(model: ScalarModel) -> tuple[list[Element], list[Element]]:
    row_of = partial(scored_row, model)
    return ranking_elements(row_of, RANKINGS), preference_elements(row_of, PREFERENCES)


def train(model: ScalarModel, folder: Path, progress: Silent | None = None, **changed: object) -> list[HeldOutPair]:
    return train_reward_model(
        model, RANKINGS, PREFERENCES, CONFIG.model_copy(update=changed), references=REFERENCES, folder=folder, seed=0,
        progress=progress or Silent(),
    )  # fmt: skip


def test_it_learns_rankings_and_soft_labels_and_is_tested_on_prompts_that_trained_nothing(
    new_model: NewModel, tmp_path: Path
) -> None:
    held_out = train(new_model(), tmp_path)
    assert {pair.source for pair in held_out} == {"ann", "judge"}
    assert all(pair.margin * (pair.prob_a - 0.5) > 0 for pair in held_out)
    trained = sum(
        json.loads(line).get("rankings/count", 0) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()
    )
    num_held_out = sum(pair.source == "ann" for pair in held_out) / 3
    assert trained == 3 * (30 - num_held_out)


def test_the_references_score_zero_on_average_and_the_shift_is_saved(new_model: NewModel, tmp_path: Path) -> None:
    train(new_model(), tmp_path)
    scores = RewardModelScorer.load(tmp_path / "model")(REFERENCES)
    assert sum(scores) / 5 == pytest.approx(0, abs=1e-5)


def test_a_soft_label_is_met_by_its_log_odds(new_model: NewModel, tmp_path: Path) -> None:
    # prob_a 0.1 asks for a margin of log(0.1 / 0.9) = -2.197
    model = new_model()
    held_out = train_reward_model(
        model, [], PREFERENCES, CONFIG.model_copy(update={"epochs": 10}), references=REFERENCES, folder=tmp_path,
        seed=0, progress=Silent(),
    )  # fmt: skip
    assert sum(pair.margin for pair in held_out) / len(held_out) == pytest.approx(-2.197, abs=0.3)


def test_a_killed_training_that_is_started_again_ends_exactly_as_one_that_was_not(
    new_model: NewModel, tmp_path: Path
) -> None:
    class Killed(Silent):
        def advance(self, done: int, figures: object) -> None:
            if done == 6:
                raise KeyboardInterrupt

    whole, resumed = new_model(), new_model()
    train(whole, tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        train(new_model(), tmp_path / "resumed", Killed())
    train(resumed, tmp_path / "resumed")
    files = [(tmp_path / name / "metrics.jsonl").read_bytes() for name in ("whole", "resumed")]
    assert files[0] == files[1]
    for ours, theirs in zip(whole.model.parameters(), resumed.model.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def test_a_step_that_runs_out_of_memory_is_taken_again_in_smaller_parts(
    new_model: NewModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = []
    for most_rows in (100, 3):
        model = new_model()
        stage = RewardStage(model, *elements_of(model), CONFIG, seed=0)
        with monkeypatch.context() as patch:
            noted = small_memory(patch, most_rows)
            if most_rows == 3:
                with pytest.warns(RuntimeWarning, match="memory ran out"):
                    steps.append(stage.step(0))
                assert max(noted) > 3
            else:
                steps.append(stage.step(0))
    assert steps[1] == pytest.approx(steps[0], rel=1e-4)


def test_cutting_a_step_into_smaller_forward_passes_changes_nothing(new_model: NewModel) -> None:
    losses = []
    for max_batch_tokens in (10_000, 30):
        model = new_model()
        config = CONFIG.model_copy(update={"max_batch_tokens": max_batch_tokens})
        elements = (
            ranking_elements(partial(scored_row, model), RANKINGS),
            elements_of(model)[1],
        )
        stage = RewardStage(model, *elements, config, seed=0)
        losses.append([stage.step(index)["grad_norm"] for index in range(3)])
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)


def test_preference_coef_weighs_the_gradient(new_model: NewModel) -> None:
    norms = []
    for coef in (1.0, 3.0):
        model = new_model()
        config = CONFIG.model_copy(update={"preference_coef": coef})
        norms.append(RewardStage(model, [], elements_of(model)[1], config, seed=0).step(0)["grad_norm"])
    assert norms[1] == pytest.approx(3 * norms[0], rel=1e-4)


def test_every_step_has_something_to_train_on_even_with_one_prompt_a_step(new_model: NewModel) -> None:
    model = new_model()
    config = CONFIG.model_copy(update={"prompts_per_step": 1, "epochs": 1})
    elements = (
        ranking_elements(partial(scored_row, model), RANKINGS[:3]),
        preference_elements(partial(scored_row, model), PREFERENCES[:3]),
    )
    stage = RewardStage(model, *elements, config, seed=0)
    assert all(stage.step(index)["grad_norm"] > 0 for index in range(stage.num_steps))


def test_preference_coef_weighs_the_sources(new_model: NewModel) -> None:
    model = new_model()
    elements = (
        ranking_elements(partial(scored_row, model), RANKINGS),
        elements_of(model)[1],
    )
    figures = RewardStage(model, *elements, CONFIG.model_copy(update={"preference_coef": 3.0}), seed=0).step(0)
    assert figures["loss"] == pytest.approx(figures["rankings/loss"] + 3 * figures["preferences/loss"])


def test_what_carries_no_preference_is_told_and_left_out(new_model: NewModel, tmp_path: Path) -> None:
    class Listening(Silent):
        lines: tuple[str, ...] = ()

        def say(self, line: str) -> None:
            self.lines += (line,)

    progress = Listening()
    tied = RANKINGS[0].model_copy(update={"ranks": (0, 0, 0)})
    unscored = PREFERENCES[0].model_copy(update={"prob_a": None, "status": "unscored"})
    train_reward_model(
        new_model(), [tied, *RANKINGS[1:9]], [unscored], CONFIG.model_copy(update={"held_out_share": 0.0}),
        references=REFERENCES, folder=tmp_path, seed=0, progress=progress,
    )  # fmt: skip
    assert progress.lines[0].startswith("2 rankings of ties alone or comparisons without a label")


def test_training_on_nothing_is_refused(new_model: NewModel, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing to train a reward model on"):
        train_reward_model(
            new_model(), [], [], CONFIG, references=REFERENCES, folder=tmp_path, seed=0, progress=Silent()
        )


def test_as_many_checkpoints_stay_as_asked_for(new_model: NewModel, tmp_path: Path) -> None:
    train_reward_model(
        new_model(), RANKINGS, [], CONFIG.model_copy(update={"checkpoint_every": 1}), references=REFERENCES,
        folder=tmp_path, seed=0, progress=Silent(), keep_checkpoints=2,
    )  # fmt: skip
    assert len(list((tmp_path / "checkpoints").iterdir())) == 2
