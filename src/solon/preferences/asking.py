"""A judge is asked which option begins its answer, after a reasoning of its own where one is wanted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from solon.interfaces import Engine, OptionLogprobs, OptionRequest, Sample, SampleRequest
from solon.preferences.config import FeedbackConfig
from solon.preferences.conversation import JudgeWording
from solon.records import Message


class Question(NamedTuple):
    """What a judge is shown."""

    messages: tuple[Message, ...]
    options: tuple[str, ...]
    reasoning_seed: int
    """Of the reasoning, where there is one."""
    name: str
    """For messages."""


class Answer(NamedTuple):
    """What it said."""

    logprobs: tuple[float, ...] | None
    """Of the options, in nats; None where one of them has no finite log-probability, or the engine refused."""
    raw: str
    """What the judge wrote, and why there are no log-probabilities, or how they were found."""
    truncated: bool = False
    """Whether the token limit cut the reasoning."""


def ask_judge(
    questions: Sequence[Question], wording: JudgeWording, engine: Engine, config: FeedbackConfig
) -> list[Answer]:
    """One answer per question, in order."""
    begun = [wording.prefill] * len(questions)
    thoughts = [Sample("", False, 0)] * len(questions)
    if config.chain_of_thought:
        thoughts = engine.sample([_reasoning_request(question, wording, config) for question in questions])
        begun = [wording.after_reasoning(thought.text) for thought in thoughts]
    asked = [index for index, thought in enumerate(thoughts) if not thought.failure]
    requests = [
        OptionRequest(questions[i].messages, questions[i].options, begun[i], name=questions[i].name) for i in asked
    ]
    answers = dict(zip(asked, engine.option_logprobs(requests), strict=True))
    return [
        _answer(thought, answers.get(index, OptionLogprobs((), failure=thought.failure)))
        for index, thought in enumerate(thoughts)
    ]


def _reasoning_request(question: Question, wording: JudgeWording, config: FeedbackConfig) -> SampleRequest:
    marker = wording.prefill.strip()
    return SampleRequest(
        question.messages,
        question.reasoning_seed,
        config.reasoning_tokens,
        config.reasoning_temperature,
        prefill=wording.reasoning_prefill,
        # The reasoning ends where the judge begins to answer; the answer itself is scored, not sampled.
        stop=(marker,) if marker else (),
        name=question.name,
    )


def _answer(thought: Sample, options: OptionLogprobs) -> Answer:
    if options.failure:
        return Answer(None, _noted(thought.text, f"unscored: {options.failure}"), thought.truncated)
    if not all(map(math.isfinite, options.values)):
        told = " and ".join(map(str, options.values))
        return Answer(
            None, _noted(thought.text, f"unscored: log-probabilities {told} of the options"), thought.truncated
        )
    text = _noted(thought.text, options.how) if options.how else thought.text
    return Answer(options.values, text, thought.truncated)


def _noted(text: str, note: str) -> str:
    return f"{text}\n[{note}]".strip()
