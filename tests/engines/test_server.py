import json
import math
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.fake_server import FakeServer, Reply, Status, digest_of_request, says

from solon.engines.accounted import AccountedEngine
from solon.engines.calls import Attempt, Request
from solon.engines.config import EngineConfig
from solon.engines.sampled_options import SampledOptions
from solon.engines.server import ServerEngine
from solon.errors import BudgetError, EngineError
from solon.interfaces import OptionRequest, SampleRequest
from solon.records import assistant, user
from solon.store.ledger import Ledger, Spending, spending

QUICK = {"timeout_seconds": 1.0, "longest_wait_seconds": 0.1}


def requests(count: int, **changed: Any) -> list[SampleRequest]:
    return [SampleRequest((user(f"question {i}"),), i, **changed) for i in range(count)]


def ledger(tmp_path: Path, work: str = "w") -> Ledger:
    return Ledger(tmp_path / "calls.sqlite", work=work)


def spent_by(tmp_path: Path) -> list[Spending]:
    return list(spending(tmp_path / "calls.sqlite", "w"))


def engine(server: FakeServer, tmp_path: Path, **config: Any) -> AccountedEngine:
    settings = EngineConfig.model_validate({**QUICK, **config})
    inner = ServerEngine("m", server.url, settings)
    return AccountedEngine(inner, ledger(tmp_path), name="s", price=settings.price, budget=settings.budget)


def test_every_request_is_answered_once_though_one_call_in_five_fails(tmp_path: Path) -> None:
    with FakeServer(faults=0.2) as server:
        asked = engine(server, tmp_path, timeout_seconds=0.3)
        samples = asked.sample(requests(200))
    expected = [
        digest_of_request({"messages": [{"role": "user", "content": f"question {i}"}], "seed": i}) for i in range(200)
    ]
    assert [sample.text for sample in samples] == [one["choices"][0]["message"]["content"] for one in expected]
    assert len(server.answered) == 200
    assert set(server.answered.values()) == {1}
    spent = spent_by(tmp_path)
    assert sum(one.calls for one in spent if one.outcome == "done") == 200
    assert {"429", "500", "timeout", "connection", "no JSON", "bad answer"} <= {one.outcome for one in spent}
    # a failed attempt is written down, and costs nothing
    assert sum(one.num_tokens for one in spent if one.outcome != "done") == 0


def test_what_the_ledger_has_is_not_asked_again(tmp_path: Path) -> None:
    with FakeServer() as server:
        first = engine(server, tmp_path).sample(requests(5))
        again = engine(server, tmp_path).sample(requests(7))
        assert again[:5] == first
        assert len(server.bodies) == 7
    assert [(one.outcome, one.calls) for one in spent_by(tmp_path)] == [("done", 7), ("reused", 5)]


def test_a_greedy_request_does_not_depend_on_its_seed(tmp_path: Path) -> None:
    with FakeServer() as server:
        asked = engine(server, tmp_path)
        same = [SampleRequest((user("q"),), seed, temperature=0.0) for seed in (1, 2)]
        assert asked.sample(same)[0] == asked.sample(same)[1]
        assert len(server.bodies) == 1


def test_a_cost_is_the_sum_of_the_ledger(tmp_path: Path) -> None:
    price = {"million_prompt_tokens": 1e6, "million_tokens": 2e6}  # 1 and 2 a token
    with FakeServer() as server:
        engine(server, tmp_path, price=price).sample(requests(3))
    # each call reads 20 tokens and writes 5: 20 + 2 * 5 = 30
    assert ledger(tmp_path).spent() == (75, 90.0)


def test_a_budget_stops_before_it_is_passed_and_a_larger_one_goes_on(tmp_path: Path) -> None:
    with FakeServer() as server:
        # a call reads 20 tokens and writes 5, and may write 10: after three calls (75), a fourth might pass 100
        with pytest.raises(BudgetError, match=r"75 tokens .* 7 of 10 calls"):
            engine(server, tmp_path, budget={"tokens": 100}, concurrency=1).sample(requests(10, max_new_tokens=10))
        assert len(server.bodies) == 3
        engine(server, tmp_path, budget={"tokens": 1000}).sample(requests(10, max_new_tokens=10))
        assert len(server.bodies) == 10


