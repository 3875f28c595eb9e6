"""How the cases of a task are put to a model.

A request depends on its conversation and the seed alone, so that two tasks that ask the same pay once.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from solon.data.fields import prompt_id
from solon.interfaces import OptionRequest, SampleRequest
from solon.records import Message
from solon.seeds import derive
from solon.suite.task import Answer, Asking, Case

SHARD_REQUESTS = 256
"""Asked at once: changes memory and the display, not answers."""


@dataclass(frozen=True)
class Generate:
    """Every conversation of a case is answered `draws` times."""

    max_new_tokens: int = 128
    temperature: float = 1.0
    draws: int = 1

    def __call__(self, cases: Sequence[Case], asking: Asking, name: str) -> list[Answer]:
        """One answer per case, in order."""
        conversations = [asked for case in cases for asked in case.asked]
        told = sampled(conversations, asking, name, self)
        answers, begin = [], 0
        for case in cases:
            mine = told[begin : begin + len(case.asked) * self.draws]
            begin += len(mine)
            note = next((reason for _, reason in mine if reason), "")
            answers.append(Answer(case=case, responses=tuple(text for text, _ in mine), note=note))
        return answers


def sampled(
    conversations: Sequence[tuple[Message, ...]], asking: Asking, name: str, how: Generate
) -> list[tuple[str | None, str]]:
    """Text, or None with the reason, of every draw of every conversation, in order."""
    tokens = asking.max_new_tokens or how.max_new_tokens
    found: list[tuple[str | None, str]] = []
    drawn = [(messages, draw) for messages in conversations for draw in range(how.draws)]
    asking.progress.start(f"answers: {name}", len(drawn))
    for shard in shards(len(drawn)):
        requests = [
            SampleRequest(
                messages,
                derive(asking.seed, "evaluation", prompt_id(messages), draw),
                tokens,
                how.temperature,
                name=f"a case of {name}",
            )
            for messages, draw in drawn[shard]
        ]
        for sample in asking.engine.sample(requests):
            found.append((None if sample.failure else sample.text, sample.failure))
        asking.progress.advance(len(found), {})
    return found


@dataclass(frozen=True)
class Choose:
    """The options of a case are weighed by their log-probabilities after its conversation."""

    def __call__(self, cases: Sequence[Case], asking: Asking, name: str) -> list[Answer]:
        """One answer per case, in order."""
        answers: list[Answer] = []
        asking.progress.start(f"choices: {name}", len(cases))
        for shard in shards(len(cases)):
            part = cases[shard]
            requests = [
                OptionRequest(case.asked[0], case.options, case.begun, name=f"case {case.id} of {name}")
                for case in part
            ]
            for case, one in zip(part, asking.engine.option_logprobs(requests), strict=True):
                known = tuple(value if math.isfinite(value) else None for value in one.values)
                answers.append(Answer(case=case, logprobs=known, note=one.failure or one.how))
            asking.progress.advance(len(answers), {})
        return answers


def shards(count: int) -> Iterator[slice]:
    """Pieces of a list of so many."""
    return (slice(start, start + SHARD_REQUESTS) for start in range(0, count, SHARD_REQUESTS))
