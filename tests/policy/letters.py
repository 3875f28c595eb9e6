"""A reward of one letter, whose optimum is known in closed form where a response is one token."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from solon.interfaces import PromptResponse
from solon.models.language_model import LanguageModel
from solon.policy.groups import GroupMethod, train_groups
from solon.policy.rl_config import RolloutConfig
from solon.progress import Silent
from solon.records import Prompt

LETTERS = frozenset("abcdefghijklm")
MethodOf = Callable[..., GroupMethod]
"""`grpo_method` or `rloo_method`."""


def starts_with_letter(pairs: Sequence[PromptResponse]) -> list[float]:
    """1 where a response begins with one of 13 letters, else 0."""
    return [float(pair.response[:1] in LETTERS) for pair in pairs]


def token_rewards(policy: LanguageModel) -> torch.Tensor:
    """(V,) the reward of every token as a response."""
    return torch.tensor([float(text.removeprefix(" ")[:1] in LETTERS) for text in policy.template.token_texts()])


def first_token_logits(policy: LanguageModel, prompt: Prompt) -> torch.Tensor:
    """(V,) of the first token of the answer."""
    ids = torch.tensor([[*policy.template.prompt_ids(prompt.messages), 0]])
    where = torch.zeros_like(ids, dtype=torch.bool)
    where[0, -1] = True
    with torch.no_grad():
        return policy.logits_at(ids, where)[0]


def trained(
    method_of: MethodOf, new_policy: Callable[[int], LanguageModel], prompts: Sequence[Prompt], config: RolloutConfig,
    folder: Path, **options: object,
) -> tuple[LanguageModel, list[dict[str, float]]]:  # fmt: skip
    """A policy trained from `new_policy(0)`, and the metrics of its steps."""
    policy = new_policy(0)
    defaults = {"reference": new_policy(0), "progress": Silent(), "rewards": {"letter": (starts_with_letter, 1.0)}}
    given = {"prompts": prompts, "config": config, "method": method_of(config), "folder": folder, "seed": 3}
    train_groups(policy, **(given | defaults | options))  # type: ignore[arg-type]
    return policy, [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
