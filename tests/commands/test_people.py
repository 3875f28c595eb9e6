"""`rank --annotator` and `demonstrate` with lines from a pipe."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from solon import cli


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def solon(monkeypatch: pytest.MonkeyPatch) -> Any:
    def run(*arguments: object, lines: str = "") -> int:
        monkeypatch.setattr("sys.stdin", io.StringIO(lines))
        return cli.status([str(one) for one in arguments])

    return run


def write_rows(name: str, *rows: dict[str, Any]) -> str:
    Path(name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    return name


def responses(name: str = "r.jsonl", texts: str = "ab") -> str:
    return write_rows(name, *({"id": f"{p}{t}", "prompt": f"{p}?", "response": t} for p in "xy" for t in texts))


ANN = ["--annotator", "ann", "--out", "k.jsonl"]


@pytest.mark.parametrize("given", [[], ["--reward", "hf:m", "--annotator", "ann"]])
def test_either_a_model_orders_or_a_person(given: list[str], solon: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert solon("rank", responses(), "--out", "k.jsonl", *given) == 1
    assert "give exactly one of --reward, where a model orders, and --annotator" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (["--annotator", " "], "is no name"),
        (["--annotator", "a\x1b[2J"], "is no name"),
        (["--annotator", "a", "--price-per-hour", "1", "--price-per-item", "1"], "not both"),
        (["--annotator", "a", "--price-per-hour", "inf"], "a price is a finite number"),
        (["--annotator", "a", "--min-responses", "5", "--max-responses", "4"], "is more than --max-responses 4"),
        (["--reward", "hf:m", "--price-per-item", "1"], "--price-per-item is for people"),
        (["--reward", "hf:m", "--critiques", "c.jsonl"], "--critiques is for people"),
    ],
)
def test_what_does_not_go_together_is_told(
    given: list[str], problem: str, solon: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert solon("rank", responses(), "--out", "k.jsonl", *given) == 1
    assert problem in capsys.readouterr().err


def test_the_result_is_one_object_on_stdout_and_the_questions_are_not(
    solon: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{"prompt": "z?", "response": "alone"}, {"prompt": "z?"}]
    with Path(responses()).open("a") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    assert solon("rank", "r.jsonl", *ANN, "--price-per-item", "0.5", "--json", lines="1 2\ns\n") == 0
    shown = capsys.readouterr()
    told = json.loads(shown.out)
    wanted = {
        "out": "k.jsonl", "rankings": 1, "answered_now": 1, "reused": 0, "skipped": 1, "left": 0, "price": 0.5,
        "prompts_without_choice": 1, "responses_not_shown": 0, "rows_in": 6, "rows_used": 5, "quarantined": 1,
    }  # fmt: skip
    assert {key: told[key] for key in wanted} == wanted
    assert "item 1 of 2" in shown.err and "prompts without choice: 1" in shown.err


def test_a_removed_file_comes_back_from_the_ledger_and_nothing_is_asked(
    solon: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert solon("rank", responses(), *ANN, lines="1 2\n2 1\n") == 0
    before = Path("k.jsonl").read_text()
    Path("k.jsonl").unlink()
    assert solon("rank", "r.jsonl", *ANN, "--json") == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out.splitlines()[-1])["reused"] == 2
    assert Path("k.jsonl").read_text() == before


def test_other_responses_to_the_same_prompts_need_a_file_of_their_own(
    solon: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert solon("rank", responses(), *ANN, lines="1 2\n") == 0
    assert solon("rank", responses("s.jsonl", "cd"), *ANN, lines="1 2\n") == 1
    assert "k.jsonl: 'ann/" in (error := capsys.readouterr().err) and "give another --out" in error


def test_rankings_of_a_model_are_not_added_to(solon: Any, capsys: pytest.CaptureFixture[str]) -> None:
    write_rows("k.jsonl", {"id": "m/x", "prompt": {"id": "x", "messages": [{"role": "user", "content": "x?"}]},
                           "responses": ["a", "b"], "ranks": [0, 1], "rater": "m"})  # fmt: skip
    assert solon("rank", responses(), *ANN, lines="1 2\n") == 1
    assert "no answer that a person gave here" in capsys.readouterr().err


def test_a_model_s_rankings_do_not_replace_those_of_people(solon: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert solon("rank", responses(), *ANN, lines="1 2\n") == 0
    kept = Path("k.jsonl").read_text()
    assert solon("rank", responses(), "--reward", "hf:m", "--out", "k.jsonl") == 1
    assert "holds answers of people" in capsys.readouterr().err
    assert Path("k.jsonl").read_text() == kept


def test_demonstrations_show_principles_and_keep_what_was_shown(solon: Any, capsys: pytest.CaptureFixture[str]) -> None:
    prompts = write_rows("p.jsonl", {"id": "1", "prompt": "well?"})
    told = ["--annotator", "ann", "--out", "d.jsonl", "--principles", "agora", "--show", "drawn"]
    assert solon("demonstrate", prompts, *told, lines="fine,\nthanks\n.\n") == 0
    assert "principle │ " in capsys.readouterr().err
    (row,) = (json.loads(line) for line in Path("d.jsonl").read_text().splitlines())
    assert row["messages"][-1]["content"] == "fine,\nthanks" and row["source"] == "ann"
    assert len(row["annotation"]["principles"]) == 1
