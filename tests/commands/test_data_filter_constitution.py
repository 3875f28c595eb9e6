import json
from pathlib import Path
from typing import Any

import pytest
from tests.fake_server import FakeServer, says

from solon.cli import status

CONSTITUTION = """
id: kind
version: 1
principles:
  - {id: kind, text: Be kind., critique_request: Is it kind?, revision_request: Make it kind.}
"""
ROWS = [
    {"prompt": "Hello?", "response": "Hi there."},
    {"prompt": "Hello?", "response": "Go away."},
    {"prompt": "Hello?"},  # nothing to imitate, so nothing to object to
]


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("kind.yaml").write_text(CONSTITUTION, encoding="utf-8")
    Path("rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")


def critic(body: dict[str, Any]) -> dict[str, Any]:
    rude = "Go away." in body["messages"][-2]["content"]
    return says("It sends people away." if rude else "No change needed.")


def run(*arguments: str) -> int:
    return status(["data", "filter", "rows.jsonl", "--out", "out.jsonl", *arguments])


def test_rows_that_the_critic_objects_to_go_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    with FakeServer(critic) as server:
        engine = f"openai:m@{server.url}"
        assert run("--constitution", "kind.yaml", "--engine", engine, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["rows_in"], told["rows_out"], told["dropped"]) == (3, 2, {"critique": 1})
    assert [json.loads(line) for line in Path("out.jsonl").read_text().splitlines()] == [ROWS[0], ROWS[2]]
    [dropped] = [json.loads(line) for line in Path("out.jsonl.dropped.jsonl").read_text().splitlines()]
    assert dropped["reason"] == "critique: kind: It sends people away."


def test_a_critic_without_a_constitution_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--engine", "hf:x") == 1
    assert "--constitution and --engine go together" in capsys.readouterr().err


def test_a_number_of_principles_that_is_none_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with FakeServer(critic) as server:
        asked = ["--constitution", "kind.yaml", "--engine", f"openai:m@{server.url}", "--principles", "some"]
        assert run(*asked) == 1
    assert "--principles some: write a number from 1 on, or all" in capsys.readouterr().err
