"""`solon train ppo | grpo | rloo` on a tiny model with random weights."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.fake_server import FakeServer, says

from solon import cli
from solon.interfaces import PromptResponse
from solon.models.scalar_model import ScalarModel
from solon.records import Prompt, user
from solon.reward.score import RewardModelScorer
from solon.sections import ModelSettings
from solon.stages.opening import fresh_model

KINDS = pytest.mark.parametrize("kind", ["ppo", "grpo", "rloo"])
SMALL = {"num_steps": 2, "prompts_per_step": 2, "samples_per_prompt": 2, "minibatch_responses": 4, "max_new_tokens": 3,
         "truncation_penalty": 0}  # fmt: skip


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = ModelSettings(vocab_size=300, width=16, layers=1, heads=2, context_tokens=64)
    model = fresh_model(settings, ["how are you today? i am well, thank you."] * 3, seed=1)
    model.save(Path("model"))
    for seed in (1, 2):
        ScalarModel.from_policy(model, seed).save(Path(f"reward{seed}"))
    Path("prompts.jsonl").write_text("".join(json.dumps({"id": f"{n}", "prompt": f"well {n}?"}) + "\n" for n in "abc"))
    Path("shown.jsonl").write_text(json.dumps({"prompt": "how are you?", "response": "i am well"}) + "\n")


def train(kind: str, *more: object, out: str = "o", rewards: tuple[str, ...] = ("reward1",)) -> int:
    settings = SMALL | ({"value_warmup_steps": 0} if kind == "ppo" else {})
    told = ["train", kind, "--start", "hf:model", "--data", "prompts.jsonl", "--out", out]
    told += [part for one in rewards for part in ("--reward", f"hf:{one}")]
    told += [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]
    return cli.status([*told, *map(str, more)])


def lines(file: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(file).read_text().splitlines()]


@KINDS
def test_a_policy_is_trained_once_and_another_training_is_refused(
    kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(kind, "--json") == 0
    assert json.loads(capsys.readouterr().out) == {
        "out": "o/model", "training": "new", "rows_in": 3, "rows_used": 3, "quarantined": 0,
    }  # fmt: skip
    weights = Path("o/model/model.safetensors").read_bytes()
    assert weights != Path("model/model.safetensors").read_bytes()
    assert len(lines("o/metrics.jsonl")) == 2 and len(lines("o/rollouts.jsonl")) == 8
    assert train(kind, "--json") == 0
    assert json.loads(capsys.readouterr().out)["training"] == "finished already"
    assert Path("o/model/model.safetensors").read_bytes() == weights
    assert train(kind, "--reference", "hf:o/model", "--set", "kl_coef=0.5") == 1
    told = capsys.readouterr().err
    assert "reference (hf:model before, hf:o/model now)" in told and "kl_coef" in told


@KINDS
def test_rows_to_imitate_are_imitated(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert train(kind, "--ptx", "shown.jsonl") == 0
    assert all(step["ptx_loss"] > 0 for step in lines("o/metrics.jsonl"))
    assert json.loads(Path("o/training.json").read_text())["settings"]["ptx_coef"] == 1.0
    assert train(kind, "--ptx", "shown.jsonl", "--set", "ptx_coef=0", out="p") == 1
    assert "leaves nothing for --ptx shown.jsonl to do" in capsys.readouterr().err


@KINDS
def test_several_rewards_are_one(kind: str) -> None:
    assert train(kind, "--combine", "uncertain", rewards=("reward1", "reward2")) == 0
    pairs = [
        PromptResponse(Prompt(id="", messages=(user(f"well {row['prompt_id']}?"),)), row["response"])
        for row in lines("o/rollouts.jsonl")
    ]
    by_model = [RewardModelScorer.load(f"reward{seed}")(pairs) for seed in (1, 2)]
    # of two numbers the variance is the square of half their distance; the coefficient is 0.1 unless given
    expected = [(one + other) / 2 - 0.1 * ((one - other) / 2) ** 2 for one, other in zip(*by_model, strict=True)]
    assert [row["rewards"]["reward"] for row in lines("o/rollouts.jsonl")] == pytest.approx(expected, abs=1e-5)


def likes_long_answers(body: dict[str, Any]) -> dict[str, Any]:
    """A judge that gives a log-probability of each score: 9 to whoever writes more than a letter, else 1."""
    said = body["messages"][0]["content"].partition("Response: ")[2].partition("\n\nHow well")[0]
    token = "9" if len(said) > 1 else "1"
    alternatives = [{"token": token, "logprob": 0.0}] + [
        {"token": str(number), "logprob": -60.0} for number in range(1, 10) if str(number) != token
    ]
    return says(token, logprobs={"content": [{"token": token, "logprob": 0.0, "top_logprobs": alternatives}]})


def judged(server: FakeServer) -> tuple[str, ...]:
    entries = "{id: long, text: Be long., comparison: x}, {id: kind, text: Be kind., comparison: y}"
    Path("c.yaml").write_text(f"{{id: c, version: 1, principles: [{entries}]}}")
    return ("--judge", f"openai:m@{server.url}", "--constitution", "c.yaml")


def test_a_judge_under_a_constitution_is_a_reward_without_any_model(capsys: pytest.CaptureFixture[str]) -> None:
    with FakeServer(likes_long_answers) as server:
        assert train("ppo", *judged(server), rewards=()) == 0
        asked = len(server.bodies)
        assert "- Be long.\n- Be kind." in server.bodies[0]["messages"][0]["content"]
        for row in lines("o/rollouts.jsonl"):
            assert row["rewards"] == {"judge": pytest.approx(1 if len(row["response"]) > 1 else -1)}
        assert train("ppo", *judged(server), "--judge-coef", 2, rewards=()) == 1
        assert train("ppo", *judged(server), rewards=(), out="again") == 0
        assert len(server.bodies) == asked  # every call is in the ledger
    assert "judge_coef (1.0 before, 2.0 now)" in capsys.readouterr().err


def test_a_judge_stands_beside_a_reward_model_with_its_weight() -> None:
    with FakeServer(likes_long_answers) as server:
        assert train("grpo", *judged(server), "--judge-coef", 0.5, "--principles", 1) == 0
        one_principle = server.bodies[0]["messages"][0]["content"]
    assert ("Be long." in one_principle) != ("Be kind." in one_principle)
    first, rollouts = lines("o/metrics.jsonl")[0], [row["rewards"] for row in lines("o/rollouts.jsonl")[:4]]
    assert all(set(row) == {"reward", "judge"} for row in rollouts)
    assert first["reward"] == pytest.approx(sum(row["reward"] + 0.5 * row["judge"] for row in rollouts) / 4)


def test_a_judge_without_a_score_stops_the_training_unless_a_reward_stands_in_for_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lost = {"token": "a", "logprob": 0.0, "top_logprobs": [{"token": "I", "logprob": -9.0}]}
    with FakeServer(lambda body: says("a", logprobs={"content": [lost]})) as server:
        assert train("grpo", *judged(server), rewards=()) == 1
        assert "the judge gave no score to an answer to prompt" in capsys.readouterr().err
        assert train("grpo", *judged(server), "--unscored-reward", -0.25, "--json", rewards=(), out="p") == 0
    assert [row["rewards"]["judge"] for row in lines("p/rollouts.jsonl")] == [-0.25] * 8
    assert json.loads(capsys.readouterr().out)["unscored"] == len(lines("p/unscored.jsonl")) == 8
    assert "none of the options" in lines("p/unscored.jsonl")[0]["reason"]


@pytest.mark.parametrize(
    ("more", "rewards", "told"),
    [
        ([], (), "nothing tells a good answer: give --reward, or --judge and --constitution"),
        (["--judge", "openai:m@http://x"], ("reward1",), "--judge and --constitution go together"),
        (["--constitution", "agora"], ("reward1",), "--judge and --constitution go together"),
        (["--judge-coef", 2], ("reward1",), "--judge and --constitution go together"),
        (["--combine", "worst"], ("reward1",), "--combine worst needs several rewards"),
        (["--uncertainty-coef", 0.5], ("reward1", "reward2"), "--uncertainty-coef is of --combine uncertain"),
    ],
)
def test_options_without_effect_are_refused(
    more: list[object], rewards: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train("grpo", *more, rewards=rewards) == 1
    assert told in capsys.readouterr().err
    assert not Path("o").exists()


def test_the_coefficient_of_uncertainty_reaches_the_reward() -> None:
    for out, coef in (("none", 0), ("much", 100)):
        more = ["--combine", "uncertain", "--uncertainty-coef", coef]
        assert train("rloo", *more, out=out, rewards=("reward1", "reward2")) == 0
    assert lines("much/metrics.jsonl")[0]["reward"] < lines("none/metrics.jsonl")[0]["reward"] - 1e-3


def test_groups_of_responses_that_leave_a_rest_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert train("grpo", "--set", "minibatch_responses=3") == 1
    assert "minibatch_responses=3 does not divide" in capsys.readouterr().err
