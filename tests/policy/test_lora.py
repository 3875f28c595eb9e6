"""Every trainer of a policy with adapters: what is trained, what is shared, what is kept."""

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch
from torch import Tensor

from solon.models.language_model import LanguageModel
from solon.models.lora import add_adapters
from solon.models.lora_settings import LoraSettings
from solon.models.scalar_model import ScalarModel
from solon.models.template import Tokens
from solon.policy.config import SFTConfig
from solon.policy.direct_preference import train_direct_preference
from solon.policy.groups import train_groups
from solon.policy.grpo import grpo_method
from solon.policy.ppo import PPOStage, train_ppo
from solon.policy.preference_config import DirectPreferenceConfig
from solon.policy.rl_config import GRPOConfig, PPOConfig, RLOOConfig
from solon.policy.rloo import rloo_method
from solon.policy.rows import render_rows
from solon.policy.sft import train_sft
from solon.policy.value_model import initial_value_model
from solon.progress import Silent
from solon.records import Comparison, Demonstration, Preference, Prompt, assistant, user
from solon.reward.score import RewardModelScorer
from solon.training.batches import pad_batch
from solon.training.checkpoints import load_newest
from solon.training.supervised import supervised_loss

from .letters import starts_with_letter

NewPolicy = Callable[[int], LanguageModel]
LORA = LoraSettings(rank=2, alpha=4)
SHAPE = {"num_steps": 3, "prompts_per_step": 2, "samples_per_prompt": 4, "minibatch_responses": 4, "epochs": 2,
         "max_new_tokens": 4, "peak_lr": 3e-2, "checkpoint_every": 2, "kl_coef": 0.1, "lora": LORA}  # fmt: skip
PPO = PPOConfig.model_validate(SHAPE | {"value_warmup_steps": 0, "value_lr": 3e-2})
DEMONSTRATIONS = [
    Demonstration(id=f"d{i}", messages=(user(f"the {word}"), assistant(f"a {word} sat here")), source="test")
    for i, word in enumerate(["red dog", "cat", "blue cat ran", "dog"])
]
SFT = SFTConfig(tokens_per_batch=64, epochs=6, peak_lr=2e-2, checkpoint_every=2, lora=LORA)
PAIRS = [
    Preference(
        comparison=Comparison(
            id=f"c{i}", prompt=Prompt(id=f"p{i}", messages=(user(f"{'the ' * (i % 4)}dog {i}"),)),
            response_a="a cat", response_b="a dog",
        ),
        prob_a=1.0,
        source="ann",
    )
    for i in range(24)
]  # fmt: skip
DPO = DirectPreferenceConfig(prompts_per_step=8, epochs=3, peak_lr=3e-2, checkpoint_every=4, lora=LORA)


class Trained(NamedTuple):
    policy: LanguageModel
    reference: LanguageModel
    metrics: list[dict[str, float]]


def logits(model: Any) -> Tensor:
    with torch.no_grad():
        found: Tensor = model(input_ids=torch.tensor([[7, 9, 11, 13, 8, 40]])).logits
    return found


