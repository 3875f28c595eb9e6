"""Answering prompts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from solon.ids import check_ids_differ
from solon.interfaces import Sampler, SampleRequest
from solon.progress import Progress, Silent
from solon.records import Prompt, Response
from solon.seeds import derive
from solon.unanswered import Unanswered, note_unanswered

SHARD_REQUESTS = 1024
"""Requests handed to the sampler at once. A sample depends on its own seed, so this changes memory, not text."""


def sample_responses(
    prompts: Sequence[Prompt],
    sampler: Sampler,
    *,
    name: str,
    seed: int,
    draws: int = 1,
    max_new_tokens: int = 64,
    temperature: float = 1.0,
    top_k: int = 0,
    top_p: float = 1.0,
    min_p: float = 0.0,
    progress: Progress | None = None,
    unanswered: list[Unanswered] | None = None,
) -> Iterator[Response]:
    """`draws` answers to every prompt, draw by draw within a prompt, in the order of the prompts.

    Args:
        name: stage or model that answers; recorded, and part of the response ids `NAME/PROMPT/DRAW`.
        top_k: see `SampleRequest`, as are `top_p` and `min_p`.
        seed: an answer depends on (seed, prompt id, draw) and the prompt alone, not on the other prompts.
        unanswered: takes what the sampler refused; without it a refusal is an error.

    Raises:
        InputError: two prompts have one id, so that they could not be told apart later.
        EngineError: see `unanswered`.
    """
    check_ids_differ(prompts)
    progress = progress or Silent()
    cases = [(prompt, draw) for prompt in prompts for draw in range(draws)]
    progress.start(f"answers of {name}", len(cases))
    for start in range(0, len(cases), SHARD_REQUESTS):
        shard = cases[start : start + SHARD_REQUESTS]
        requests = [
            SampleRequest(
                prompt.messages,
                derive(seed, "response", prompt.id, draw),
                max_new_tokens,
                temperature,
                name=prompt.named,
                tools=prompt.tools,
                top_k=top_k,
                top_p=top_p,
                min_p=min_p,
            )
            for prompt, draw in shard
        ]
        samples = sampler.sample(requests)
        for (prompt, draw), sample in zip(shard, samples, strict=True):
            if sample.failure:
                note_unanswered(unanswered, prompt, "answer", sample.failure)
                continue
            yield Response(
                id=f"{name}/{prompt.id}/{draw}",
                prompt=prompt,
                text=sample.text,
                sampler=name,
                truncated=sample.truncated,
            )
        cut = sum(sample.truncated for sample in samples) / len(samples)
        progress.advance(start + len(shard), {"truncated": cut})
