"""`solon judge run` on several responses at once, against a server, and what a reward model makes of it."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.fake_server import FakeServer, says

from solon import cli
from solon.commands.given import read_judgements
from solon.commands.given_compared import read_compared
from solon.data import QuarantineWriter

CONSTITUTION = """
id: town
version: 1
principles:
  - {id: kind, text: be kind, comparison: "which answer is kinder?"}
"""
WORTH = {"best": 3.0, "good": 2.0, "poor": 0.5}
ROW = {"id": "x", "prompt": "well?", "responses": ["poor", "best", "good"]}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOLON_CACHE", str(tmp_path / "cache"))
    Path("c.yaml").write_text(CONSTITUTION, encoding="utf-8")


def written(*rows: dict[str, Any], name: str = "rows.jsonl") -> Path:
    Path(name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return Path(name)


def by_worth(body: dict[str, Any]) -> dict[str, Any]:
    """A server that lists the letters with the worth of their texts, 0.5 more for the first place."""
    lines = [line for line in body["messages"][0]["content"].splitlines() if line.startswith(" (")]
    odds = {line[2]: WORTH[line[5:]] + 0.5 * (line[2] == "A") for line in lines}
    total = math.log(sum(map(math.exp, odds.values())))
    listed = [{"token": letter, "logprob": value - total} for letter, value in odds.items()]
    best = max(listed, key=lambda one: float(one["logprob"]))
    return says(f" ({best['token']}", logprobs={"content": [{**best, "top_logprobs": listed}]})


def judged(
    path: Path, *told: str, reply: Callable[[dict[str, Any]], dict[str, Any]] = by_worth
) -> tuple[list[dict[str, Any]], int]:
    """The rows that were written, and how many calls the server saw."""
    with FakeServer(reply) as server:
        engine = ["--engine", f"openai:m@{server.url}", "--constitution", "c.yaml", "--out", "v.jsonl"]
        assert cli.status(["judge", "run", str(path), *engine, *told]) == 0
        calls = len(server.bodies)
    return [json.loads(line) for line in Path("v.jsonl").read_text(encoding="utf-8").splitlines()], calls


def test_a_row_of_several_responses_gets_ranks_and_probabilities_for_one_call_each() -> None:
    ([row], calls) = judged(written(ROW))
    assert (row["id"], row["ranks"], row["status"], calls) == ("x", [2, 0, 1], "scored", 3)
    total = sum(map(math.exp, WORTH.values()))
    assert row["probs"] == pytest.approx([math.exp(WORTH[text]) / total for text in ROW["responses"]])
    assert row["principles"][0]["id"] == "kind"


def test_a_reward_model_reads_the_rows_as_rankings_by_that_judge() -> None:
    judged(written(ROW))
    rankings, preferences = read_judgements([Path("v.jsonl")], QuarantineWriter(None))
    assert [(one.responses, one.ranks, one.rater[:7]) for one in rankings] == [
        (("poor", "best", "good"), (2, 0, 1), "openai:")
    ]
    assert preferences == []


def test_an_unscored_row_is_kept_and_trains_nothing() -> None:
    def silent(body: dict[str, Any]) -> dict[str, Any]:
        well = by_worth(body)
        return says("no idea") if "bad?" in body["messages"][0]["content"] else well

    rows, _ = judged(
        written(ROW, ROW | {"id": "y", "prompt": "bad?"}), "--engine-set", "option_samples=2", reply=silent
    )
    assert [(row["status"], row["ranks"] is None) for row in rows] == [("scored", False), ("unscored", True)]
    assert all("unscored" in text for text in rows[1]["raw"])
    quarantine = QuarantineWriter(None)
    assert len(read_judgements([Path("v.jsonl")], quarantine).rankings) == 1
    assert "nobody has ranked" in quarantine.first_reason[Path("v.jsonl")]


def test_the_result_tells_the_bias_of_each_place(capsys: pytest.CaptureFixture[str]) -> None:
    judged(written(ROW, ROW | {"id": "y", "prompt": "so?"}), "--json")
    told = json.loads(capsys.readouterr().out)
    # 0.5 for the first place, less the mean of the three
    biases = {letter: one["value"] for letter, one in told["place_bias"]["3"].items()}
    assert biases == pytest.approx({"A": 1 / 3, "B": -1 / 6, "C": -1 / 6})
    assert (told["slates"], told["consistency"]["value"]) == (2, 1.0)


def test_answers_to_one_prompt_are_compared_together_where_that_is_asked_for() -> None:
    answers = [{"prompt": "well?", "response": text} for text in ("good", "good", "poor", "best")]
    apart, together = (
        read_compared(written(*answers), QuarantineWriter(None), together=flag) for flag in (False, True)
    )
    assert [(one.response_a, one.response_b) for one in apart.comparisons] == [("poor", "best")]
    assert (apart.slates, apart.left_over) == ([], 2)
    assert [one.responses for one in together.slates] == [("good", "poor", "best")]
    assert (together.comparisons, together.left_over) == ([], 1)


def test_rankings_of_people_are_judged_anew_those_of_two_as_pairs() -> None:
    ranked = [{**ROW, "ranks": [0, 1, 2]}, {"prompt": "so?", "responses": ["a", "b"], "ranks": [0, 1]}]
    found = read_compared(written(*ranked), QuarantineWriter(None))
    assert [one.responses for one in found.slates] == [("poor", "best", "good")]
    assert [(one.response_a, one.response_b) for one in found.comparisons] == [("a", "b")]


def test_equal_responses_are_shown_once() -> None:
    found = read_compared(written(ROW | {"responses": ["a", "b", "a"]}), QuarantineWriter(None))
    assert [one.responses for one in found.slates] == [("a", "b")]


@pytest.mark.parametrize(
    ("responses", "reason"),
    [
        ("text", "not a list of texts"),
        (["a", 3], "not a list of texts"),
        (["a", " "], "not a list of texts"),
        (["a", "a"], "1 different responses"),
        ([str(n) for n in range(21)], "21 different responses"),
    ],
)
def test_a_row_that_cannot_be_compared_is_set_aside(responses: Any, reason: str) -> None:
    path, quarantine = written(ROW, ROW | {"responses": responses}), QuarantineWriter(None)
    assert len(read_compared(path, quarantine).slates) == 1
    assert reason in quarantine.first_reason[path]


def test_a_second_run_asks_nothing() -> None:
    with FakeServer(by_worth) as server:
        told = ["--engine", f"openai:m@{server.url}", "--constitution", "c.yaml", "--out", "v.jsonl"]
        for _ in range(2):
            assert cli.status(["judge", "run", str(written(ROW)), *told]) == 0
        assert len(server.bodies) == 3
