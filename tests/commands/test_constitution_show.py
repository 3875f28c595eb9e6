import json
from pathlib import Path

import pytest
from tests.constitution.lint.making import SOUND

from solon import cli

WEIGHTED = SOUND.replace("tags: [truth]", "tags: [truth]\n    weight: 2", 1)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("c.yaml").write_text(WEIGHTED, encoding="utf-8")


def told(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> str:
    capsys.readouterr()
    assert cli.status(["constitution", *arguments]) == status
    return capsys.readouterr().out


def test_show_tells_shares_of_draws_tags_and_examples(capsys: pytest.CaptureFixture[str]) -> None:
    out = told(capsys, "show", "c.yaml")
    assert "4 principles, 2 examples of critiques, 1 of comparisons" in out
    # Weight 2 of 2 + 1 + 1 + 1.
    assert "weight 2: 40.0% of critiques, 40.0% of comparisons" in out
    assert "tags: truth" in out
    assert "comparison: Which answer threatens nobody?" in out


def test_what_a_principle_is_never_drawn_for_has_no_share(capsys: pytest.CaptureFixture[str]) -> None:
    Path("c.yaml").write_text(WEIGHTED.replace("    comparison: Which answer insults nobody?\n", ""), encoding="utf-8")
    rows = json.loads(told(capsys, "show", "c.yaml", "--json"))["principles"]
    # For comparisons weight 2 of 2 + 1 + 1 is left.
    assert [row["shares"] for row in rows[:2]] == [{"critique": 0.4, "comparison": 0.5}, {"critique": 0.2}]


def test_show_tells_of_one_principle_alone(capsys: pytest.CaptureFixture[str]) -> None:
    (row,) = json.loads(told(capsys, "show", "c.yaml", "--principle", "kind", "--json"))["principles"]
    assert (row["id"], row["shares"]["critique"], row["tags"]) == ("kind", 0.2, ["manner"])
    assert cli.status(["constitution", "show", "c.yaml", "--principle", "kid"]) == 1
    assert "no principle `kid`" in capsys.readouterr().err


def test_text_with_brackets_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    Path("c.yaml").write_text(WEIGHTED.replace("Never threaten", "Never [bold]threaten"), encoding="utf-8")
    assert "Never [bold]threaten a reader." in told(capsys, "show", "c.yaml", "--principle", "calm")


def test_diff_tells_changes_by_words_and_what_is_to_be_redone(capsys: pytest.CaptureFixture[str]) -> None:
    Path("d.yaml").write_text(WEIGHTED.replace("Whom does it insult?", "Whom does it hurt?"), encoding="utf-8")
    rows = [json.dumps({"id": f"p{number}", "prompt": "hi"}) for number in range(50)]
    Path("p.jsonl").write_text("\n".join([*rows, "{}"]), encoding="utf-8")
    out = told(capsys, "diff", "c.yaml", "d.yaml", "--prompts", "p.jsonl", "--rounds", "2")
    assert "kind: critique_request: Whom does it [-insult?-] {+hurt?+}" in out
    # Weight 1 of 5: 0.2 a round, 1 - 0.8 x 0.8 by round 2, half of 0.2 + 0.36 of all rounds.
    assert "chains touched: 20.0% by round 1, 36.0% by round 2; 28.0% of all rounds" in out
    assert "counted for 50 prompts:" in out
    assert "labels to redo: 0 of 50" in out


def test_diff_as_json_holds_counts(capsys: pytest.CaptureFixture[str]) -> None:
    Path("d.yaml").write_text(WEIGHTED.replace("critique: It is rude.", "critique: Rude."), encoding="utf-8")
    Path("p.jsonl").write_text('{"id": "a", "prompt": "hi"}\n', encoding="utf-8")
    found = json.loads(told(capsys, "diff", "c.yaml", "d.yaml", "--prompts", "p.jsonl", "--json"))
    assert found["recompute"]["everything"]["critiques"] == ["`examples.critiques` changed"]
    counted = found["recompute"]["counted"]
    assert (counted["rounds"], counted["all_rounds"], counted["labels"]) == (4, 4, 0)
    assert found["shared"][0]["field"] == "examples.critiques"
