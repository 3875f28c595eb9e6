"""Which prompts a step answers, and the answers with all that training needs to know of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from solon.engines.local import LocalEngine
from solon.errors import InputError
from solon.interfaces import SampleRequest
from solon.models.language_model import LanguageModel
from solon.models.template import Tokens
from solon.policy.rl_config import RolloutConfig
from solon.records import Prompt
from solon.seeds import derive, generator


class Rollout(NamedTuple):
    """One sampled response."""

    prompt: Prompt
    draw: int
    """Counts the samples of this prompt over the whole run: (prompt id, draw) names a rollout."""
    prompt_ids: list[int]
    response_ids: list[int]
    """Sampled ids; the end token is the last one unless `truncated`."""
    text: str
    truncated: bool
    sampler_logprobs: list[float]
    """Log-probability of each response id as the sampler computed it, in nats."""
    sampler_entropies: list[float]
    """Of the distributions that they were sampled from, in nats."""

    @property
    def row(self) -> Tokens:
        """The whole sequence; weight 1 marks the response."""
        return Tokens(
            self.prompt_ids + self.response_ids, [0.0] * len(self.prompt_ids) + [1.0] * len(self.response_ids)
        )


class Draw(NamedTuple):
    """A prompt to answer."""

    prompt: Prompt
    draw: int


def draws_of_step(prompts: Sequence[Prompt], config: RolloutConfig, *, step: int, seed: int) -> Iterator[Draw]:
    """The prompts of one step, `samples_per_prompt` times each.

    Prompts are shuffled anew for every pass and none comes twice in a pass. A function of (seed, step).
    """
    orders: dict[int, list[int]] = {}
    for place in range(step * config.prompts_per_step, (step + 1) * config.prompts_per_step):
        epoch, offset = divmod(place, len(prompts))
        if epoch not in orders:
            orders[epoch] = generator(seed, "prompts", epoch).permutation(len(prompts)).tolist()
        prompt = prompts[orders[epoch][offset]]
        for sample in range(config.samples_per_prompt):
            yield Draw(prompt, epoch * config.samples_per_prompt + sample)


def sample_rollouts(engine: LocalEngine, draws: Sequence[Draw], config: RolloutConfig, *, seed: int) -> list[Rollout]:
    """One response per draw, in order; each depends on the weights, its prompt and its draw."""
    requests = [
        SampleRequest(
            messages=prompt.messages,
            seed=derive(seed, "sample", prompt.id, draw),
            max_new_tokens=config.max_new_tokens,
            temperature=config.temperature,
            tools=prompt.tools,
        )
        for prompt, draw in draws
    ]
    return [
        Rollout(
            prompt, draw, sampled.prompt_ids, sampled.ids, sampled.sample.text,
            sampled.sample.truncated, sampled.logprobs, sampled.entropies,
        )
        for (prompt, draw), sampled in zip(draws, engine.sample_tokens(requests), strict=True)
    ]  # fmt: skip


def check_prompts(policy: LanguageModel, prompts: Sequence[Prompt], max_new_tokens: int) -> None:
    """Refuse, before anything is trained, prompts that some step would fail on.

    Raises:
        InputError: no prompts, two prompts with one id, or a prompt that leaves no room for its response.
    """
    if not prompts:
        raise InputError("there are no prompts to answer. Give at least one.")
    seen: set[str] = set()
    for prompt in prompts:
        if prompt.id in seen:
            raise InputError(f"two prompts have the id {prompt.id!r}; (id, draw) must name a rollout. Rename one.")
        seen.add(prompt.id)
        needed = len(policy.template.prompt_ids(prompt.messages, tools=prompt.tools)) + max_new_tokens
        policy.template.check_fits(
            needed, policy.context_tokens, f"prompt {prompt.id!r} with max_new_tokens={max_new_tokens}"
        )
