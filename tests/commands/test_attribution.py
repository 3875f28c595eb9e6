import json
from pathlib import Path

import pytest

from solon import ablation
from solon.cli import status
from solon.records import Metric
from solon.report.principles import write_ablations

from ..store.small_run import small_run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = small_run(tmp_path_factory.mktemp("attribution") / "run")
    low = Metric(value=-0.8, low=-0.9, high=-0.7, n=10, instrument="checker")
    write_ablations(
        run, {"law": {"harmful": low, "harmful/theft": low, "honest": Metric(value=None, n=0, instrument="checker")}}
    )
    return run


def said(arguments: list[str], capsys: pytest.CaptureFixture[str], expected: int = 0) -> str:
    assert status(arguments) == expected
    captured = capsys.readouterr()
    return captured.out if expected == 0 else captured.err


def test_tables_are_listed_with_their_columns(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = json.loads(said(["query", str(run), "--json"], capsys))
    assert {"stages", "answers", "revisions", "preferences", "rankings", "calls"} == told.keys()
    assert "preferences: what a judge preferred" in said(["query", str(run)], capsys)


def test_a_question_is_answered_as_a_table_and_as_json(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sql = "SELECT category, count(*) AS n FROM answers GROUP BY category ORDER BY category"
    assert said(["query", str(run), sql], capsys).split() == ["category", "n", "fraud", "2", "theft", "2"]
    told = json.loads(said(["query", str(run), sql, "--json"], capsys))
    assert told == {"columns": ["category", "n"], "rows": [["fraud", 2], ["theft", 2]]}


def test_a_long_answer_says_what_it_leaves_out(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = said(["query", str(run), "SELECT * FROM range(250)"], capsys)
    assert told.endswith("50 more rows; --json has all\n")


def test_a_question_that_fails_is_an_error(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "error:" in said(["query", str(run), "SELECT"], capsys, 1)


def test_each_principle_has_a_line_and_each_ablation(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [line.split() for line in said(["attribution", str(run)], capsys).splitlines()]
    assert ["law", "2", "50.0", "%", "3", "66.7", "%", "0"] in lines
    without = next(line for line in lines if line[:2] == ["law", "-0.800"])
    assert without[-2:] == ["harmful/theft", "-0.800"]


def test_attribution_as_json_has_counts_shares_and_intervals(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = json.loads(said(["attribution", str(run), "--json"], capsys))
    law = next(one for one in told["principles"] if one["id"] == "law")
    assert (law["drawn"], law["changed"], law["changed_share"]) == (2, 1, 0.5)
    assert told["without"]["law"]["harmful"]["low"] == -0.9


def test_a_behaviour_is_traced(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = json.loads(said(["lineage", str(run), "category=theft", "--json"], capsys))
    assert [one["rater"] for one in told["rankings, by person"]] == ["ann"]
    assert "rankings, by person" in said(["lineage", str(run), "category=fraud"], capsys)


def test_ablate_hands_on_what_it_is_given(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    asked: dict[str, object] = {}

    def leave_one_out(recipe: str, **given: object) -> dict[str, dict[str, Metric]]:
        asked.update(given, recipe=recipe)
        return {"theft": {"harmful": Metric(value=-0.1, low=-0.2, high=0.0, n=3, instrument="checker")}}

    monkeypatch.setattr(ablation, "leave_one_out", leave_one_out)
    told = json.loads(
        said(["ablate", "quickstart", "--to", str(tmp_path), "--each", "tags", "--only", "theft", "--json"], capsys)
    )
    assert told["without"]["theft"]["harmful"]["value"] == -0.1
    assert (asked["recipe"], asked["each"], asked["only"], asked["to"]) == ("quickstart", "tags", ["theft"], tmp_path)
