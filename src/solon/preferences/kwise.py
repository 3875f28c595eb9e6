"""AI feedback on several responses at once: a judge's choice among (A), (B) ... under a principle.

    p_i = softmax over the responses of (mean over orders of log p(option of response i))

is the probability that the judge's first choice is response i. A Plackett-Luce model with the scores log p_i has these
as its first choices, and the order of falling p_i is its likeliest ranking: these are the ranks.

The orders are all rotations of a random one: every response stands once in each place, so that a taste which adds to
the log-odds of a place cancels exactly. Of two responses these are the questions of `ai_feedback`, with the same label.

Source: K-wise comparisons as Plackett-Luce choices: Zhu et al. 2023, arXiv:2301.11270, section 4. Asking one judge by
lettered options in rotated orders is ours.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from solon.constitution import Constitution, Principle
from solon.errors import InputError
from solon.interfaces import Engine
from solon.preferences.asking import Answer, Question, ask_judge
from solon.preferences.config import FeedbackConfig
from solon.preferences.conversation import JudgeWording, example_turns
from solon.preferences.slates import LETTERS, JudgedSlate, Slate
from solon.progress import Progress, Silent
from solon.records import Message, PrincipleUsed
from solon.seeds import derive, generator

SHARD_SLATES = 64
"""Slates judged at once; changes memory, not labels."""


class _Asked(NamedTuple):
    """A question about a slate in one order."""

    principles: tuple[Principle, ...]
    order: int
    question: Question


def label_several(
    slates: Sequence[Slate],
    constitution: Constitution,
    engine: Engine,
    *,
    seed: int,
    config: FeedbackConfig,
    name: str = "judge",
    progress: Progress | None = None,
) -> Iterator[JudgedSlate]:
    """Label each slate, in order. K responses take K * queries * samples calls, twice that with a chain of thought.

    The principles depend on (seed, prompt id) alone, and the first order on (seed, slate id). Without
    `both_orders` the first order alone is asked. Where an option has no finite log-probability in some order, or the
    engine refuses, the slate is `unscored` and `raw` says why.

    Args:
        name: who judges; recorded as `source`.

    Raises:
        InputError: a slate holds the same response twice, or too few or too many; `clamp` is set, which is for pairs;
            the constitution words the question about two responses itself; as `label_with_ai_feedback`.
    """
    _check(slates, constitution, config)
    progress = progress or Silent()
    wording = JudgeWording(constitution)
    shots = example_turns(wording, constitution, seed=seed, chain_of_thought=config.chain_of_thought)
    progress.start("AI feedback on several responses", len(slates))
    num_cut = 0
    for start in range(0, len(slates), SHARD_SLATES):
        shard = slates[start : start + SHARD_SLATES]
        orders = [_orders(slate, seed, config) for slate in shard]
        asked = [
            list(_questions(slate, order, constitution, wording, shots, seed, config))
            for slate, order in zip(shard, orders, strict=True)
        ]
        answers = iter(ask_judge([one.question for of_slate in asked for one in of_slate], wording, engine, config))
        judged = []
        for slate, order, of_slate in zip(shard, orders, asked, strict=True):
            judged.append(_judged(slate, order, of_slate, told := [next(answers) for _ in of_slate], name))
            num_cut += sum(answer.truncated for answer in told)
        yield from judged
        progress.advance(start + len(shard), {"unscored": sum(not one.probs for one in judged) / len(judged)})
    if num_cut:
        progress.say(f"{num_cut} reasonings reached {config.reasoning_tokens} tokens and were judged as they stood")


def _check(slates: Sequence[Slate], constitution: Constitution, config: FeedbackConfig) -> None:
    for slate in slates:
        count, different = len(slate.responses), len(set(slate.responses))
        if not 2 <= different == count <= len(LETTERS):
            raise InputError(
                f"slate {slate.id!r} has {count} responses, {different} of them different; give 2 to {len(LETTERS)} "
                "different ones"
            )
    if config.clamp is not None:
        raise InputError("clamp bounds the probability of one of two responses; leave it out for several at once")
    if constitution.judge_prompt is not None or constitution.options != Constitution.model_fields["options"].default:
        raise InputError(
            f"constitution `{constitution.id}` words the question about two responses itself (judge_prompt, options), "
            "and several at once are asked in the published words: judge in pairs, or leave these keys out"
        )


def _orders(slate: Slate, seed: int, config: FeedbackConfig) -> tuple[tuple[int, ...], ...]:
    count = len(slate.responses)
    first = generator(seed, "order of options", slate.id).permutation(count).tolist()
    return tuple((*first[turn:], *first[:turn]) for turn in range(count if config.both_orders else 1))


def _questions(
    slate: Slate,
    orders: Sequence[Sequence[int]],
    constitution: Constitution,
    wording: JudgeWording,
    shots: tuple[Message, ...],
    seed: int,
    config: FeedbackConfig,
) -> Iterator[_Asked]:
    letters = LETTERS[: len(slate.responses)]
    options = tuple(f" ({letter})" for letter in letters)
    name = f"the question about {slate.id!r}, {len(letters)} responses to {slate.prompt.named}"
    for number in range(config.queries):
        principles = constitution.draw_several(
            config.principles_per_query, seed, slate.prompt.id, 0, number, use="comparison"
        )
        comparison = "\n".join(principle.comparison for principle in principles)
        for place, order in enumerate(orders):
            shown = [slate.responses[index] for index in order]
            messages = (*shots, wording.question_of_several(slate.prompt.shown, shown, letters, comparison))
            for sample in range(config.samples):
                reasoning = derive(seed, "reasoning on several", slate.id, place, number, sample)
                yield _Asked(principles, place, Question(messages, options, reasoning, name))


def _judged(
    slate: Slate, orders: tuple[tuple[int, ...], ...], asked: Sequence[_Asked], answers: Sequence[Answer], name: str
) -> JudgedSlate:
    """What the answers to all questions about one slate add up to; unscored unless all are scored."""
    by_order: list[list[list[float]]] = [[] for _ in orders]
    for one, answer in zip(asked, answers, strict=True):
        if answer.logprobs is not None:
            of_place = dict(zip(orders[one.order], _log_softmax(answer.logprobs), strict=True))
            by_order[one.order].append([of_place[index] for index in range(len(slate.responses))])
    used = list(dict.fromkeys((one.id, one.hash) for question in asked for one in question.principles))
    scored = sum(map(len, by_order)) == len(asked)
    logprobs = tuple(_mean(of_order) for of_order in by_order) if scored else ()
    return JudgedSlate(
        id=slate.id,
        prompt=slate.prompt,
        responses=slate.responses,
        probs=tuple(map(math.exp, _log_softmax(_mean(logprobs)))) if scored else (),
        source=name,
        status="scored" if scored else "unscored",
        principles=tuple(PrincipleUsed(id=key, hash=mark) for key, mark in used),
        orders=orders,
        logprobs=logprobs,
        raw=tuple(answer.raw for answer in answers),
    )


def _mean(rows: Sequence[Sequence[float]]) -> tuple[float, ...]:
    return tuple(math.fsum(column) / len(column) for column in zip(*rows, strict=True))


def _log_softmax(values: Sequence[float]) -> list[float]:
    most = max(values)
    total = most + math.log(math.fsum(math.exp(value - most) for value in values))
    return [value - total for value in values]
