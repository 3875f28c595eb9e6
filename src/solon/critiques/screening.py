"""Which demonstrations does the constitution speak against? Found by critiques, before anything is imitated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from solon.constitution import Constitution, Principle, PrincipleCount
from solon.critiques.conversation import Requests, critique_conversation, finds_nothing
from solon.errors import InputError
from solon.interfaces import Sampler, SampleRequest
from solon.progress import Progress, Silent
from solon.records import Demonstration, Prompt
from solon.seeds import derive

SHARD_REQUESTS = 1024


class Screening(NamedTuple):
    """What a critic says of the last answer of a demonstration."""

    principles: tuple[str, ...]
    """Ids of those that it was read under."""
    critique: str
    objects: bool
    """Whether the critique finds anything: it holds none of the constitution's `no_change` phrases."""
    failure: str = ""
    """Why there is no critique."""


def screen(
    demonstrations: Sequence[Demonstration],
    critic: Sampler,
    constitution: Constitution,
    *,
    seed: int,
    principles: PrincipleCount = "all",
    max_new_tokens: int = 256,
    progress: Progress | None = None,
) -> Iterator[Screening]:
    """A greedy critique of each demonstration's last answer, in order, under principles drawn by its id.

    Raises:
        InputError: a demonstration does not end with an assistant's turn, or no principle has a critique request.
    """
    progress = progress or Silent()
    progress.start("screening", len(demonstrations))
    for start in range(0, len(demonstrations), SHARD_REQUESTS):
        shard = demonstrations[start : start + SHARD_REQUESTS]
        drawn = [constitution.draw_several(principles, seed, one.id, use="critique") for one in shard]
        requests = [_request(one, of, constitution, seed, max_new_tokens) for one, of in zip(shard, drawn, strict=True)]
        for of, sample in zip(drawn, critic.sample(requests), strict=True):
            objects = not sample.failure and not finds_nothing(sample.text, constitution.no_change)
            yield Screening(tuple(one.id for one in of), sample.text, objects, sample.failure)
        progress.advance(start + len(shard), {})


def _request(
    demonstration: Demonstration, principles: Sequence[Principle], constitution: Constitution, seed: int, tokens: int
) -> SampleRequest:
    *before, answer = demonstration.messages
    if answer.role != "assistant" or not before:
        raise InputError(
            f"demonstration {demonstration.id!r} has no answer at its end, so there is nothing to criticise"
        )
    prompt = Prompt(id=demonstration.id, messages=tuple(before), tools=demonstration.tools)
    turns = critique_conversation(prompt, answer.content, Requests.of(principles), constitution.examples.critiques)
    return SampleRequest(
        turns, derive(seed, "screening", demonstration.id), tokens, temperature=0.0,
        name=f"the critique of demonstration {demonstration.id!r}", tools=demonstration.tools,
    )  # fmt: skip