def metrics_of(folder: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def imitate(new_policy: NewPolicy, folder: Path, progress: Silent | None = None) -> LanguageModel:
    policy = new_policy(0)
    train_sft(policy, DEMONSTRATIONS, SFT, folder=folder, seed=5, progress=progress or Silent())
    return policy


def prefer(new_policy: NewPolicy, folder: Path, progress: Silent | None = None) -> LanguageModel:
    policy = new_policy(0)
    train_direct_preference(policy, [], PAIRS, DPO, folder=folder, seed=5, progress=progress or Silent())
    return policy


def raise_reward(
    method: str, new_policy: NewPolicy, prompts: list[Prompt], folder: Path, *, twin: bool = True,
    progress: Silent | None = None,
) -> Trained:  # fmt: skip
    policy = new_policy(0)
    reference = policy.twin() if twin else new_policy(0)
    given: dict[str, Any] = {"rewards": {"letter": (starts_with_letter, 1.0)}, "prompts": prompts, "folder": folder,
                             "seed": 3, "progress": progress or Silent()}  # fmt: skip
    if method == "ppo":
        train_ppo(policy, reference, initial_value_model(policy, None, share=True), config=PPO, **given)
    elif method == "grpo":
        grpo = GRPOConfig.model_validate(SHAPE)
        train_groups(policy, reference, config=grpo, method=grpo_method(grpo), **given)
    else:
        rloo = RLOOConfig.model_validate(SHAPE)
        train_groups(policy, reference, config=rloo, method=rloo_method(rloo), **given)
    return Trained(policy, reference, metrics_of(folder))


RL = pytest.mark.parametrize("method", ["ppo", "grpo", "rloo"])


def peft_twin(policy: LanguageModel, start: LanguageModel) -> Any:
    """peft's own model on `start`, with the adapters that `policy` has."""
    from peft import LoraConfig, get_peft_model

    with warnings.catch_warnings():  # of peft, which asks transformers for a name that is going away
        warnings.filterwarnings("ignore", message=".*is_gradient_checkpointing")
        theirs: Any = get_peft_model(start.model, LoraConfig(r=2, lora_alpha=4, target_modules="all-linear"))
    with torch.no_grad():
        for name, ours in policy.model.named_parameters():
            if ".lora_" in name:
                theirs.get_parameter(f"base_model.model.{name}").copy_(ours)
    return theirs


def plain_loss(model: Any, rows: list[Tokens]) -> Tensor:
    """Mean cross-entropy per trained token: transformers alone, one unpadded row at a time, all logits."""
    costs = []
    for ids, weights in rows:
        logprobs_TV = model(input_ids=torch.tensor([ids])).logits[0].log_softmax(-1)
        costs += [-logprobs_TV[place - 1, ids[place]] for place, weight in enumerate(weights) if weight]
    return torch.stack(costs).mean()


def test_a_step_of_sft_has_the_gradient_that_pefts_own_model_has(new_policy: NewPolicy) -> None:
    policy, start = new_policy(0), new_policy(0)
    rows = render_rows(policy, DEMONSTRATIONS)
    assert len({len(row.ids) for row in rows}) > 1
    add_adapters(policy, LORA, seed=1)
    with torch.no_grad():
        for name, one in policy.model.named_parameters():
            if ".lora_B." in name:
                one.normal_(std=0.3, generator=torch.Generator().manual_seed(2))
    theirs = peft_twin(policy, start)
    loss = supervised_loss(policy, pad_batch(rows, policy.template.pad_id))
    (loss.total / loss.count).backward()  # type: ignore[no-untyped-call]
    plain_loss(theirs, rows).backward()  # type: ignore[no-untyped-call]
    compared = 0
    for name, ours in policy.model.named_parameters():
        expected = theirs.get_parameter(
            f"base_model.model.{name}" if ".lora_" in name or name.endswith(("norm.weight", "tokens.weight"))
            else f"base_model.model.{name.replace('_proj.weight', '_proj.base_layer.weight')}"
        )  # fmt: skip
        assert (ours.grad is None) == (expected.grad is None) == (".lora_" not in name)
        if ours.grad is not None:
            assert expected.grad.norm() > 1e-3
            torch.testing.assert_close(ours.grad, expected.grad, rtol=1e-4, atol=1e-7)
            compared += 1
    assert compared == 14


@pytest.mark.parametrize("train", [imitate, prefer])
def test_training_moves_linear_layers_alone_and_by_no_more_than_the_rank(
    train: Callable[..., LanguageModel], new_policy: NewPolicy, tmp_path: Path
) -> None:
    policy, start = train(new_policy, tmp_path), new_policy(0)
    for (name, ours), (_, before) in zip(policy.model.named_parameters(), start.model.named_parameters(), strict=True):
        moved = (ours - before).detach()
        expected = 2 if "_proj" in name else 0
        assert (torch.linalg.svdvals(moved) > 1e-5 if ours.ndim == 2 else moved != 0).sum() == expected, name


def test_sft_with_adapters_learns(new_policy: NewPolicy, tmp_path: Path) -> None:
    policy = new_policy(0)
    words: Any = policy.model.get_input_embeddings()
    with torch.no_grad():  # words stay as they are, and those of a new model are all but alike
        words.weight.mul_(30)
    config = SFT.model_copy(update={"epochs": 12})
    train_sft(policy, DEMONSTRATIONS, config, folder=tmp_path, seed=5, progress=Silent())
    metrics = metrics_of(tmp_path)
    assert metrics[-1]["loss"] < metrics[0]["loss"] - 1


def test_dpo_with_adapters_starts_at_its_reference_and_learns(new_policy: NewPolicy, tmp_path: Path) -> None:
    prefer(new_policy, tmp_path)
    metrics = metrics_of(tmp_path)
    assert metrics[0]["log_ratio"] == pytest.approx(0, abs=1e-5)
    assert metrics[-1]["accuracy"] == 1 and metrics[-1]["margin"] > 0.05


@pytest.mark.parametrize("train", [imitate, prefer])
def test_what_training_leaves_in_memory_is_what_it_wrote(
    train: Callable[..., LanguageModel], new_policy: NewPolicy, tmp_path: Path
) -> None:
    policy = train(new_policy, tmp_path)
    assert torch.equal(logits(policy.model), logits(LanguageModel.load(tmp_path / "model").model))
    assert {file.name for file in (tmp_path / "adapter").iterdir()} == {
        "adapter_config.json",
        "adapter_model.safetensors",
    }


@pytest.mark.parametrize("train", [imitate, prefer])
def test_a_killed_training_ends_as_one_that_was_not_and_its_checkpoint_holds_adapters_alone(
    train: Callable[..., LanguageModel], new_policy: NewPolicy, tmp_path: Path
) -> None:
    class Killed(Silent):
        def advance(self, done: int, figures: object) -> None:
            if done == 5 and figures:
                raise KeyboardInterrupt

    train(new_policy, tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        train(new_policy, tmp_path / "resumed", Killed())
    found = load_newest(tmp_path / "resumed" / "checkpoints")
    assert found is not None and found[0] == 4
    assert len(found[1]["weights"]) == 14 and all(".lora_" in name for name in found[1]["weights"])
    train(new_policy, tmp_path / "resumed")
    for name in ("metrics.jsonl", "model/model.safetensors", "adapter/adapter_model.safetensors"):
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "resumed" / name).read_bytes()


@pytest.mark.parametrize("method", ["ppo", "grpo"])
def test_a_killed_training_on_rewards_ends_as_one_that_was_not(
    method: str, new_policy: NewPolicy, prompts: list[Prompt], tmp_path: Path
) -> None:
    class Killed(Silent):
        def advance(self, done: int, figures: object) -> None:
            if done == 3:  # behind the checkpoint of step 2, before the one at the end
                raise KeyboardInterrupt

    raise_reward(method, new_policy, prompts, tmp_path / "whole")
    # the last step's checkpoint comes before it is told: without it, step 2 is what is left
    with pytest.raises(KeyboardInterrupt):
        raise_reward(method, new_policy, prompts, tmp_path / "resumed", progress=Killed())
    for file in (tmp_path / "resumed" / "checkpoints" / "00000003").iterdir():
        file.write_bytes(b"")
    raise_reward(method, new_policy, prompts, tmp_path / "resumed")
    for name in ("metrics.jsonl", "rollouts.jsonl", "model/model.safetensors"):
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "resumed" / name).read_bytes()


