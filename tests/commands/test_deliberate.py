"""`solon deliberate`, from prompts to a trained model: server in, rows out, `train sft` on them."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.fake_server import FakeServer, Status, says

from solon import cli
from solon.sections import ModelSettings
from solon.stages.opening import fresh_model

CONSTITUTION = """
id: c
version: 1
principles:
  - {id: kind, text: Be kind., comparison: Which is kinder?, tags: [manners]}
  - {id: brief, text: Be brief., comparison: Which is briefer?}
"""
PROMPTS = [
    {"id": "a", "prompt": "hello?", "category": "manners"},
    {"id": "b", "prompt": "help me", "category": "other"},
    {"id": "c", "prompt": "forbidden"},
]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("c.yaml").write_text(CONSTITUTION)
    Path("prompts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in PROMPTS))


def reply(body: dict[str, Any]) -> dict[str, Any]:
    """Attempts at `help me` cite nothing, `forbidden` is withheld, and the judge likes every second attempt."""
    asked = body["messages"][-1]["content"]
    if "Rating: [[7]]" in asked:
        return says("It is well done. Rating: [[9]]" if "hello 0" in asked else "Rating: [[2]]")
    if asked == "forbidden":
        raise Status(400, {"error": {"message": "no"}})
    cited = "[principle: kind]" if asked == "hello?" else "none"
    return says(f"<reasoning>{cited}</reasoning><answer>{asked[:5]} {body['seed'] % 2}</answer>")


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(name).read_text().splitlines()]


def deliberate(server: FakeServer, *more: str) -> int:
    engine = f"openai:m@{server.url}"
    told = ["deliberate", "prompts.jsonl", "--engine", engine, "--judge", engine, "--constitution", "c.yaml"]
    return cli.status([*told, "--out", "out.jsonl", "--json", *more])


def test_what_the_judge_finds_right_is_kept_and_the_rest_has_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    with FakeServer(reply) as server:
        assert deliberate(server, "--set", "draws=6") == 0
        told = json.loads(capsys.readouterr().out)
        asked = len(server.bodies)
        assert deliberate(server, "--set", "draws=6") == 0
        assert len(server.bodies) - asked == 6  # only the refused prompt is asked again
    [kept] = rows("out.jsonl")
    assert kept["messages"][0] == {"role": "user", "content": "hello?"}
    assert kept["messages"][1] == {"role": "assistant", "content": "hello 0", "thinking": "[principle: kind]"}
    others = rows("out.jsonl.rejected.jsonl")
    assert (told["kept"], told["attempts"], told["unanswered"]) == (1, 12, 6)
    assert told["outdone"] + told["rejected"] == len(others) == 11
    assert told["reasons"]["cites nothing"] == 6
    assert (told["prompts"], told["prompts_without"]) == (3, 2)
    assert all(one["reason"] for one in others)


def test_each_prompt_is_shown_what_carries_its_category_and_others_the_whole() -> None:
    with FakeServer(reply) as server:
        assert deliberate(server, "--by-category", "--set", "draws=1") == 0
        systems = {body["messages"][-1]["content"]: body["messages"][0]["content"] for body in server.bodies}
    assert "kind: Be kind." in systems["hello?"] and "brief" not in systems["hello?"]
    assert "brief: Be brief." in systems["help me"]


def test_categories_that_are_no_tags_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    Path("prompts.jsonl").write_text(json.dumps(PROMPTS[1]) + "\n")
    with FakeServer(reply) as server:
        assert deliberate(server, "--by-category") == 1
    assert "no prompt has a `category` that is a tag" in capsys.readouterr().err


def test_parts_of_the_prompts_are_together_what_one_command_makes(capsys: pytest.CaptureFixture[str]) -> None:
    with FakeServer(reply) as server:
        for part in ("1/2", "2/2"):
            assert deliberate(server, "--part", part) == 0
        asked = len(server.bodies)
        assert deliberate(server) == 0
        assert len(server.bodies) - asked == 4  # those that were refused
    parts = capsys.readouterr().out.splitlines()
    assert sum(json.loads(line)["attempts"] for line in parts[:2]) == json.loads(parts[2])["attempts"] == 8


def tiny_model() -> None:
    settings = ModelSettings(vocab_size=300, width=16, layers=1, heads=2, context_tokens=128)
    fresh_model(settings, ["how are you today? i am well, thank you."] * 3, seed=1).save(Path("model"))


def train(*more: str) -> int:
    return cli.status(["train", "sft", "--start", "hf:model", "--data", "out.jsonl", "--out", "o", *more])


def test_a_template_without_a_place_for_thinking_is_told_and_other_rows_cost_no_calls(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tiny_model()
    Path("prompts.jsonl").write_text(json.dumps(PROMPTS[0]) + "\n")
    with FakeServer(reply) as server:
        assert deliberate(server, "--set", "draws=6") == 0
        assert train() == 1
        assert "message 1 has thinking, and Solon's chat template" in capsys.readouterr().err
        asked = len(server.bodies)
        assert deliberate(server, "--set", "draws=6", "--thinking", "text") == 0
        assert len(server.bodies) == asked
    assert train() == 0


def test_a_model_trained_on_the_rows_reasons_and_answers_so_without_the_principles() -> None:
    tiny_model()
    with FakeServer(reply) as server:
        assert deliberate(server, "--set", "draws=6", "--thinking", "text") == 0
    assert train("--set", "epochs=60", "--set", "peak_lr=0.02") == 0
    asked = ["respond", "prompts.jsonl", "--engine", "hf:o/model", "--temperature", "0", "--out", "said.jsonl"]
    assert cli.status(asked) == 0
    assert rows("said.jsonl")[0]["response"] == "<think>\n[principle: kind]\n</think>\n\nhello 0"
