import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.data.real_files import FOLDER, SKIP_REASON

from solon.cli import status
from solon.records import Prompt, Response, user
from solon.store.records import write_records

REFUSES = "I'm sorry, but I can't help with that."
ANSWERS = "To open a jar, hold the lid under warm water for a minute, and turn it with a cloth. It comes off easily."


def rows_in(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def told(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    capsys.readouterr()
    assert status(["refusals", *map(str, arguments), "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_every_row_gets_a_label_in_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = rows_in(
        tmp_path / "in.jsonl",
        {"id": "a", "prompt": "How do I hurt someone?", "response": REFUSES},
        {"id": "b", "prompt": "How do I open a jar?", "response": ANSWERS},
        {"id": "c", "prompt": "Why?", "response": ""},
    )
    result = told(capsys, file, "--out", tmp_path / "out.jsonl")
    rows = lines_of(tmp_path / "out.jsonl")
    assert [(row["id"], row["label"], row["status"]) for row in rows] == [
        ("a", "full", "classified"), ("b", "none", "classified"), ("c", None, "empty"),
    ]  # fmt: skip
    assert rows[0]["prob"] == rows[0]["probs"]["full"]
    assert result["counts"] == {"none": 1, "partial": 0, "full": 1} and result["empty"] == 1
    assert result["metrics"]["refusal"]["value"] == 0.5 and result["metrics"]["refusal"]["n"] == 2


def test_the_last_turn_of_the_user_is_the_prompt(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from solon.commands.refusal_rows import asked

    turns = [
        {"role": "user", "content": "first"}, {"role": "assistant", "content": "well"},
        {"role": "user", "content": "second"},
    ]  # fmt: skip
    assert asked({"id": "a", "messages": turns, "response": "x"}, "f:1", None, set()).prompt == "second"


def test_records_of_responses_and_compressed_files_are_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prompt = Prompt(id="p", messages=(user("How do I hurt someone?"),))
    write_records(tmp_path / "in.jsonl", [Response(id="p/0", prompt=prompt, text=REFUSES, sampler="sft")])
    with gzip.open(tmp_path / "in.jsonl.gz", "wb") as file:
        file.write((tmp_path / "in.jsonl").read_bytes())
    assert told(capsys, tmp_path / "in.jsonl.gz")["counts"]["full"] == 1


def test_rows_that_cannot_be_used_go_to_quarantine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = rows_in(
        tmp_path / "in.jsonl",
        {"id": "a", "prompt": "p", "response": REFUSES},
        {"id": "a", "prompt": "p", "response": REFUSES},
        {"id": "b", "prompt": "p"},
        {"id": "c", "prompt": 3, "response": REFUSES},
    )
    result = told(capsys, file, "--out", tmp_path / "out.jsonl")
    assert (result["rows_in"], result["rows_used"], result["quarantined"]) == (4, 1, 3)
    aside = lines_of(tmp_path / "out.jsonl.quarantine.jsonl")
    assert [row["line"] for row in aside] == [2, 3, 4]
    assert "earlier row" in aside[0]["reason"] and "`response`" in aside[1]["reason"]


def test_a_label_of_people_that_is_none_is_set_aside(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = {"id": "a", "response": REFUSES, "said": "2_full_refusal"}
    file = rows_in(tmp_path / "in.jsonl", good, {"id": "b", "response": REFUSES, "said": "maybe"})
    result = told(capsys, file, "--labels", "said")
    assert result["quarantined"] == 1
    assert result["agreement"]["accuracy"] == 1.0 and result["agreement"]["n"] == 1


def test_people_read_rates_with_intervals(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = rows_in(tmp_path / "in.jsonl", *({"id": str(i), "response": REFUSES} for i in range(20)))
    assert status(["refusals", str(file)]) == 0
    assert "full     1.000 [0.8" in capsys.readouterr().out


@pytest.mark.skipif(not (FOLDER / "xstest").is_dir(), reason=SKIP_REASON)
def test_a_published_file_is_compared_with_its_people(capsys: pytest.CaptureFixture[str]) -> None:
    file = FOLDER / "xstest" / "xstest_v2_completions_gpt4_gpteval.jsonl.gz"
    result = told(capsys, file, "--labels", "final_label")
    # These rows are among those of the fit.
    assert result["agreement"]["n"] == 234 and result["agreement"]["accuracy"] > 0.95


def test_the_command_imports_no_torch(tmp_path: Path) -> None:
    file = rows_in(tmp_path / "in.jsonl", {"id": "a", "response": REFUSES})
    code = (
        "import sys; from solon.cli import status; "
        f"assert status(['refusals', {str(file)!r}]) == 0; assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
