"""All ten stages, as `solon run` takes them: models of four shapes, and files with Chinese in them.

The models are random and the budgets a handful of rows, so nothing here says how good a policy becomes.
"""
# ruff: noqa: RUF001 (Chinese punctuation)

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch
from pyarrow import parquet
from safetensors.torch import load_file
from tests.fake_server import FakeServer, says
from transformers import AutoModelForCausalLM, AutoTokenizer
from typer.testing import CliRunner

from solon import cli
from solon.critiques import revision_pairs
from solon.data import QuarantineWriter, read_demonstrations
from solon.interfaces import PromptResponse
from solon.launch import launch
from solon.models.language_model import LanguageModel
from solon.models.scalar_model import ScalarModel
from solon.models.tiny import Kind
from solon.records import Prompt, Revision, user
from solon.reward.score import RewardModelScorer
from solon.sections import STAGES
from solon.store.records import read_records

from .chain_inputs import ANSWERS, HELPFUL, KINDS, RED_TEAM, UNUSABLE, Lines, contents, write_inputs

POLICIES = ("base", "mid", "sft", "helpful_rlhf", "sl_cai", "rl_cai")
REWARD_MODELS = ("helpful_reward", "preference_model")
VARIANTS: Mapping[Kind, tuple[str, ...]] = {
    "gpt2": ("base.documents=3",),
    "llama": (),
    "qwen2": ("sl_cai.replay_documents=2", "helpful_rlhf.ptx_coef=1", "helpful_rlhf.ptx_demonstrations=4"),
    "qwen3": (
        "ai_feedback.chain_of_thought=true", "ai_feedback.reasoning_tokens=4", "ai_feedback.rival_share=0.5",
        *(f"{stage}.lora.rank=2" for stage in ("sft", "helpful_reward", "helpful_rlhf", "rl_cai")),
    ),
}  # fmt: skip
"""What each kind's run does beside the recipe."""


class Run(NamedTuple):
    kind: Kind
    inputs: Path
    path: Path

    def stage(self, name: str) -> Path:
        return self.path / f"{STAGES.index(name) + 1}-{name}"


@pytest.fixture(scope="module", params=KINDS)
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A finished run on files, from a model of each kind; Llama's through the command line."""
    kind: Kind = request.param
    folder = tmp_path_factory.mktemp(kind)
    recipe = write_inputs(folder, kind)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOLON_CACHE", str(folder / "cache"))
        if kind == "llama":
            done = CliRunner().invoke(cli.app, ["run", str(recipe), "--to", str(folder / "run"), "--json"])
            assert done.exit_code == 0, done.output
            assert json.loads(done.stdout)["run"] == str(folder / "run")
        else:
            launch(recipe, to=folder / "run", overrides=VARIANTS[kind])
        yield Run(kind, folder, folder / "run")


def rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_every_stage_is_there_and_has_its_figures(run: Run) -> None:
    assert all((run.stage(name) / "manifest.json").is_file() for name in STAGES)
    told = json.loads((run.path / "metrics.json").read_text())["stages"]
    assert tuple(told) == STAGES
    assert all("elo_proxy" in told[name]["metrics"] for name in POLICIES)
    assert all(told[name]["metrics"]["accuracy"]["n"] > 0 for name in REWARD_MODELS)


def test_every_call_of_an_engine_stands_in_the_run_s_ledger(run: Run) -> None:
    revisions = rows(run.stage("revisions") / "revisions.jsonl")
    calls = parquet.read_table(run.path / "ledger" / "revisions.parquet").to_pylist()
    asked = [one for one in calls if one["kind"] == "sample" and one["outcome"] in ("done", "reused")]
    # a first answer for each prompt; a critique for each round, and a revision unless it found nothing
    prompts = {one["prompt"]["id"] for one in revisions}
    rounds = [one for one in revisions if one["round"]]
    assert len(prompts) + len(rounds) <= len(asked) <= len(prompts) + 2 * len(rounds)
    assert all(one["num_prompt_tokens"] and one["answer"] for one in calls if one["outcome"] == "done")
    for name in POLICIES:
        assert (run.path / "ledger" / f"{name}.parquet").is_file()  # its test asks it


