"""What a trainer's first update computes, response by response and without padding, to hold the trainers against."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from solon.engines.local import LocalEngine
from solon.interfaces import PromptResponse
from solon.models.language_model import LanguageModel
from solon.policy.rl_config import RolloutConfig
from solon.policy.rollout import Rollout, draws_of_step, sample_rollouts
from solon.records import Prompt

from .letters import starts_with_letter


def first_rollout(policy: LanguageModel, prompts: Sequence[Prompt], config: RolloutConfig, seed: int) -> list[Rollout]:
    """The responses that step 0 trains on."""
    draws = list(draws_of_step(prompts, config, step=0, seed=seed))
    return sample_rollouts(LocalEngine(policy), draws, config, seed=seed)


def earned(rollout: Rollout) -> float:
    """1 for a letter, less 1 for a response that was cut off."""
    return starts_with_letter([PromptResponse(rollout.prompt, rollout.text)])[0] - rollout.truncated


def token_logprobs(policy: LanguageModel, rollout: Rollout, temperature: float) -> Tensor:
    """(R,) log-probabilities of the response's tokens, with gradient."""
    ids, asked = rollout.row.ids, len(rollout.prompt_ids)
    logits_TV: Tensor = policy.model(torch.tensor([ids])).logits[0].float() / temperature
    return logits_TV.log_softmax(-1)[range(asked - 1, len(ids) - 1), rollout.response_ids]


def loss_and_grad_norm(policy: LanguageModel, loss: Callable[[], Tensor]) -> tuple[float, float]:
    """The loss, and the norm of its gradient over all weights."""
    found = loss()
    policy.model.zero_grad()
    found.backward()  # type: ignore[no-untyped-call]
    squares = [p.grad.square().sum() for p in policy.model.parameters() if p.grad is not None]
    return found.item(), float(sum(squares, torch.zeros(())).sqrt())
