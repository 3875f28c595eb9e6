"""What a run tells at its end, whether or not it got there."""

import json
from pathlib import Path
from typing import cast

import pytest

from solon import launch as launching
from solon.cli import status
from solon.data import DataConfig, FileSource
from solon.errors import GateError, InputError
from solon.interfaces import Source
from solon.launch import row_lines
from solon.pipeline import CHAIN
from solon.recipe import load_recipe
from solon.records import Metric
from solon.stage import Findings, Stage, StageRun


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def opened() -> FileSource:
    config = DataConfig(helpful_prompts=("ask.jsonl",), demonstrations=("show.jsonl",))
    return FileSource(config, quarantine=Path("run/quarantine.jsonl"), counts=Path("run/rows.json"))


def test_the_rows_of_every_file_that_was_read_are_told() -> None:
    Path("ask.jsonl").write_text('{"prompt": "q"}\n{}\n')
    Path("show.jsonl").write_text('{"prompt": "q", "response": "a"}\n')
    opened().helpful_prompts(9, seed=1)
    assert row_lines(opened()) == [  # the second start reads nothing, and tells what the first one found
        "helpful_prompts: ask.jsonl: 2 rows in, 1 used, 1 quarantined",
        "not read in this run directory: demonstrations",
    ]


def test_of_a_source_without_files_nothing_is_told() -> None:
    assert row_lines(cast(Source, None)) == []


def test_a_run_that_a_gate_stops_leaves_a_report_with_the_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    failure = "judge sft: accuracy 0.510 on 200 probes is below 0.8"

    def refuse(run: StageRun) -> Findings:
        return Findings({"accuracy": Metric(value=0.51, low=0.4, high=0.6, n=200, instrument="checker")}, (failure,))

    def make(run: StageRun) -> None:
        (run.folder / "text").write_text(run.name)

    chain = [
        Stage("base", lambda r: (), make, lambda r: {}),
        Stage("mid", lambda r: ("base",), make, lambda r: {}, admit=refuse),
    ]
    monkeypatch.setattr(launching, "CHAIN", chain)
    monkeypatch.setenv("SOLON_CACHE", "cache")
    recipe = load_recipe("quickstart", ["stages=[base, mid]", "threads=1"])
    with pytest.raises(GateError, match=r"'mid' failed its gate"):
        launching.launch(recipe, to="run")
    page = Path("run/report.html").read_text(encoding="utf-8")
    assert "Failed its gate and never began: mid" in page
    assert failure in page
    assert "<b>0.510</b>" in page


def test_an_ablation_changes_what_reads_the_constitution_and_has_a_folder_of_its_own() -> None:
    whole, ablated = load_recipe("quickstart"), load_recipe("quickstart", ["ablate=[theft]"])
    differ = [stage.name for stage in CHAIN if stage.settings(whole) != stage.settings(ablated)]
    assert differ == ["revisions", "ai_feedback"]
    assert launching.run_directory(ablated, None) == Path("runs/quickstart-without-theft")
    with pytest.raises(InputError, match="no principle and no tag `thetf`"):
        load_recipe("quickstart", ["ablate=[thetf]"]).load_constitution()


def test_run_takes_what_to_ablate(capsys: pytest.CaptureFixture[str]) -> None:
    assert status(["run", "--ablate", "theft", "--ablate", "honesty", "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["run"] == "runs/quickstart-without-theft-without-honesty"
