import json
from pathlib import Path

import pytest
from tests.constitution.lint.making import SOUND

from solon import cli
from solon.sections import ModelSettings
from solon.stages.opening import fresh_model


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "c.yaml"


def status(file: Path, text: str, *more: str) -> int:
    file.write_text(text, encoding="utf-8")
    return cli.status(["constitution", "lint", str(file), *more])


def test_errors_fail_and_warnings_only_where_asked(file: Path) -> None:
    warned = SOUND.replace("Never threaten", "Appropriately threaten")
    assert (status(file, SOUND), status(file, SOUND, "--strict")) == (0, 0)
    assert (status(file, warned), status(file, warned, "--strict")) == (0, 1)
    assert status(file, SOUND.replace("id: town\n", "")) == 1


def test_every_problem_is_one_line_with_file_and_line(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status(file, SOUND.replace("Never threaten a reader.", "Nice words; Good words."))
    told = capsys.readouterr().out.splitlines()
    assert [line.partition(" `")[0] for line in told[:2]] == [f"{file}:23: warning: vague: calm:"] * 2
    assert told[2].startswith(f"{file}:23: warning: no-behaviour: calm: ")
    assert told[-1] == f"{file}: 4 principles, 4 for critiques, 4 for judges: 0 errors, 3 warnings"


def test_json_has_every_problem(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status(file, SOUND.replace("Never threaten a reader.", "Nice words."), "--json")
    told = json.loads(capsys.readouterr().out)
    assert (told["errors"], told["warnings"], told["principles"]) == (0, 2, 4)
    assert {key: told["problems"][0][key] for key in ("line", "principle", "kind", "severity")} == {
        "line": 23, "principle": "calm", "kind": "vague", "severity": "warning",
    }  # fmt: skip


def test_a_file_that_is_not_there_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.status(["constitution", "lint", "no-such.yaml"]) == 1
    assert "no file 'no-such.yaml'" in capsys.readouterr().err


def test_a_judge_is_asked_about_pairs_with_a_subject_in_common(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = ModelSettings(vocab_size=300, width=16, layers=1, heads=2, context_tokens=2048)
    fresh_model(settings, ["rule 1: say so. rule 2: do not."] * 3, seed=1).save(tmp_path / "tiny")
    alike = SOUND.replace("Never threaten a reader.", "Never name a source twice.")
    assert status(file, alike, "--engine", f"hf:{tmp_path / 'tiny'}", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    # `source` and `name` stand in two principles; 4 x 3 / 2 pairs in all; both orders.
    assert {key: told["judged"][key] for key in ("pairs", "of_pairs", "calls")} == {
        "pairs": 1,
        "of_pairs": 6,
        "calls": 2,
    }
    assert all(problem["kind"] == "contradiction" for problem in told["problems"])
    assert status(file, alike, "--engine", f"hf:{tmp_path / 'tiny'}") == 0
    assert "1 of 6 pairs" in capsys.readouterr().out
