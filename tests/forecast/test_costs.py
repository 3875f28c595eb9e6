"""What `solon cost RECIPE` tells before a run, beside what the ledger tells after it."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.chain_inputs import write_inputs
from tests.fake_server import FakeServer, says
from transformers import AutoTokenizer

from solon.cli import status
from solon.forecast.asking import Asked, Asking
from solon.forecast.chain import Chain
from solon.forecast.costs import call_costs
from solon.forecast.forecast import forecast
from solon.forecast.hardware import Hardware
from solon.forecast.run import forecast_costs
from solon.forecast.steps import Step
from solon.forecast.texts import Prompts, Texts, shape_of
from solon.forecast.tracking import Work
from solon.launch import launch
from solon.pipeline import open_source
from solon.recipe import Recipe, load_recipe
from solon.store.ledger import ledger_path, spending

SERVER = "openai:m@http://127.0.0.1:9/v1"
CPU = Hardware("cpu", 1e9, {"float32": 1e9}, 1e9, 1e-6, 1e8, is_gpu=False)
FACTOR = 2.0
"""Within which the forecast's tokens are those of the ledger below."""


def small(**sections: object) -> Recipe:
    model = {"width": 32, "layers": 2, "heads": 2, "vocab_size": 300, "context_tokens": 256}
    return Recipe.model_validate({"model": model, "few_shots": False, **sections})


def asked(recipe: Recipe, stage: str) -> list[Asked]:
    source = open_source(recipe)
    return Asking(recipe, Texts(recipe, source, shape_of(recipe, source, pads=False))).of(stage)


@pytest.fixture(scope="module")
def server_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Recipe, Path]]:
    """A finished run whose every role is a server's; it counts tokens as the recipe's own model does."""
    tmp_path = tmp_path_factory.mktemp("served")
    recipe = write_inputs(tmp_path, "qwen2")
    tokenizer: Any = AutoTokenizer.from_pretrained(tmp_path / "model")

    def reply(body: dict[str, Any]) -> dict[str, Any]:
        text = "答" if body.get("logprobs") else f"{body['seed'] % 1000}"
        listed = [{"token": "A", "logprob": -0.1}, {"token": "B", "logprob": -2.5}]
        told = {"content": [{**listed[0], "top_logprobs": listed}]} if body.get("logprobs") else None
        read = tokenizer.apply_chat_template(body["messages"], add_generation_prompt=True)["input_ids"]
        counts = {"prompt_tokens": len(read), "completion_tokens": len(tokenizer(text)["input_ids"])}
        return {**says(text, logprobs=told), "usage": counts}

    with FakeServer(reply) as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOLON_CACHE", str(tmp_path / "cache"))
        address = f"openai:m@{server.url}"
        roles = ("responder", "critic", "reviser", "feedback_responder", "judge")
        chosen = ["stages=[base, revisions, ai_feedback]", *(f"roles.{role}={address}" for role in roles)]
        chosen += ["engines.price={million_prompt_tokens: 1000, million_tokens: 2000}"]
        launch(recipe, to=tmp_path / "run", overrides=chosen)
        yield load_recipe(recipe, chosen), tmp_path / "run"


