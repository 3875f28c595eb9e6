"""What the report takes from a run directory."""

from __future__ import annotations

from pathlib import Path

import pytest

from solon.records import Metric
from solon.report.read import RunView, read_run
from solon.report.tables import cell, number, sliced, table


@pytest.fixture(scope="module")
def run(fake_run_folder: Path) -> RunView:
    return read_run(fake_run_folder)


def test_stages_come_in_the_order_of_their_numbers(run: RunView) -> None:
    assert [stage.folder for stage in run.stages][-2:] == ["10-preference_model", "11-rl_cai"]


def test_policies_are_told_from_feedback_models(run: RunView) -> None:
    assert [s.name for s in run.stages if s.is_policy] == ["base", "mid", "sft", "helpful_rlhf", "sl_cai", "rl_cai"]


def test_only_stages_with_a_kl_are_reinforcement_learning(run: RunView) -> None:
    assert [stage.name for stage in run.stages if stage.is_ppo] == ["helpful_rlhf", "rl_cai"]


def test_best_rollouts_are_those_of_the_first_middle_and_last_step(run: RunView) -> None:
    # 80 steps; answer 2 of 0..2 has the highest reward.
    best = run.stages[-1].best_rollouts
    assert [(one.step, one.prompt_id) for one in best] == [(0, "train/2"), (40, "train/2"), (79, "train/2")]


def test_rounds_hold_mean_words_and_share_changed(run: RunView) -> None:
    # Round 0: 8 words and "not shown" (2): mean 5.5... counted at spaces, with the full stop of the first.
    stage = next(stage for stage in run.stages if stage.rounds)
    assert [one.words for one in stage.rounds][:1] == [(9 + 2) / 2]
    assert [one.changed for one in stage.rounds] == [0, 1, 0, 0, 0]
    assert [revision.round for revision in stage.revised] == [0, 1, 2, 3, 4]


def test_numbers_of_a_row_share_their_decimals() -> None:
    assert (number(0.25, size=0.9), number(-21.4, size=340.0)) == ("0.250", "\u221221")


def test_a_metric_that_was_not_measured_is_no_cell() -> None:
    assert cell(None, size=1) is None


def test_a_table_leaves_out_what_no_stage_has(run: RunView) -> None:
    assert [row.name for row in table(run.stages, ["harmful", "no such metric"]).rows] == ["harmful"]


def test_slices_are_found_by_their_mark(run: RunView) -> None:
    assert "harmful/theft" in sliced(run.stages, "harmful", "/")
    assert "harmful@both" not in sliced(run.stages, "harmful", "/")


def test_n_stands_once_where_all_cells_share_it() -> None:
    from solon.report.tables import Row

    a, b = (cell(Metric(value=0.5, n=n, instrument="checker"), size=1) for n in (10, 20))
    assert (Row("x", (a, a), "checker").common_n, Row("x", (a, b), "checker").common_n) == ("10", None)
