"""`solon distill` and `solon contrast` on a tiny model, and what is trained on their rows."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.fake_server import FakeServer, says

from solon import cli
from solon.sections import ModelSettings
from solon.stages.opening import fresh_model

CONSTITUTION = """
id: c
version: 1
principles:
  - {id: kind, text: be kind, comparison: which is kinder?}
  - {id: brief, text: be brief, comparison: which is briefer?}
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "tiny"
    settings = ModelSettings(vocab_size=300, width=16, layers=1, heads=2, context_tokens=256)
    fresh_model(settings, ["how are you today? i am well, thank you."] * 3, seed=1).save(folder)
    return folder


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("c.yaml").write_text(CONSTITUTION)
    Path("spec.txt").write_text("be kind to all\n")
    Path("prompts.jsonl").write_text("".join(json.dumps({"id": f"{n}", "prompt": f"well {n}?"}) + "\n" for n in "abcd"))


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(name).read_text().splitlines()]


def solon(*arguments: object) -> int:
    return cli.status([str(argument) for argument in arguments])


def test_answers_under_a_text_are_rows_without_it_that_a_model_imitates(
    model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["distill", "prompts.jsonl", "--engine", f"hf:{model}", "--max-new-tokens", 100, "--out"]
    assert solon(*asked, "under.jsonl", "--context", "spec.txt", "--json") == 0
    assert json.loads(capsys.readouterr().out)["responses"] == 4
    assert solon(*asked, "other.jsonl", "--constitution", "c.yaml") == 0
    under, other = rows("under.jsonl"), rows("other.jsonl")
    assert [row["prompt"] for row in under] == ["well a?", "well b?", "well c?", "well d?"]
    assert [row["response"] for row in under] != [row["response"] for row in other]
    assert solon("train", "sft", "--start", f"hf:{model}", "--data", "under.jsonl", "--out", "o") == 0


def test_the_place_of_the_text_is_chosen() -> None:
    with FakeServer() as server:
        for place in ("system", "user"):
            asked = ["distill", "prompts.jsonl", "--engine", f"openai:m@{server.url}", "--out", "o.jsonl"]
            assert solon(*asked, "--context", "spec.txt", "--place", place, "--part", "1/4") == 0
        first, second = (body["messages"] for body in server.bodies)
    assert [turn["content"] for turn in first] == ["be kind to all", "well a?"]
    assert [turn["content"] for turn in second] == ["be kind to all\n\nwell a?"]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ([], "give one of --context FILE and --constitution C"),
        (["--context", "spec.txt", "--constitution", "c.yaml"], "give one of --context FILE and --constitution C"),
        (["--context", "none.txt"], "none.txt: cannot be read"),
        (["--context", "empty.txt"], "empty.txt: is empty"),
    ],
)
def test_without_one_text_nothing_is_distilled(more: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("empty.txt").write_text(" \n")
    assert solon("distill", "prompts.jsonl", "--engine", "openai:m@http://x", "--out", "o.jsonl", *more) == 1
    assert told in capsys.readouterr().err


def test_contrasts_of_a_model_are_pairs_that_dpo_and_reward_models_learn_from(
    model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["contrast", "prompts.jsonl", "--engine", f"hf:{model}", "--constitution", "c.yaml", "--draws", 6]
    assert solon(*asked, "--max-new-tokens", 120, "--out", "pairs.jsonl", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    found, aside = rows("pairs.jsonl"), rows("pairs.jsonl.rejected.jsonl")
    assert told["pairs"] == len(found) >= 8 and sum(told["set_aside"].values()) == len(aside) == 24 - len(found)
    assert all(row["prob_a"] == 1 and row["principle_id"] in ("kind", "brief") for row in found)
    for kind in ("dpo", "reward"):
        more = ["--set", "held_out_share=0.3"]
        assert solon("train", kind, "--start", f"hf:{model}", "--data", "pairs.jsonl", "--out", kind, *more) == 0


def test_commands_on_a_server_need_no_torch() -> None:
    script = (
        "import sys; from solon.cli import status;"
        "same = ['p.jsonl', '--engine', sys.argv[1], '--constitution', 'c.yaml'];"
        "codes = [status([*one.split(), *same, '--out', one[:4]])"
        " for one in ('contrast', 'distill', 'deliberate --judge ' + sys.argv[1])];"
        "sys.exit(str(codes) if any(codes) or {'torch', 'transformers'} & set(sys.modules) else 0)"
    )
    Path("p.jsonl").write_text('{"prompt": "hello"}\n')
    with FakeServer(lambda body: says("hi")) as server:
        asked = [sys.executable, "-c", script, f"openai:m@{server.url}"]
        told = subprocess.run(asked, capture_output=True, text=True)
    assert told.returncode == 0, told.stderr


def test_pairs_without_a_preference_are_counted_and_kept_apart(capsys: pytest.CaptureFixture[str]) -> None:
    def reply(body: dict[str, Any]) -> dict[str, Any]:
        begun, asked = body["messages"][-1]["content"], body["messages"][0]["content"]
        return says("" if "a?" in asked else "same" if "b?" in asked else begun[:10])

    with FakeServer(reply) as server:
        asked = ["contrast", "prompts.jsonl", "--engine", f"openai:m@{server.url}", "--constitution", "c.yaml"]
        assert solon(*asked, "--out", "pairs.jsonl", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["pairs"], told["set_aside"]) == (2, {"empty": 1, "identical": 1})
    assert {row["response_a"] for row in rows("pairs.jsonl")} == {"(following"}
    assert [row["reason"] for row in rows("pairs.jsonl.rejected.jsonl")] == ["empty", "identical"]
