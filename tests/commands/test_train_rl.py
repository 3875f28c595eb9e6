"""`solon train ppo | grpo | rloo` on a tiny model with random weights."""

import json
from pathlib import Path
from typing import Any

import pytest

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


@pytest.mark.parametrize(
    ("more", "rewards", "told"),
    [
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
