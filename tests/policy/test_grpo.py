from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch.distributions import Categorical, kl_divergence

from solon.models.language_model import LanguageModel
from solon.policy.grpo import grpo_method
from solon.policy.rl_config import GRPOConfig
from solon.records import Prompt

from .letters import first_token_logits, token_rewards, trained
from .plain_losses import earned, first_rollout, loss_and_grad_norm, token_logprobs

NewPolicy = Callable[[int], LanguageModel]
BETA = 0.5


def best(reference: torch.Tensor, rewards: torch.Tensor, kl: str) -> torch.Tensor:
    """Log-probabilities (V,) of the best policy, in closed form.

    Against KL(policy || reference) it is reference x exp(r / beta), normalised. Against KL(reference || policy), which
    k3 descends, it is beta x reference / (c - r), with the c that makes it sum to 1.
    """
    if kl != "k3":
        return (reference.log_softmax(0) + rewards / BETA).log_softmax(0)
    probs = reference.softmax(0).double()
    low, high = 1.0, 10.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if (BETA * probs / (middle - rewards)).sum() > 1 else (low, middle)
    return (BETA * probs / (low - rewards)).log().float()


@pytest.mark.parametrize("kl", ["k3", "corrected", "reward"])
def test_grpo_reaches_the_closed_form_optimum_of_reward_minus_kl(
    new_policy: NewPolicy, prompts: list[Prompt], tmp_path: Path, kl: str
) -> None:
    # one token, reward 1 for 13 letters; undivided advantages, so that reward and KL keep their exchange rate
    config = GRPOConfig(
        num_steps=40, prompts_per_step=1, samples_per_prompt=64, minibatch_responses=64, epochs=2, max_new_tokens=1,
        kl=kl, kl_coef=BETA, scale_by_deviation=False, truncation_penalty=0, peak_lr=1e-2, schedule="linear",
        checkpoint_every=100,
    )  # fmt: skip
    policy, _ = trained(grpo_method, new_policy, prompts[:1], config, tmp_path)
    reference, rewards = first_token_logits(new_policy(0), prompts[0]), token_rewards(policy)
    optimum = best(reference, rewards, kl)
    learned = first_token_logits(policy, prompts[0])
    start, end = [kl_divergence(Categorical(logits=one), Categorical(logits=optimum)) for one in (reference, learned)]
    assert end < 0.15 * start
    good = rewards.bool()
    assert learned.softmax(0)[good].sum().item() == pytest.approx(optimum.exp()[good].sum().item(), abs=0.05)


@pytest.mark.parametrize("divide_by", ["response_tokens", "max_new_tokens"])
def test_the_first_update_is_that_of_a_plain_computation(
    new_policy: NewPolicy, prompts: list[Prompt], tmp_path: Path, divide_by: str
) -> None:
    config = GRPOConfig(
        num_steps=1, prompts_per_step=3, samples_per_prompt=4, minibatch_responses=12, max_new_tokens=8, kl_coef=0.3,
        temperature=0.8, divide_by=divide_by, max_batch_tokens=64,
    )  # fmt: skip
    policy, reference = new_policy(0), new_policy(1)
    rollouts = first_rollout(policy, prompts, config, 3)
    assert len({len(rollout.response_ids) for rollout in rollouts}) > 1

    def loss() -> torch.Tensor:
        total = torch.zeros(())
        for p in range(3):
            group = rollouts[4 * p : 4 * p + 4]
            rewards = [earned(rollout) for rollout in group]
            mean = sum(rewards) / 4
            deviation = (sum((reward - mean) ** 2 for reward in rewards) / 3) ** 0.5
            for rollout, reward in zip(group, rewards, strict=True):
                logprobs = token_logprobs(policy, rollout, 0.8)
                ratio = (logprobs - logprobs.detach()).exp()
                log_ratio = token_logprobs(reference, rollout, 0.8).detach() - logprobs
                per_token = -ratio * (reward - mean) / (deviation + 1e-4) + 0.3 * (log_ratio.exp() - 1 - log_ratio)
                total = total + per_token.sum() / (len(logprobs) if divide_by == "response_tokens" else 8)
        return total / 12

    expected, norm = loss_and_grad_norm(policy, loss)
    _, metrics = trained(grpo_method, new_policy, prompts, config, tmp_path, reference=reference)
    assert metrics[0]["policy_loss"] == pytest.approx(expected, rel=1e-5, abs=1e-6)
    assert metrics[0]["grad_norm"] == pytest.approx(norm, rel=1e-4)