def test_every_policy_loads_in_transformers_with_its_shape_and_its_prompts(run: Run) -> None:
    messages = [{"role": "user", "content": HELPFUL["a1"]}]
    for name in POLICIES:
        folder = run.stage(name) / "model"
        model, tokenizer = AutoModelForCausalLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
        assert model.config.model_type == run.kind
        assert model.config.vocab_size >= len(tokenizer)
        given = tokenizer.apply_chat_template(
            messages, add_generation_prompt=True, enable_thinking=False, return_dict=False
        )
        ids = LanguageModel.load(folder).template.prompt_ids([user(HELPFUL["a1"])])
        assert given == ids
        assert HELPFUL["a1"] in tokenizer.decode(ids)


def test_every_training_changes_the_weights(run: Run) -> None:
    hashes = {contents(run.stage(name) / "model")["model.safetensors"] for name in (*POLICIES, *REWARD_MODELS)}
    assert len(hashes) == len(POLICIES) + len(REWARD_MODELS)


def test_every_reward_model_loads_and_tells_two_chinese_answers_apart(run: Run) -> None:
    prompt = Prompt(id="tea", messages=(user(HELPFUL["a2"]),))
    for name in REWARD_MODELS:
        folder = run.stage(name) / "model"
        assert ScalarModel.load(folder).model.config.model_type == run.kind
        good, bad = RewardModelScorer.load(str(folder))(
            [PromptResponse(prompt, ANSWERS[HELPFUL["a2"]]), PromptResponse(prompt, "不知道。")]
        )
        assert good != bad


def test_loss_falls_on_a_chinese_answer_and_its_end_alone(run: Run) -> None:
    template = LanguageModel.load(run.stage("sft") / "model").template
    tokenizer = AutoTokenizer.from_pretrained(run.stage("sft") / "model")
    end = str(tokenizer.convert_ids_to_tokens(template.end_id))
    demonstrations = read_demonstrations(run.inputs / "demonstrations.jsonl", QuarantineWriter(None))
    assert [one.messages[-1].content for one in demonstrations] == list(ANSWERS.values())
    for one, answer in zip(demonstrations, ANSWERS.values(), strict=True):
        ids, weights = template.render(one)
        trained = [place for place, weight in enumerate(weights) if weight]
        assert {weights[place] for place in trained} == {1.0}
        assert trained == list(range(trained[0], trained[-1] + 1))
        assert tokenizer.decode([ids[place] for place in trained]) == answer + end
        before = tokenizer.decode(ids[: trained[0]])
        assert one.messages[0].content in before and answer not in before


def test_chinese_text_is_unharmed_in_records_and_report(run: Run) -> None:
    given = {*HELPFUL.values(), *RED_TEAM.values(), *ANSWERS}
    asked = {
        turn["content"]
        for file in run.path.rglob("*.jsonl")
        for row in rows(file)
        for holder in (row, row.get("comparison", {}))
        for turn in holder.get("prompt", {}).get("messages", [])
    }
    assert asked <= given and {HELPFUL["a1"], HELPFUL["a3"], RED_TEAM["a2"], "长江有多长？"} <= asked
    ranked = {text for row in rows(run.stage("helpful_reward") / "rankings.jsonl") for text in row["responses"]}
    assert ranked >= {"不知道。", "我不帮这个忙。", ANSWERS["长江有多长？"]}
    compared = {row["prompt"]["messages"][0]["content"] for row in rows(run.stage("ai_feedback") / "comparisons.jsonl")}
    assert compared == {RED_TEAM["a2"], RED_TEAM["a3"], RED_TEAM["b3"]}  # the others are held out
    revised = rows(run.stage("revisions") / "revisions.jsonl")
    judged = rows(run.stage("ai_feedback") / "preferences.jsonl")
    assert {row["principle_id"] for row in (*revised, *judged) if "principle_id" in row} == {"harmless", "诚实"}
    page = (run.path / "report.html").read_text(encoding="utf-8")
    assert HELPFUL["a1"] in page and RED_TEAM["a1"] in page


def test_a_row_that_cannot_be_used_is_told_with_its_place(run: Run) -> None:
    told = {(row["line"], row["reason"], row["row"]["instruction"]) for row in rows(run.path / "quarantine.jsonl")}
    assert told == {(1, "it asks and holds no answer, so there is nothing to imitate", UNUSABLE)}