@RL
def test_the_twin_of_the_start_is_the_reference_that_a_second_copy_would_be(
    method: str, new_policy: NewPolicy, prompts: list[Prompt], tmp_path: Path
) -> None:
    start = logits(new_policy(0).model)
    shared = raise_reward(method, new_policy, prompts, tmp_path / "shared")
    apart = raise_reward(method, new_policy, prompts, tmp_path / "apart", twin=False)
    assert torch.equal(logits(shared.reference.model), start)
    assert not torch.allclose(logits(shared.policy.model), start, atol=1e-2)
    assert shared.metrics == apart.metrics
    assert shared.metrics[0]["kl"] == 0 < abs(shared.metrics[2]["kl"])


def test_ppo_holds_policy_reference_reward_and_value_model_on_two_sets_of_weights(
    new_policy: NewPolicy, prompts: list[Prompt], tmp_path: Path
) -> None:
    policy, reward_model = new_policy(0), ScalarModel.from_policy(new_policy(1), seed=2)
    reference = policy.twin()
    value_model = initial_value_model(policy, reward_model, share=True)
    sets = {id(p): p.numel() for model in (policy, reward_model) for p in model.model.parameters()}
    add_adapters(policy, LORA, 1)
    add_adapters(value_model, LORA, 2)
    models = (policy, reference, value_model, reward_model)
    held = {p.untyped_storage().data_ptr(): p.numel() for model in models for p in model.model.parameters()}
    trained = sum(p.numel() for model in (policy, value_model) for p in model.model.parameters() if p.requires_grad)
    assert sum(held.values()) == sum(sets.values()) + trained
    scorer = {"reward": (RewardModelScorer(reward_model), 1.0)}
    stage = PPOStage(policy, reference, value_model, scorer, prompts, PPO, rollouts_file=tmp_path / "r", seed=1)
    stage.step(0)
    state = stage.state_dict()
    weights = {**state["policy"]["weights"], **state["value"]["optimiser"]["weights"]}
    assert {name for name in weights if ".lora_" not in name} == {"0.score.weight"}
    assert sum(one.numel() for part in ("policy", "value") for one in _weights(state[part])) == trained


def _weights(state: dict[str, Any]) -> list[Tensor]:
    return list(state.get("optimiser", state)["weights"].values())


def test_training_the_value_model_on_a_reward_models_weights_changes_no_score(
    new_policy: NewPolicy, prompts: list[Prompt], tmp_path: Path
) -> None:
    policy, reward_model = new_policy(0), ScalarModel.from_policy(new_policy(1), seed=2)
    before, shift = logits(reward_model.model), reward_model.shift
    value_model = initial_value_model(policy, reward_model, share=True)
    assert torch.equal(logits(value_model.model), before)
    train_ppo(
        policy, policy.twin(), value_model, {"reward": (RewardModelScorer(reward_model), 1.0)}, prompts, PPO,
        folder=tmp_path, seed=1, progress=Silent(),
    )  # fmt: skip
    assert torch.equal(logits(reward_model.model), before) and reward_model.shift == shift
    assert not torch.allclose(logits(value_model.model), before, atol=1e-2) and value_model.shift != shift


def test_a_value_model_on_the_policys_weights_has_a_zero_head_and_adapters_of_its_own(new_policy: NewPolicy) -> None:
    policy = new_policy(0)
    value_model = initial_value_model(policy, None, share=True)
    assert not value_model.head.weight.any()
    add_adapters(value_model, LORA, seed=1)
    assert not any(".lora_" in name for name, _ in policy.model.named_parameters())