def test_money_spent_by_an_earlier_attempt_at_the_same_work_counts(tmp_path: Path) -> None:
    config: dict[str, Any] = {"price": {"million_tokens": 1e6}, "budget": {"money": 12.0}, "concurrency": 1}
    with FakeServer() as server:
        engine(server, tmp_path, **config).sample(requests(1, max_new_tokens=5))  # 5 of 12
        with pytest.raises(BudgetError):  # a second costs 5, a third would not fit
            engine(server, tmp_path, **config).sample(requests(3, max_new_tokens=5))
        assert len(server.bodies) == 2
        other = AccountedEngine(
            ServerEngine("m", server.url),
            ledger(tmp_path, "other"),
            name="s",
            budget=EngineConfig.model_validate(config).budget,
        )
        other.sample(requests(4, max_new_tokens=5))  # another work has its own budget


def test_two_engines_of_one_work_share_its_budget(tmp_path: Path) -> None:
    with FakeServer() as server:
        one = engine(server, tmp_path, budget={"tokens": 60}, concurrency=1)
        other = engine(server, tmp_path, budget={"tokens": 60}, concurrency=1)
        one.sample(requests(1, max_new_tokens=5))  # 25 of 60
        other.sample(requests(2, max_new_tokens=5)[1:])  # 50 of 60
        with pytest.raises(BudgetError, match="50 tokens"):
            one.sample(requests(3, max_new_tokens=5)[2:])


@pytest.mark.parametrize(
    ("status", "said"), [(401, "check the model's name, the URL and the key"), (404, "refuses every request")]
)
def test_a_wrong_key_or_model_stops_at_once(tmp_path: Path, status: int, said: str) -> None:
    def refuse(body: dict[str, Any]) -> dict[str, Any]:
        raise Status(status, {"error": {"message": "no"}})

    with FakeServer(refuse) as server, pytest.raises(EngineError, match=said):
        engine(server, tmp_path, concurrency=1).sample(requests(5))
    assert len(server.bodies) == 1


def test_a_request_that_the_server_cannot_take_fails_alone_and_is_never_an_answer(tmp_path: Path) -> None:
    def too_long(body: dict[str, Any]) -> dict[str, Any]:
        if body["messages"][0]["content"] == "question 1":
            raise Status(400, {"error": {"message": "context of 8 tokens"}})
        if body["messages"][0]["content"] == "question 2":
            return says("", "content_filter")
        return says("fine")

    with FakeServer(too_long) as server:
        samples = engine(server, tmp_path).sample(requests(4))
        assert [sample.text for sample in samples] == ["fine", "", "", "fine"]
        assert "context of 8 tokens" in samples[1].failure
        assert "filter" in samples[2].failure
        engine(server, tmp_path).sample(requests(4))
        assert len(server.bodies) == 6  # the two are asked anew: a failure is not kept


def test_a_server_that_is_gone_is_told_after_the_last_attempt(tmp_path: Path) -> None:
    with FakeServer() as server:
        url = server.url
    gone = ServerEngine("m", url, EngineConfig(attempts=2, longest_wait_seconds=0.01))
    with pytest.raises(EngineError, match="question 0: no answer in 2 attempts; the last one: connection"):
        AccountedEngine(gone, ledger(tmp_path), name="s").sample([requests(1)[0]._replace(name="question 0")])
    assert [(one.outcome, one.calls) for one in spent_by(tmp_path)] == [("connection", 2)]


def test_a_request_reaches_the_server_whole(tmp_path: Path) -> None:
    talk = (user("hi"), assistant("hello"), user("bye"))
    request = SampleRequest(
        talk, 2**40 + 3, 7, 0.5, prefill="So:", stop=("\n",), top_k=4, top_p=0.9, min_p=0.1
    )  # fmt: skip
    with FakeServer(lambda body: says(" long")) as server:
        [sample] = engine(server, tmp_path).sample([request])
        engine(server, tmp_path, prefill="ask").sample([request])
    assert sample.text == "long"  # without the space between the prefill and its first word
    sent, asked = server.bodies
    assert sent["messages"][-1] == {"role": "assistant", "content": "So:"}
    assert sent["continue_final_message"] and not sent["add_generation_prompt"]
    assert {key: sent[key] for key in ("max_tokens", "temperature", "seed", "stop", "top_k", "top_p", "min_p")} == {
        "max_tokens": 7, "temperature": 0.5, "seed": 3, "stop": ["\n"], "top_k": 4, "top_p": 0.9, "min_p": 0.1,
    }  # fmt: skip
    assert asked["messages"][-1]["content"].startswith("bye\n\nBegin your answer with exactly these words")


