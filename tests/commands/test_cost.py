import json
from pathlib import Path
from typing import Any

import pytest
from tests.fake_server import FakeServer, says

from solon.cli import status


def run(*arguments: object) -> int:
    return status([str(one) for one in arguments])


@pytest.fixture
def prompts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "prompts.jsonl"
    file.write_text("".join(f'{{"id": "{n}", "prompt": "question {n}"}}\n' for n in range(4)), encoding="utf-8")
    return file


def respond(prompts: Path, server: FakeServer, out: str, *more: str) -> int:
    price = ["--engine-set", "price.million_prompt_tokens=1000", "--engine-set", "price.million_tokens=2000"]
    return run("respond", prompts, "--engine", f"openai:m@{server.url}", "--out", out, *price, *more)


def told(capsys: pytest.CaptureFixture[str], work: str) -> dict[str, Any]:
    capsys.readouterr()
    assert run("cost", work, "--json") == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_the_cost_of_a_command_is_what_the_ledger_adds_up_to(prompts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with FakeServer() as server:
        assert respond(prompts, server, "one.jsonl") == 0
        assert respond(prompts, server, "two.jsonl") == 0
    one, two = told(capsys, "one.jsonl"), told(capsys, "two.jsonl")
    # a call reads 20 tokens and writes 5: (20 * 1000 + 5 * 2000) / 1e6 = .03
    assert (one["calls"], one["tokens"], one["money"]) == (4, 100, pytest.approx(0.12))
    assert (two["calls"], two["reused"], two["money"]) == (0, 4, 0)
    assert run("cost", "one.jsonl") == 0
    assert "4 calls answered, 0 more from the ledger, 0 attempts failed; 100 tokens, 0.1200" in capsys.readouterr().out


def test_a_budget_stops_a_command_and_a_larger_one_goes_on(prompts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small = ["--engine-set", "budget.tokens=90", "--engine-set", "concurrency=1", "--max-new-tokens", "5"]
    with FakeServer() as server:
        assert respond(prompts, server, "one.jsonl", *small) == 1
        assert "the budget is spent" in capsys.readouterr().err
        assert not Path("one.jsonl").exists()
        answered = len(server.bodies)
        assert 0 < answered < 4
        assert respond(prompts, server, "one.jsonl", "--engine-set", "budget.tokens=1000", "--max-new-tokens", "5") == 0
        assert len(server.bodies) == 4
    assert len(Path("one.jsonl").read_text().splitlines()) == 4


def test_what_a_server_refuses_stands_in_a_file_of_its_own(prompts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def filtered(body: dict[str, Any]) -> dict[str, Any]:
        withheld = body["messages"][-1]["content"] == "question 2"
        return says("", "content_filter") if withheld else says("fine")

    with FakeServer(filtered) as server:
        assert respond(prompts, server, "out.jsonl", "--json") == 0
    assert json.loads(capsys.readouterr().out)["unanswered"] == 1
    refused = json.loads(Path("out.jsonl.unanswered.jsonl").read_text())
    assert (refused["id"], refused["what"]) == ("2", "answer")
    assert len(Path("out.jsonl").read_text().splitlines()) == 3


def test_parts_of_the_prompts_make_up_all_of_them_and_the_whole_is_free_then(prompts: Path) -> None:
    with FakeServer() as server:
        for part in ("1/2", "2/2"):
            assert respond(prompts, server, f"part-{part[0]}.jsonl", "--part", part) == 0
        assert respond(prompts, server, "all.jsonl") == 0
        assert len(server.bodies) == 4
    parts = [line for name in ("part-1.jsonl", "part-2.jsonl") for line in Path(name).read_text().splitlines()]
    assert sorted(parts) == sorted(Path("all.jsonl").read_text().splitlines())


@pytest.mark.parametrize("part", ["0/2", "3/2", "1", "a/b"])
def test_a_part_that_is_none_is_refused(prompts: Path, part: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("respond", prompts, "--engine", "openai:m@http://127.0.0.1:9/v1", "--out", "o", "--part", part) == 1
    assert f"--part {part}: write I/N" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("address", "said"),
    [("openai:m", "openai:MODEL@BASE_URL"), ("openai:@http://x/v1", "is no server"), ("openai:m@x", "http://")],
)
def test_an_address_that_is_no_server_is_told(
    prompts: Path, capsys: pytest.CaptureFixture[str], address: str, said: str
) -> None:
    assert run("respond", prompts, "--engine", address, "--out", "o.jsonl") == 1
    assert said in capsys.readouterr().err


def test_an_unknown_setting_of_the_engine_is_told(prompts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    address = "openai:m@http://127.0.0.1:9/v1"
    assert run("respond", prompts, "--engine", address, "--out", "o", "--engine-set", "timeout=3") == 1
    assert "--engine-set timeout: unknown key; did you mean timeout_seconds?" in capsys.readouterr().err


def test_a_work_without_calls_is_told(prompts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("cost", "nothing.jsonl") == 1
    assert "has no call of it" in capsys.readouterr().err


def test_a_judge_scores_responses_and_says_what_it_could_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = [{"id": name, "prompt": "why?", "response": name} for name in ("good", "odd")]
    Path("r.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")

    def judge(body: dict[str, Any]) -> dict[str, Any]:
        good = "Response: good" in body["messages"][0]["content"]
        listed = (
            [{"token": "7", "logprob": -0.2}, {"token": "8", "logprob": -1.8}]
            if good
            else [{"token": "I", "logprob": 0}]
        )
        return says("", logprobs={"content": [{**listed[0], "top_logprobs": listed}]})

    with FakeServer(judge) as server:
        asked = ["--engine", f"openai:m@{server.url}", "--constitution", "traits", "--out", "s.jsonl", "--json"]
        assert run("judge", "score", "r.jsonl", *asked) == 0
    assert json.loads(capsys.readouterr().out)["unscored"] == 1
    good, odd = [json.loads(line) for line in Path("s.jsonl").read_text().splitlines()]
    assert (good["id"], good["status"], odd["status"]) == ("good", "scored", "unscored")
    assert 5 < good["score"] < 8
    assert "none of the options" in odd["reason"]
