"""Judges that look: pictures from a row to the server, by options and in Prometheus-Vision's form."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from tests.fake_server import FakeServer, says
from tests.pictures import png, url_of

from solon import cli

CONSTITUTION = """
id: eyes
version: 1
principles:
  - {id: honest, text: say what is there, comparison: "which answer says what is there?"}
"""
RUBRIC = {"Content": {"Description": "Is the animal right?", "Scoring": {str(n): f"worth {n}" for n in range(1, 6)}}}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOLON_CACHE", str(tmp_path / "cache"))
    Path("c.yaml").write_text(CONSTITUTION, encoding="utf-8")
    Path("cat.png").write_bytes(png(7))
    Path("dog.png").write_bytes(png(9))


def written(*rows: dict[str, Any]) -> str:
    Path("rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return "rows.jsonl"


def rows_of(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(name).read_text(encoding="utf-8").splitlines()]


def listed(**probs: float) -> dict[str, Any]:
    tokens = [{"token": text, "logprob": math.log(prob)} for text, prob in probs.items()]
    best = max(tokens, key=lambda one: float(str(one["logprob"])))
    return says(str(best["token"]), logprobs={"content": [{**best, "top_logprobs": tokens}]})


def looks(body: dict[str, Any]) -> dict[str, Any]:
    """Sees a cat in cat.png and a dog in dog.png; gives 5 to who says so and 1 to others."""
    shown, said = body["messages"][0]["content"]
    seen = {url_of(png(7)): "a cat", url_of(png(9)): "a dog"}[shown["image_url"]["url"]]
    if body.get("logprobs"):
        first = said["text"].index("(A) " + seen) if "(A) " + seen in said["text"] else -1
        return listed(A=0.9, B=0.1) if first >= 0 else listed(A=0.1, B=0.9)
    right = f">>>\n{seen}\n<<<END" in said["text"]
    return says(f"It shows {seen}. So the overall score is {5 if right else 1}.")


def test_a_judge_of_pairs_sees_the_picture_of_the_row() -> None:
    pair = {"prompt": "what is it?", "response_a": "a cat", "response_b": "a dog"}
    path = written(*(pair | {"id": name, "image": f"{name}.png"} for name in ("cat", "dog")))
    with FakeServer(looks) as server:
        told = ["--engine", f"openai:m@{server.url}", "--constitution", "c.yaml", "--out", "v.jsonl"]
        assert cli.status(["judge", "run", path, *told]) == 0
    assert [round(row["prob_a"], 6) for row in rows_of("v.jsonl")] == [0.9, 0.1]
    assert rows_of("v.jsonl")[0]["messages"] == [{"role": "user", "content": "what is it?", "images": ["cat.png"]}]


def test_prometheus_vision_is_audited_against_scores_of_people(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        {"prompt": f"what is {n}?", "image": f"{shown}.png", "response": f"a {said}", "rubric": RUBRIC,
         "human_score": 5 if said == shown else 1}
        for n in range(3) for shown in ("cat", "dog") for said in ("cat", "dog")
    ]  # fmt: skip
    with FakeServer(looks) as server:
        engine = ["--engine", f"openai:m@{server.url}", "--format", "prometheus-vision", "--out", "out", "--record"]
        assert cli.status(["judge", "audit", written(*rows), *engine, "--json"]) == 0
        asked = [part["text"] for body in server.bodies for part in body["messages"][0]["content"] if "text" in part]
    found = json.loads(capsys.readouterr().out)["metrics"]
    assert (found["accuracy"]["value"], found["accuracy"]["n"], found["unscored"]["value"]) == (1.0, 12, 0.0)
    assert all("[Is the animal right?]\nScore 1: worth 1" in text for text in asked)


def test_prometheus_vision_refuses_a_row_without_a_picture(capsys: pytest.CaptureFixture[str]) -> None:
    path = written({"prompt": "what is it?", "response": "a cat", "human_score": 5})
    with FakeServer(looks) as server:
        engine = ["--engine", f"openai:m@{server.url}", "--format", "prometheus-vision", "--out", "out"]
        assert cli.status(["judge", "audit", path, *engine]) == 1
        assert server.bodies == []
    assert "shows no image" in capsys.readouterr().err
