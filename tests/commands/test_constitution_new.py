import json
from pathlib import Path

import pytest

from solon import cli
from solon.constitution import load_constitution


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("p.md").write_text("Never guess.\n\nWe are old.\n", encoding="utf-8")


def new(*more: str) -> int:
    return cli.status(["constitution", "new", "p.md", "--out", "c.yaml", *more])


def test_a_policy_becomes_a_draft_with_notes(capsys: pytest.CaptureFixture[str]) -> None:
    assert new("--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["principles"], told["by_model"], told["examples"]) == (1, 0, {"critiques": 1, "comparisons": 0})
    assert told["notes"][0] == "p.md:3-3: not used, asks for nothing: We are old."
    assert load_constitution("c.yaml").principles[0].text == "Never guess."


def test_a_draft_is_written_over_only_where_asked(capsys: pytest.CaptureFixture[str]) -> None:
    Path("c.yaml").write_text("reviewed", encoding="utf-8")
    assert new() == 1
    assert "c.yaml: is there already" in capsys.readouterr().err
    assert Path("c.yaml").read_text(encoding="utf-8") == "reviewed"
    assert new("--force") == 0
