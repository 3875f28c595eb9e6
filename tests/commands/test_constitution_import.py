import json
from pathlib import Path

import pytest

from solon import cli
from solon.constitution import load_constitution


def imported(source: Path, form: str, out: Path, *more: object) -> int:
    told = ["constitution", "import", source, "--from", form, "--out", out, *more]
    return cli.status([str(one) for one in told])


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "rules.md"
    path.write_text("Prose.\n- Do not shout.\n- Say sorry.\n", encoding="utf-8")
    return path


def test_a_rule_list_is_written_as_a_constitution_that_loads(
    rules: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "new" / "c.yaml"
    assert imported(rules, "rules", out, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["out"], told["principles"]) == (str(out), 2)
    assert told["notes"] == [f"{rules}:1: prose, no rule: Prose."]
    assert [one.id for one in load_constitution(out).principles] == ["do-not-shout", "say-sorry"]


def test_an_existing_file_is_written_over_only_where_asked(
    rules: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "c.yaml"
    out.write_text("mine", encoding="utf-8")
    assert imported(rules, "rules", out) == 1
    assert "--force" in capsys.readouterr().err
    assert out.read_text(encoding="utf-8") == "mine"
    assert imported(rules, "rules", out, "--force") == 0
    assert len(load_constitution(out).principles) == 2


def test_an_option_of_another_form_is_refused(rules: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert imported(rules, "rules", tmp_path / "c.yaml", "--min-votes", 3) == 1
    assert "--min-votes means nothing for --from rules" in capsys.readouterr().err


def test_negative_dimensions_are_written_beside(tmp_path: Path) -> None:
    source, out = tmp_path / "d.json", tmp_path / "c.yaml"
    source.write_text('{"Kind": {"definition": "Be kind.", "negative_definition": "Be unkind."}}', encoding="utf-8")
    assert imported(source, "weights", out) == 0
    assert load_constitution(tmp_path / "c-negative.yaml").principles[0].text == "Be unkind."
    assert imported(source, "weights", tmp_path / "d.yaml") == 0
