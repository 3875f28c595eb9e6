from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch.distributions import Categorical, kl_divergence

from solon.models.language_model import LanguageModel
from solon.policy.rl_config import RLOOConfig
from solon.policy.rloo import rloo_method
from solon.records import Prompt

from .letters import first_token_logits, token_rewards, trained
from .plain_losses import earned, first_rollout, loss_and_grad_norm, token_logprobs

NewPolicy = Callable[[int], LanguageModel]
BETA = 0.5


@pytest.mark.parametrize(("epochs", "clip_range"), [(2, 0.2), (1, None)], ids=["clipped", "reinforce"])
def test_rloo_reaches_the_closed_form_optimum_of_reward_minus_kl(
    new_policy: NewPolicy, prompts: list[Prompt], tmp_path: Path, epochs: int, clip_range: float | None
) -> None:
    # one token, reward 1 for 13 letters: pi*(y) is proportional to pi_ref(y) exp(r(y) / beta)
    config = RLOOConfig(
        num_steps=60, prompts_per_step=4, samples_per_prompt=16, minibatch_responses=64, epochs=epochs,
        clip_range=clip_range, max_new_tokens=1, kl_coef=BETA, truncation_penalty=0, peak_lr=1e-2, schedule="linear",
        checkpoint_every=100,
    )  # fmt: skip
    policy, _ = trained(rloo_method, new_policy, prompts[:1], config, tmp_path)
    reference, rewards = first_token_logits(new_policy(0), prompts[0]), token_rewards(policy)
    optimum = (reference.log_softmax(0) + rewards / BETA).log_softmax(0)
    learned = first_token_logits(policy, prompts[0])
    start, end = [kl_divergence(Categorical(logits=one), Categorical(logits=optimum)) for one in (reference, learned)]
    assert end < 0.15 * start
    good = rewards.bool()
    assert learned.softmax(0)[good].sum().item() == pytest.approx(optimum.exp()[good].sum().item(), abs=0.05)


CONFIG = RLOOConfig(
    num_steps=1, prompts_per_step=3, samples_per_prompt=4, minibatch_responses=12, max_new_tokens=8, kl_coef=0.3,
    temperature=0.8, clip_range=None, max_batch_tokens=64,
)  # fmt: skip


def test_the_first_update_is_that_of_a_plain_computation(
    new_policy: NewPolicy, prompts: list[Prompt], tmp_path: Path
) -> None:
    policy, reference = new_policy(0), new_policy(1)
    rollouts = first_rollout(policy, prompts, CONFIG, 3)

    def loss() -> torch.Tensor:
        total = torch.zeros(())
        for p in range(3):
            group = rollouts[4 * p : 4 * p + 4]
            logprobs = [token_logprobs(policy, one, 0.8).sum() for one in group]
            kls = [
                (mine - token_logprobs(reference, one, 0.8).sum()).item()
                for mine, one in zip(logprobs, group, strict=True)
            ]
            rewards = [earned(one) - 0.3 * kl for one, kl in zip(group, kls, strict=True)]
            for i in range(4):
                others = (sum(rewards) - rewards[i]) / 3
                total = total - (rewards[i] - others) * logprobs[i]
        return total / 12

    expected, norm = loss_and_grad_norm(policy, loss)
    _, metrics = trained(rloo_method, new_policy, prompts, CONFIG, tmp_path, reference=reference)
    assert metrics[0]["policy_loss"] == pytest.approx(expected, rel=1e-4)
    assert metrics[0]["grad_norm"] == pytest.approx(norm, rel=1e-4)


def test_one_clipped_update_is_that_of_reinforce(new_policy: NewPolicy, prompts: list[Prompt], tmp_path: Path) -> None:
    clipped = CONFIG.model_copy(update={"clip_range": 0.2})
    policies = [
        trained(rloo_method, new_policy, prompts, config, tmp_path / str(i))[0]
        for i, config in enumerate((CONFIG, clipped))
    ]
    for one, other in zip(*(policy.model.parameters() for policy in policies), strict=True):
        torch.testing.assert_close(one, other)


def test_a_response_that_moved_too_far_is_cut_as_a_whole(
    new_policy: NewPolicy, prompts: list[Prompt], tmp_path: Path
) -> None:
    config = CONFIG.model_copy(update={"clip_range": 0.05, "epochs": 2, "peak_lr": 3e-3, "kl_coef": 0.0})
    _, metrics = trained(rloo_method, new_policy, prompts, config, tmp_path)
    twelfths = metrics[0]["clip_fraction"] * 2 * 12  # the mean over two updates of 12 responses; the first cuts none
    assert 0 < round(twelfths) <= 12
    assert twelfths == pytest.approx(round(twelfths))