def test_the_forecast_has_the_calls_of_the_run_and_its_tokens_within_a_factor(
    server_run: tuple[Recipe, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe, run = server_run
    monkeypatch.setenv("SOLON_CACHE", str(run.parent / "cache"))
    found = forecast_costs(recipe, None).calls
    calls: Counter[tuple[str, str, str]] = Counter()
    for one in found:
        calls[one.stage, one.engine, one.kind] += one.calls
    spent = list(spending(ledger_path(), str(run)))
    assert calls == {(one.stage, one.engine, one.kind): one.calls for one in spent}
    assert {one.outcome for one in spent} == {"done"}
    for stage in ("base", "revisions", "ai_feedback"):
        read = sum(one.num_prompt_tokens for one in spent if one.stage == stage)
        expected = sum(one.read_tokens for one in found if one.stage == stage)
        assert read / FACTOR <= expected <= read * FACTOR
        assert sum(one.num_tokens for one in spent if one.stage == stage) <= sum(
            one.most_written_tokens for one in found if one.stage == stage
        )
        assert expected <= sum(one.most_read_tokens for one in found if one.stage == stage)
    money = sum(one.price for one in spent)
    assert money / FACTOR <= sum(one.money for one in found) <= money * FACTOR
    assert money <= sum(one.most_money for one in found)


def test_critiques_that_find_nothing_make_the_revisions_a_bound() -> None:
    found = asked(small(stages=["revisions"], revisions={"prompts": 6, "rounds": 3}), "revisions")
    assert [(one.role, one.calls, one.exact) for one in found if one.what[:5] != "admit"] == [
        ("responder", 6, True), ("critic", 18, True), ("reviser", 18, False)
    ]  # fmt: skip


def test_the_most_that_is_read_has_every_sampled_text_as_long_as_it_may_be() -> None:
    recipe = small(stages=["revisions"], revisions={"prompts": 6, "rounds": 3, "max_new_tokens": 10})
    found = {one.role: one for one in asked(recipe, "revisions") if one.what[:5] != "admit"}
    # a critic reads an answer of 10 tokens beside its prompts, a reviser an answer and a critique
    for role, sampled in (("responder", 0), ("critic", 10), ("reviser", 20)):
        own = found[role].prompts.mean_tokens
        assert found[role].most_read_tokens == pytest.approx(found[role].calls * (own + sampled))


def test_without_critiques_there_is_no_critic_to_pay() -> None:
    found = asked(small(stages=["revisions"], revisions={"prompts": 6, "rounds": 3, "critique": False}), "revisions")
    assert [(one.role, one.calls, one.exact) for one in found if one.what[:5] != "admit"] == [
        ("responder", 6, True), ("reviser", 18, True)
    ]  # fmt: skip


def test_a_judge_is_asked_in_every_order_about_every_question_after_every_reasoning() -> None:
    section = {"prompts": 5, "pairs_per_prompt": 2, "queries": 3, "chain_of_thought": True, "samples": 2,
               "rival_share": 0.5}  # fmt: skip
    found = asked(small(stages=["ai_feedback"], ai_feedback=section), "ai_feedback")
    # 5 prompts * 2 pairs * 3 questions * 2 orders * 2 reasonings
    assert [(one.role, one.kind, one.calls) for one in found if one.what[:5] != "admit"] == [
        ("feedback_responder", "sample", 20), ("feedback_rival", "sample", 10), ("judge", "sample", 120),
        ("judge", "options", 120),
    ]  # fmt: skip


def test_an_audit_asks_about_each_pair_in_both_orders_and_once_more_with_something_planted() -> None:
    evaluation = {"judge_audit": ["one.jsonl", "two.jsonl"], "judge_audit_cases": 30}
    (audit,) = [one for one in asked(small(evaluation=evaluation), "ai_feedback") if one.what.startswith("audit")]
    assert (audit.calls, audit.exact, audit.kind) == (2 * 30 * 2 * 2, False, "options")
    assert not [one for one in asked(small(), "ai_feedback") if one.what.startswith("audit")]


def test_what_a_server_answers_is_no_work_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    step = Step(Work(Counter(), 100), 50)
    monkeypatch.setattr("solon.forecast.phases.sampling_steps", lambda *_: (step, step))
    made = small(stages=["revisions"], revisions={"prompts": 4}, roles={"critic": SERVER, "reviser": SERVER})
    source = open_source(made)
    shape = shape_of(made, source, pads=False)
    found = forecast(made, shape, Texts(made, source, shape), CPU)
    own = Chain(made, shape, Texts(made, source, shape)).phases("revisions")
    assert {phase.name.split(":")[0] for phase in own} == {"answer"}
    assert any("calls of openai:m@http://127.0.0.1:9/v1 are no work of this device" in one for one in found.notes)


def test_calls_of_one_role_are_added_up_at_the_price_of_its_engine() -> None:
    price = {"prices": {SERVER: {"million_prompt_tokens": 1.0, "million_tokens": 10.0}}}
    first = Asked("admit: judge", "judge", SERVER, 10, True, Prompts([[1] * 100]), 20.0, 50)
    (found,) = call_costs("s", [first, first._replace(what="judge", exact=False)], small(engines=price).engines)
    # 20 calls read 100 and write 20: (2,000 + 400 * 10) / 1e6; at most 50 of them: (2,000 + 1,000 * 10) / 1e6
    assert (found.calls, found.exact, found.read_tokens, found.written_tokens) == (20, False, 2000, 400)
    assert [found.money, found.most_money] == pytest.approx([0.006, 0.012])


def test_the_command_tells_a_recipe_before_and_a_run_after(
    server_run: tuple[Recipe, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe, run = server_run
    monkeypatch.setenv("SOLON_CACHE", str(run.parent / "cache"))
    assert status(["cost", str(run), "--json"]) == 0
    after = json.loads(capsys.readouterr().out)
    stages = "stages=[base, revisions, ai_feedback]"
    given = ["--set", stages, "--set", f"roles={recipe.roles.model_dump_json()}"]
    assert status(["cost", str(run.parent / "recipe.yaml"), "--json", *given]) == 0
    before = json.loads(capsys.readouterr().out)
    assert before["calls"]["calls"] == after["calls"]
    assert [row["row"] for row in before["table"]] == ["base", "SFT", "pairwise", "RL", "evaluation"]
    assert all(row["compute"] is None for row in before["table"])


def test_options_of_a_forecast_are_refused_for_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert status(["cost", str(tmp_path), "--price", "compute_hour=1"]) == 1
    assert "is no recipe" in capsys.readouterr().err
