"""What the page says of its own limits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from solon.report.limits import limits_of
from solon.report.read import RunView, read_run


@pytest.fixture(scope="module")
def run(fake_run_folder: Path) -> RunView:
    return read_run(fake_run_folder)


def told(run: RunView) -> str:
    return "\n".join(limits_of(run, [stage for stage in run.stages if stage.is_policy]))


def test_rates_that_no_stage_has_are_named(run: RunView) -> None:
    less = [replace(s, metrics={k: m for k, m in s.metrics.items() if not k.startswith("honest")}) for s in run.stages]
    assert "Not measured" not in told(run)
    assert "Not measured in any stage: honest." in told(replace(run, stages=tuple(less)))


def test_unproven_stages_are_named(run: RunView) -> None:
    assert "a gate failed: preference_model, rl_cai" in told(run)


def test_rows_that_were_set_aside_are_counted(run: RunView) -> None:
    assert "2 rows of the given files could not be used" in told(run)


def test_a_run_without_rates_says_that_it_shows_none(run: RunView) -> None:
    bare = [replace(stage, metrics={}) for stage in run.stages]
    assert "No rate was measured" in told(replace(run, stages=tuple(bare)))


def test_stages_by_two_versions_of_the_code_are_pointed_out(run: RunView) -> None:
    first, *rest = run.stages
    machine = first.manifest.machine.model_copy(update={"commit": "fedcba"})
    other = replace(first, manifest=first.manifest.model_copy(update={"machine": machine}))
    assert "different versions of the code" not in told(run)
    assert "different versions of the code" in told(replace(run, stages=(other, *rest)))