def test_a_begun_answer_that_a_server_repeats_is_cut_off(tmp_path: Path) -> None:
    with FakeServer(lambda body: says("So: it is")) as server:
        [sample] = engine(server, tmp_path, prefill="ask").sample(requests(1, prefill="So:"))
    assert sample.text == "it is"


def test_plain_text_is_gone_on_with(tmp_path: Path) -> None:
    def completion(body: dict[str, Any]) -> dict[str, Any]:
        assert body["prompt"] == "Once upon"
        return {"choices": [{"text": " a time", "finish_reason": "length"}], "usage": None}

    with FakeServer(completion) as server:
        [sample] = engine(server, tmp_path).sample([SampleRequest((), 1, prefill="Once upon")])
    assert (sample.text, sample.truncated) == (" a time", True)


def test_engines_of_two_servers_do_not_answer_for_each_other(tmp_path: Path) -> None:
    with FakeServer(lambda body: says("one")) as one, FakeServer(lambda body: says("two")) as two:
        assert engine(one, tmp_path).sample(requests(1))[0].text == "one"
        assert engine(two, tmp_path).sample(requests(1))[0].text == "two"


def test_more_calls_are_under_way_as_long_as_that_pays_and_never_more_than_allowed(tmp_path: Path) -> None:
    with FakeServer(latency=0.05) as server:
        engine(server, tmp_path, concurrency=64).sample(requests(600))
        assert 32 < server.most_open <= 64
        server.most_open = 0
        engine(server, tmp_path / "other", concurrency=3).sample(requests(20))
        assert server.most_open == 3


def test_a_command_on_a_server_needs_no_torch(tmp_path: Path) -> None:
    prompts, out = tmp_path / "prompts.jsonl", tmp_path / "out.jsonl"
    prompts.write_text('{"id": "1", "prompt": "hello"}\n')
    script = (
        "import sys; from solon.cli import status;"
        "code = status(sys.argv[1:]); heavy = {'torch', 'transformers', 'datasets'} & set(sys.modules);"
        "print(heavy or 'light', file=sys.stderr); sys.exit(code)"
    )
    with FakeServer(lambda body: says("hi there")) as server:
        told = subprocess.run(
            [sys.executable, "-c", script, "respond", str(prompts), "--engine", f"openai:m@{server.url}",
             "--out", str(out), "--json"],
            capture_output=True, text=True, cwd=tmp_path,
        )  # fmt: skip
    assert told.returncode == 0, told.stderr
    assert told.stderr.strip().endswith("light")
    assert json.loads(out.read_text())["response"] == "hi there"


class Words:
    """A server's model over words: (text so far) -> {token: probability}."""

    def __init__(self, table: dict[str, dict[str, float]]) -> None:
        self.table = table

    def __call__(self, body: dict[str, Any]) -> dict[str, Any]:
        text, content = "", []
        for _ in range(body["max_tokens"]):
            listed = sorted(self.table.get(text, {}).items(), key=lambda item: -item[1])[: body["top_logprobs"]]
            if not listed:
                break
            alternatives = [{"token": token, "logprob": math.log(p)} for token, p in listed]
            content.append({**alternatives[0], "top_logprobs": alternatives})
            text += listed[0][0]
        return says(text, logprobs={"content": content})


def options(reply: Reply, tmp_path: Path, *names: str, **config: Any) -> Any:
    with FakeServer(reply) as server:
        asked = SampledOptions(engine(server, tmp_path, **config), 10)
        [answer] = asked.option_logprobs([OptionRequest((user("which?"),), names or (" (A)", " (B)"))])
    return answer


def test_options_are_found_among_the_alternatives_of_each_token(tmp_path: Path) -> None:
    # p(A) = .9 * .7 + .05 (as "(A") + .02 (as "A"), p(B) = .9 * .2; "(" alone settles nothing
    table = {"": {"(": 0.9, "(A": 0.05, "A": 0.02, "Both": 0.01}, "(": {"A": 0.7, "B": 0.2, "C": 0.1}, "(A": {")": 1.0}}
    found = options(Words(table), tmp_path)
    assert [math.exp(value) for value in found.values] == pytest.approx([0.70, 0.18])
    assert (found.how, found.num_tokens, found.num_prompt_tokens) == ("", 5, 20)


