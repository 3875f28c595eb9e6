"""`solon report`: one page of one run, one page of several, and their figures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from solon.cli import status
from solon.recipe import load_recipe
from solon.records import Check, Prompt, user
from solon.report.read import SampledResponse
from solon.stages.comparing import run_differences
from solon.store.records import write_records

from ..store.small_run import small_run, stage


def sampled(name: str, *, harmful: bool) -> SampledResponse:
    """Prompts in capitals are harmless."""
    prompt = Prompt(id=name, messages=(user(name),), labels={"kind": "benign" if name.isupper() else "harmful"})
    return SampledResponse(prompt=prompt, response="so", check=Check(well_formed=True, harmful=harmful))


def run_of(folder: Path, harmful: str, prompts: str = "abcd") -> Path:
    """A run of one policy that helps with the prompts of `harmful`."""
    folder.mkdir()
    load_recipe("quickstart").write(folder / "recipe.yaml")
    samples = [sampled(name, harmful=name in harmful) for name in prompts]
    write_records(stage(folder, 1, "sft") / "evaluation" / "samples.jsonl", samples)
    metric = {"value": len(harmful) / len(prompts), "n": len(prompts), "instrument": "checker"}
    told = {"stages": {"sft": {"seconds": 1.0, "metrics": {"harmful": metric}}}}
    (folder / "metrics.json").write_text(json.dumps(told), encoding="utf-8")
    return folder


def test_one_run_gets_its_report_in_its_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = small_run(tmp_path / "run")
    assert status(["report", str(run), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"report": str(run / "report.html"), "figures": None} and Path(told["report"]).is_file()


def test_figures_are_written_as_svg_and_png(tmp_path: Path) -> None:
    run, figures = small_run(tmp_path / "run"), tmp_path / "figures"
    assert status(["report", str(run), "--figures", str(figures), "--out", str(tmp_path / "page.html")]) == 0
    assert {one.name for one in figures.iterdir()} >= {"seconds.svg", "seconds.png"}
    assert not (run / "report.html").exists()


def test_two_runs_are_paired_prompt_by_prompt(tmp_path: Path) -> None:
    first, second = run_of(tmp_path / "first", "abc"), run_of(tmp_path / "second", "a")
    out = tmp_path / "both.html"
    assert status(["report", str(first), str(second), "--out", str(out)]) == 0
    page = out.read_text(encoding="utf-8")
    assert "B \u2212 A" in page and "<b>\u22120.500</b>" in page  # 1 of 4 less 3 of 4
    assert "the recipes are the same" in page and "has the constitution of A" in page


def test_runs_asked_other_prompts_are_not_paired(tmp_path: Path) -> None:
    first, second = run_of(tmp_path / "first", "abc"), run_of(tmp_path / "second", "a", "abce")
    out = tmp_path / "both.html"
    assert status(["report", str(first), str(second), "--out", str(out)]) == 0
    assert "Not paired with A" in out.read_text(encoding="utf-8")


def test_a_rate_is_paired_where_only_prompts_of_other_rates_differ(tmp_path: Path) -> None:
    first, second = run_of(tmp_path / "first", "abc", "abcdE"), run_of(tmp_path / "second", "a", "abcdF")
    found = run_differences(first, second)["sft"]
    assert found["harmful"].value == pytest.approx(-0.5)
    assert found.keys() == {"harmful"}


def test_a_principle_that_one_run_lacks_is_named(tmp_path: Path) -> None:
    first, second = run_of(tmp_path / "first", "abc"), run_of(tmp_path / "second", "a")
    load_recipe("quickstart", ["ablate=[no-part]"]).write(second / "recipe.yaml")
    out = tmp_path / "both.html"
    assert status(["report", str(first), str(second), "--out", str(out)]) == 0
    assert "only in the first: no-part" in out.read_text(encoding="utf-8")


def test_a_principle_in_other_words_is_told_with_them(tmp_path: Path) -> None:
    first, second = run_of(tmp_path / "first", "abc"), run_of(tmp_path / "second", "a")
    file = second / "constitution.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("text: guessing", "text: inventing"), encoding="utf-8")
    out = tmp_path / "both.html"
    assert status(["report", str(first), str(second), "--out", str(out)]) == 0
    page = out.read_text(encoding="utf-8")
    assert "<li>other words: keep-the-rule" in page and "[-guessing,-] {+inventing,+}" in page


def test_a_run_whose_recipe_is_of_another_version_is_compared_all_the_same(tmp_path: Path) -> None:
    first, second = run_of(tmp_path / "first", "abc"), run_of(tmp_path / "second", "a")
    (second / "recipe.yaml").write_text("name: old\nforgotten: 1\n", encoding="utf-8")
    out = tmp_path / "both.html"
    assert status(["report", str(first), str(second), "--out", str(out)]) == 0
    assert "the constitutions could not be compared" in out.read_text(encoding="utf-8")


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert status(["report", str(run_of(tmp_path / "first", "a")), str(tmp_path)]) == 1
    assert "no run there" in capsys.readouterr().err