@pytest.mark.parametrize("run", ["qwen3"], indirect=True)
def test_stages_with_lora_leave_an_adapter_beside_a_model_whose_words_have_not_moved(run: Run) -> None:
    assert {path.parent.name for path in run.path.glob("*/adapter")} == {
        "3-sft", "4-helpful_reward", "5-helpful_rlhf", "10-rl_cai",
    }  # fmt: skip
    for name, start in (("sft", "mid"), ("helpful_reward", "sft"), ("helpful_rlhf", "sft"), ("rl_cai", "sl_cai")):
        ours, theirs = (load_file(run.stage(one) / "model" / "model.safetensors") for one in (name, start))
        moved = {key for key, value in ours.items() if key in theirs and not torch.equal(value, theirs[key])}
        assert moved and all("_proj" in key for key in moved), name


@pytest.mark.parametrize("run", ["llama"], indirect=True)  # nothing in it depends on the kind
def test_a_second_launch_keeps_every_stage(run: Run) -> None:
    before, progress = contents(run.path), Lines()
    launch(run.inputs / "recipe.yaml", to=run.path, overrides=VARIANTS[run.kind], progress=progress)
    assert [line for line in progress.said if line[0].isdigit()] == [
        f"{number}-{name}: kept" for number, name in enumerate(STAGES, 1)
    ]
    assert contents(run.path) == before


def revising(body: dict[str, Any]) -> dict[str, Any]:
    """A server's model that gives a short answer, and a better one when it is asked to rewrite it."""
    return says("better" if "Rewrite it" in body["messages"][-1]["content"] else "good")


def test_a_recipe_may_learn_from_pairs_of_answer_and_revision(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOLON_CACHE", str(run.inputs / "cache"))
    stages = "stages=[base, mid, sft, helpful_reward, helpful_rlhf, revisions, revision_dpo]"
    to, given = run.inputs / "pairs", [*VARIANTS[run.kind], stages, "revision_dpo.held_out_share=0"]
    with FakeServer(revising) as server:
        roles = [f"roles.{role}=openai:m@{server.url}" for role in ("responder", "critic", "reviser")]
        launch(run.inputs / "recipe.yaml", to=to, overrides=[*given, *roles])
    # random models of the first stages end no answer, and what breaks off is no pair; those of the server are whole
    pairs = revision_pairs(read_records(to / "6-revisions" / "revisions.jsonl", Revision))
    assert {(one.comparison.response_a, one.comparison.response_b) for one in pairs} == {("better", "good")}
    trained = contents(to / "7-revision_dpo" / "model")
    assert trained["model.safetensors"] != contents(to / "5-helpful_rlhf" / "model")["model.safetensors"]
    assert "elo_proxy" not in json.loads((to / "metrics.json").read_text())["stages"]["revision_dpo"]["metrics"]
    assert (to / "7-revision_dpo" / "evaluation" / "samples.jsonl").is_file()


def judging(body: dict[str, Any]) -> dict[str, Any]:
    """A server's model that always likes what stands first, and criticises and revises in a word."""
    if body.get("logprobs"):
        listed = [{"token": " (A", "logprob": -0.1}, {"token": " (B", "logprob": -2.4}]
        return says(" (A", logprobs={"content": [{**listed[0], "top_logprobs": listed}]})
    return says("better")


def test_a_server_may_be_critic_reviser_and_judge(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOLON_CACHE", str(run.inputs / "cache"))
    with FakeServer(judging) as server:
        address = f"openai:m@{server.url}"
        roles = [f"roles.{role}={address}" for role in ("critic", "reviser", "judge")]
        prices = ["engines.price.million_tokens=1000000"]
        to = run.inputs / "served"
        launch(run.inputs / "recipe.yaml", to=to, overrides=[*roles, *prices, "gates=record"], until="ai_feedback")
        assert server.bodies
    revisions = rows(next(to.glob("*-revisions")) / "revisions.jsonl")
    assert {one["text"] for one in revisions if one.get("changed")} == {"better"}
    preferences = rows(next(to.glob("*-ai_feedback")) / "preferences.jsonl")
    # always the first: the orders cancel
    assert {one["prob_a"] for one in preferences} == {0.5}
    assert {one["source"] for one in preferences} == {address}
    calls = parquet.read_table(to / "ledger" / "ai_feedback.parquet").to_pylist()
    assert {one["price"] for one in calls if one["engine"] == address} == {5.0}  # five tokens written
