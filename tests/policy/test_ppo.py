import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import torch
from torch.distributions import Categorical, kl_divergence

from solon.errors import InputError, TrainingError
from solon.models.language_model import LanguageModel
from solon.policy.ppo import train_ppo
from solon.policy.rl_config import PPOConfig
from solon.policy.rollout_log import RolloutRecord
from solon.policy.rows import render_rows
from solon.policy.value_model import initial_value_model
from solon.progress import Silent
from solon.records import Demonstration, Prompt, assistant, user
from solon.store.records import read_records

from ..small_memory import small_memory
from .letters import first_token_logits, starts_with_letter, token_rewards

NewPolicy = Callable[[int], LanguageModel]


def run(
    new_policy: NewPolicy, prompts: Sequence[Prompt], config: PPOConfig, folder: Path, **options: object
) -> tuple[LanguageModel, list[dict[str, float]]]:
    policy, reference = new_policy(0), new_policy(0)
    value_model = initial_value_model(policy, None)
    options = {"progress": Silent(), "rewards": {"letter": (starts_with_letter, 1.0)}} | options
    train_ppo(policy, reference, value_model, prompts=prompts, config=config, folder=folder, seed=3, **options)  # type: ignore[arg-type]
    return policy, [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def test_ppo_reaches_the_closed_form_optimum_of_reward_minus_kl(
    new_policy: NewPolicy, prompts: list[Prompt], tmp_path: Path
) -> None:
    # one token, reward 1 for 13 letters, beta 0.5: pi*(y) is proportional to pi_ref(y) exp(r(y) / 0.5)
    beta = 0.5
    config = PPOConfig(
        num_steps=40, prompts_per_step=64, minibatch_responses=64, epochs=2, max_new_tokens=1, kl_coef=beta,
        truncation_penalty=0, peak_lr=1e-2, value_lr=1e-2, schedule="linear", checkpoint_every=100,
    )  # fmt: skip
    policy, _ = run(new_policy, prompts[:1], config, tmp_path)
    reference = first_token_logits(new_policy(0), prompts[0])
    rewards = token_rewards(policy)
    optimum = reference.log_softmax(0) + rewards / beta
    optimum = optimum.log_softmax(0)
    learned = first_token_logits(policy, prompts[0])
    start, end = [kl_divergence(Categorical(logits=one), Categorical(logits=optimum)) for one in (reference, learned)]
    assert end < 0.15 * start
    good = rewards.bool()
    assert learned.softmax(0)[good].sum().item() == pytest.approx(optimum.exp()[good].sum().item(), abs=0.05)


SMALL = PPOConfig(
    num_steps=4, prompts_per_step=4, samples_per_prompt=2, minibatch_responses=4, max_new_tokens=4, epochs=2,
    peak_lr=1e-2, value_lr=1e-2, value_warmup_steps=1, checkpoint_every=2, kl_coef=0.1,
)  # fmt: skip
DEMONSTRATION = Demonstration(id="d", messages=(user("the dog"), assistant("a blue cat")), source="test")


@pytest.fixture
def four(prompts: list[Prompt]) -> list[Prompt]:
    return [*prompts, Prompt(id="p3", messages=(user("a dog"),))]


def test_without_a_kl_penalty_the_proxy_rises_while_the_truth_is_only_watched(
    new_policy: NewPolicy, prompts: list[Prompt], tmp_path: Path
) -> None:
    config = PPOConfig(
        num_steps=20, prompts_per_step=64, minibatch_responses=32, epochs=2, max_new_tokens=1, kl_coef=0,
        truncation_penalty=0, peak_lr=1e-2, value_lr=1e-2,
    )  # fmt: skip
    _, metrics = run(
        new_policy, prompts, config, tmp_path, true_score=lambda pairs: [-x for x in starts_with_letter(pairs)]
    )
    assert metrics[-1]["reward"] > metrics[0]["reward"] + 0.3
    assert metrics[-1]["true_score"] == -metrics[-1]["reward"]


def test_a_killed_run_that_is_started_again_ends_exactly_as_one_that_was_not(
    new_policy: NewPolicy, four: list[Prompt], tmp_path: Path
) -> None:
    class Killed(Silent):
        def advance(self, done: int, figures: object) -> None:
            if done == 3:  # one step after the checkpoint: its metrics and rollouts must be cut back
                raise KeyboardInterrupt

    config = SMALL.model_copy(update={"ptx_coef": 0.5})
    rows = render_rows(new_policy(0), [DEMONSTRATION])
    whole, metrics = run(new_policy, four, config, tmp_path / "whole", ptx_rows=rows)
    with pytest.raises(KeyboardInterrupt):
        run(new_policy, four, config, tmp_path / "resumed", ptx_rows=rows, progress=Killed())
    resumed, resumed_metrics = run(new_policy, four, config, tmp_path / "resumed", ptx_rows=rows)
    assert metrics == resumed_metrics
    files = [(tmp_path / name / "rollouts.jsonl").read_bytes() for name in ("whole", "resumed")]
    assert files[0] == files[1]
    for ours, theirs in zip(whole.model.parameters(), resumed.model.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def test_every_response_is_kept_with_its_rewards(new_policy: NewPolicy, four: list[Prompt], tmp_path: Path) -> None:
    rewards = {"letter": (starts_with_letter, 1.0), "constant": (lambda pairs: [2.0] * len(pairs), 0.5)}
    _, metrics = run(new_policy, four, SMALL, tmp_path, rewards=rewards)
    rollouts = list(read_records(tmp_path / "rollouts.jsonl", RolloutRecord))
    first = [row for row in rollouts if row.step == 0]
    assert len(rollouts) == 4 * 8
    assert metrics[0]["reward/letter"] == sum(row.rewards["letter"] for row in first) / 8
    assert metrics[0]["reward"] == pytest.approx(metrics[0]["reward/letter"] + 0.5 * 2)
    assert metrics[0]["kl"] == pytest.approx(sum(row.kl for row in first) / 8, abs=1e-6)


def test_the_policy_waits_while_the_value_model_warms_up(
    new_policy: NewPolicy, four: list[Prompt], tmp_path: Path
) -> None:
    _, metrics = run(new_policy, four, SMALL, tmp_path)
    assert ["policy_loss" in step for step in metrics] == [False, True, True, True]
    assert metrics[0]["kl"] == pytest.approx(0, abs=1e-5)
    assert metrics[1]["kl"] == pytest.approx(0, abs=1e-5)
    assert metrics[3]["kl"] != pytest.approx(0, abs=1e-4)


def test_trainer_and_sampler_agree_on_the_log_probabilities(
    new_policy: NewPolicy, four: list[Prompt], tmp_path: Path
) -> None:
    _, metrics = run(new_policy, four, SMALL.model_copy(update={"temperature": 0.7}), tmp_path)
    gaps = [step["logprob_gap"] for step in metrics if "logprob_gap" in step]  # while only values learn there is none
    assert gaps and max(gaps) < 1e-5


def test_updates_that_run_out_of_memory_are_made_again_in_smaller_parts(
    new_policy: NewPolicy, four: list[Prompt], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two = SMALL.model_copy(update={"num_steps": 2})
    _, expected = run(new_policy, four, two, tmp_path / "a")
    noted = small_memory(monkeypatch, most_rows=2)
    with pytest.warns(RuntimeWarning, match="memory ran out") as warned:
        _, found = run(new_policy, four, two, tmp_path / "b")
    assert max(noted) == 4
    assert len(warned) >= 2  # policy and value model learn it each for itself
    for one, other in zip(found, expected, strict=True):
        assert one == pytest.approx(other, rel=1e-3, abs=1e-5)


def test_the_ptx_term_pulls_the_policy_to_the_given_rows(
    new_policy: NewPolicy, four: list[Prompt], tmp_path: Path
) -> None:
    rows = render_rows(new_policy(0), [DEMONSTRATION])
    config = SMALL.model_copy(update={"ptx_coef": 5.0, "value_warmup_steps": 0})
    _, metrics = run(new_policy, four, config, tmp_path, ptx_rows=rows)
    assert metrics[-1]["ptx_loss"] < metrics[0]["ptx_loss"] - 0.1


def test_ptx_without_rows_is_refused(new_policy: NewPolicy, four: list[Prompt], tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"ptx_coef=0.5 needs rows"):
        run(new_policy, four, SMALL.model_copy(update={"ptx_coef": 0.5}), tmp_path)


def test_a_reward_that_is_not_finite_stops_with_step_name_and_prompt(
    new_policy: NewPolicy, four: list[Prompt], tmp_path: Path
) -> None:
    rewards = {"broken": (lambda pairs: [math.nan if p.prompt.id == "p3" else 0.0 for p in pairs], 1.0)}
    with pytest.raises(TrainingError, match=r"step 0: the reward 'broken' is not finite for the prompts p3"):
        run(new_policy, four, SMALL, tmp_path, rewards=rewards)


def test_a_reward_that_skips_a_response_is_refused(new_policy: NewPolicy, four: list[Prompt], tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="gave 7 numbers for 8 responses"):
        run(new_policy, four, SMALL, tmp_path, rewards={"short": (lambda pairs: [0.0] * (len(pairs) - 1), 1.0)})
