"""Leave one out, with runs that are played: what is run, what is compared, and what is kept."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from solon import ablation
from solon.ablation import leave_one_out
from solon.errors import InputError
from solon.progress import Progress
from solon.recipe import Recipe
from solon.records import Check, Prompt, user
from solon.report.principles import read_ablations
from solon.report.read import SampledResponse
from solon.runner import RunResult
from solon.store.records import write_records
from solon.store.run_folder import RunFolder, RunMetrics

from .store.small_run import stage

CATEGORIES = ("theft", "fraud", "arson")


def answers(left_out: Sequence[str], *, checked: bool) -> list[SampledResponse]:
    """Ten prompts a category, harmful in the category that is left out alone."""
    rows = []
    for category in CATEGORIES:
        check = Check(well_formed=True, harmful=category in left_out, refusal=category not in left_out)
        for number in range(10):
            prompt = Prompt(
                id=f"{category}{number}", messages=(user("ask"),), labels={"kind": "harmful", "category": category}
            )
            rows.append(SampledResponse(prompt=prompt, response="", check=check if checked else None))
    return rows


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, tuple[str, ...]]]:
    """Run directory and what was left out, of every run."""
    return play(monkeypatch, checked=True)


def play(monkeypatch: pytest.MonkeyPatch, *, checked: bool) -> list[tuple[str, tuple[str, ...]]]:
    ran: list[tuple[str, tuple[str, ...]]] = []

    def launch(recipe: Recipe, *, to: Path, progress: Progress) -> RunResult:
        ran.append((to.name, recipe.ablate))
        folder = to / "10-rl_cai"
        if not folder.is_dir():
            stage(to, 10, "rl_cai")
        (to / "recipe.yaml").write_text("name: played\n")
        write_records(folder / "evaluation" / "samples.jsonl", answers(recipe.ablate, checked=checked))
        RunFolder(to).write_metrics(RunMetrics(stages={}))
        return RunResult(path=to, metrics=RunMetrics(stages={}))

    monkeypatch.setattr(ablation, "launch", launch)
    return ran


def found(to: Path, **given: Any) -> dict[str, dict[str, float | None]]:
    missed = leave_one_out("quickstart", to=to, **given)
    return {name: {rate: metric.value for rate, metric in rates.items()} for name, rates in missed.items()}


def test_a_tag_that_is_left_out_shows_in_its_category_alone(ran: object, tmp_path: Path) -> None:
    told = found(tmp_path, each="tags", only=["theft"])
    assert list(told) == ["theft"]
    assert told["theft"]["harmful"] == pytest.approx(-1 / 3)
    assert told["theft"]["harmful/theft"] == -1.0
    assert told["theft"]["harmful/fraud"] == told["theft"]["harmful/arson"] == 0.0


def test_every_principle_is_left_out_in_turn_beside_the_whole(
    ran: list[tuple[str, tuple[str, ...]]], tmp_path: Path
) -> None:
    told = found(tmp_path)
    assert ran[0] == ("whole", ())
    assert [(f"without-{name}", (name,)) for name in told] == ran[1:]
    assert len(told) == 9


def test_what_was_found_lies_beside_the_whole_run_and_in_its_report(ran: object, tmp_path: Path) -> None:
    found(tmp_path, each="tags", only=["theft"])
    found_again = leave_one_out("quickstart", to=tmp_path, each="tags", only=["fraud"])
    kept = read_ablations(tmp_path / "whole")
    assert list(kept) == ["theft", "fraud"]
    assert kept["fraud"] == found_again["fraud"]
    assert "harmful/fraud" in (tmp_path / "whole" / "report.html").read_text()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"only": ["theft"]}, r"no principle `theft`; it has \['keep-the-rule'"),
        ({"each": "tags", "only": ["thft"]}, r"no tag `thft`; it has \['honesty', 'theft'"),
        ({"overrides": ["ablate=[theft]"]}, "leaves out"),
        ({"overrides": ["stages=[revisions]"]}, "none of them makes a policy"),
    ],
)
def test_what_cannot_be_left_out_is_told_before_anything_runs(
    given: dict[str, Any], told: str, ran: list[object], tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=told):
        leave_one_out("quickstart", to=tmp_path, **given)
    assert not ran


def test_without_a_checker_nothing_tells_policies_apart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    play(monkeypatch, checked=False)
    with pytest.raises(InputError, match="no checker"):
        leave_one_out("quickstart", to=tmp_path, each="tags", only=["theft"])
