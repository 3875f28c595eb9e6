"""The table of fine-tuning against reinforcement learning: measured cells, or no row."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from solon.records import Metric
from solon.report.sft_rlhf import compare_sft_with_rlhf


class Stage(NamedTuple):
    name: str
    metrics: dict[str, Metric]


def rate(value: float, low: float, high: float, instrument: str = "checker") -> Metric:
    return Metric(value=value, low=low, high=high, n=100, instrument=instrument)


def test_each_row_is_a_measured_rate_with_its_interval() -> None:
    sft = Stage("sft", {"harmful": rate(0.9, 0.8, 1.0), "helpful@benign": rate(0.5, 0.4, 0.6)})
    rl = Stage("rl_cai", {"harmful": rate(0.1, 0.05, 0.2)})
    table = compare_sft_with_rlhf([sft, rl])
    assert table.columns == ("sft", "rl_cai")
    ability, values = table.rows
    assert (ability.side, values.side) == ("ability", "values")
    assert values.cells[1] is not None and values.cells[1].interval == "0.050 to 0.200"
    assert ability.cells[1] is None  # not measured is empty, not 0


def test_a_run_without_reinforcement_learning_has_no_table() -> None:
    assert not compare_sft_with_rlhf([Stage("sft", {"harmful": rate(0.9, 0.8, 1.0)})]).rows


def test_ratings_become_shares_of_comparisons_won_against_sft() -> None:
    # a lead of 400 wins 10 of 11; its interval's ends 0 and 800 win a half and 100 of 101
    sft = Stage("sft", {"elo_helpful": rate(0, -20, 20, "people")})
    rl = Stage("helpful_rlhf", {"elo_helpful": rate(400, 0, 800, "people")})
    (row,) = compare_sft_with_rlhf([sft, rl]).rows
    assert row.side == "objective" and row.instruments == "people"
    assert row.cells[1] is not None and float(row.cells[1].value) == pytest.approx(10 / 11, abs=5e-4)
    assert row.cells[1].interval == "0.500 to 0.990"


def test_ratings_counted_from_another_policy_than_sft_say_nothing() -> None:
    sft = Stage("sft", {"elo_helpful": rate(35, 20, 50, "people")})
    rl = Stage("rl_cai", {"elo_helpful": rate(80, 60, 90, "people")})
    assert not compare_sft_with_rlhf([sft, rl]).rows


def test_a_row_whose_rates_are_all_over_nothing_is_left_out() -> None:
    nothing = {"evasive": Metric(value=None, n=0, instrument="checker")}
    assert not compare_sft_with_rlhf([Stage("sft", nothing), Stage("rl_cai", nothing)]).rows