def test_an_option_beyond_the_listed_alternatives_has_their_bound_and_not_zero(tmp_path: Path) -> None:
    table = {"": {"A": 0.6, "a": 0.3, "B": 0.1}}
    found = options(Words(table), tmp_path, top_logprobs=2)
    # only A and a are listed: B has at most the .3 of the last one
    assert [math.exp(value) for value in found.values] == pytest.approx([0.6, 0.3])
    assert "at most" in found.how and "(B)" in found.how


def test_an_answer_that_names_no_option_has_no_logprob(tmp_path: Path) -> None:
    found = options(Words({"": {"I": 0.9, "Sorry": 0.1}}), tmp_path)
    assert found.values == (-math.inf, -math.inf)
    assert "none of the options" in found.how


def test_a_longer_word_is_not_the_option_that_it_begins_with(tmp_path: Path) -> None:
    found = options(Words({"": {"Aardvark": 0.5, "A": 0.3, "B": 0.2}}), tmp_path)
    assert [math.exp(value) for value in found.values] == pytest.approx([0.3, 0.2])


@pytest.mark.parametrize("body", [[], {"choices": [{"logprobs": {"content": [{"top_logprobs": [{"id": 1}]}]}}]}])
def test_a_body_of_another_form_is_a_failed_attempt(tmp_path: Path, body: Any) -> None:
    with pytest.raises(EngineError, match="bad answer"):
        options(lambda _: body, tmp_path, attempts=2)


def test_what_a_broken_off_batch_left_under_way_does_not_burden_the_next(tmp_path: Path) -> None:
    def refuse(body: dict[str, Any]) -> dict[str, Any]:
        raise Status(401, {"error": {"message": "no"}})

    with FakeServer(refuse) as server:
        asked = engine(server, tmp_path, budget={"tokens": 100}, concurrency=4)
        with pytest.raises(EngineError):
            asked.sample(requests(4, max_new_tokens=10))  # all four reserved, none answered
        server.reply = digest_of_request
        assert len(asked.sample(requests(3, max_new_tokens=10))) == 3  # 75 of 100


def test_without_logprobs_samples_are_counted_and_said_so(tmp_path: Path) -> None:
    said = iter(["", *["(A)"] * 6, *["(B) is"] * 3, "neither"])
    found = options(lambda body: says(next(said)), tmp_path)
    # half a sample each: (6 + .5) / (10 + 1), (3 + .5) / 11
    assert [math.exp(value) for value in found.values] == pytest.approx([6.5 / 11, 3.5 / 11])
    assert found.how == "from 10 samples, of which 9 began with an option"


def test_only_one_request_finds_out_that_there_are_no_logprobs(tmp_path: Path) -> None:
    with FakeServer(lambda body: says("(B)")) as server:
        asked = SampledOptions(engine(server, tmp_path), 2)
        found = asked.option_logprobs([OptionRequest((user(f"q {i}"),), (" (A)", " (B)")) for i in range(3)])
        assert len(server.bodies) == 1 + 3 * 2
    assert all(one.values[1] > one.values[0] for one in found)


class Interrupting:
    """A feed during whose third answer somebody presses Ctrl-C."""

    def __init__(self) -> None:
        self.waiting: Iterator[tuple[int, Request]] = iter(enumerate(requests(10)))
        self.told: list[Attempt] = []

    def take(self) -> tuple[int, Request] | None:
        return next(self.waiting, None)

    def tell(self, attempt: Attempt) -> None:
        self.told.append(attempt)
        if len(self.told) == 3:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


def test_an_interrupt_ends_a_batch_and_the_engine_can_be_asked_again(tmp_path: Path) -> None:
    with FakeServer(latency=0.05) as server:
        inner = ServerEngine("m", server.url, EngineConfig(concurrency=1))
        with pytest.raises(KeyboardInterrupt):
            inner.run(Interrupting())
        assert len(server.bodies) < 6
        assert len(AccountedEngine(inner, ledger(tmp_path), name="s").sample(requests(4))) == 4
