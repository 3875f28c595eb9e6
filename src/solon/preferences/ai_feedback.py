"""AI feedback: a judge model prefers one of two responses under a principle; its probability is the label.

Source: Bai et al. 2022, arXiv:2212.08073, section 4.1 (multiple choice, soft labels, chain of thought, clamping).
Asking in both orders is Lee et al. 2023, arXiv:2309.00267, section 2.1.1; averaging log-odds, where they average
probabilities, is ours: a taste for the first position adds to the log-odds, so it cancels there exactly.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from solon.constitution import Constitution, Principle
from solon.interfaces import Engine
from solon.preferences.asking import Answer, Question, ask_judge
from solon.preferences.config import FeedbackConfig
from solon.preferences.conversation import JudgeWording, example_turns
from solon.progress import Progress, Silent
from solon.records import Comparison, Message, Preference, PrincipleUsed
from solon.seeds import derive

SHARD_COMPARISONS = 512
"""Comparisons judged at once; changes memory, not labels."""


class _Question(NamedTuple):
    """One comparison in one order."""

    comparison: Comparison
    principles: tuple[Principle, ...]
    number: int
    """Of the question about this pair."""
    swapped: bool
    sample: int
    messages: tuple[Message, ...]

    @property
    def name(self) -> str:
        """For messages."""
        return f"the question about the pair {self.comparison.id!r} of {self.comparison.prompt.named}"


def label_with_ai_feedback(
    comparisons: Sequence[Comparison],
    constitution: Constitution,
    engine: Engine,
    *,
    seed: int,
    config: FeedbackConfig,
    name: str = "judge",
    principle_ids: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Iterator[Preference]:
    """Label each comparison, in order, with the judge's probability that response A is better.

        prob_a = clamp(sigmoid(mean over orders of (log p(option of A) - log p(option of B))))

    The principles depend on (seed, prompt id, draw) alone, so that an edit of another one changes no label here. Where
    several questions are asked or several reasonings sampled, the log-odds of an order are their mean.

    Args:
        name: who judges; recorded as `source`.
        principle_ids: comparison id -> the one principle to show, for probes; the rest draw theirs.

    Where the engine gives an option no finite log-probability in some order, or refuses the request, the preference is
    `unscored` and `raw` ends with the reason: a missing option is a bound, not a probability of 0. How an engine found
    log-probabilities that it cannot compute stands there too.

    Raises:
        InputError: no principle has a comparison, or chain of thought is on and no example shows any.
    """
    progress = progress or Silent()
    wording = JudgeWording(constitution)
    shots = example_turns(wording, constitution, seed=seed, chain_of_thought=config.chain_of_thought)
    progress.start("AI feedback", len(comparisons))
    num_cut = 0
    for start in range(0, len(comparisons), SHARD_COMPARISONS):
        shard = comparisons[start : start + SHARD_COMPARISONS]
        questions = [
            question
            for comparison in shard
            for question in _questions(comparison, constitution, wording, shots, seed, config, principle_ids or {})
        ]
        answers = ask_judge([_asked(question, wording, seed) for question in questions], wording, engine, config)
        num_cut += sum(answer.truncated for answer in answers)
        each = len(questions) // len(shard)
        labelled = [
            _preference(questions[i : i + each], answers[i : i + each], config, name)
            for i in range(0, len(questions), each)
        ]
        yield from labelled
        unscored = sum(preference.status == "unscored" for preference in labelled) / len(labelled)
        progress.advance(start + len(shard), {"unscored": unscored})
    if num_cut:
        progress.say(f"{num_cut} reasonings reached {config.reasoning_tokens} tokens and were judged as they stood")


def sigmoid(log_odds: float) -> float:
    """The probability with these log-odds, without overflow."""
    if log_odds >= 0:
        return 1.0 / (1.0 + math.exp(-log_odds))
    return math.exp(log_odds) / (1.0 + math.exp(log_odds))


def _questions(
    comparison: Comparison,
    constitution: Constitution,
    wording: JudgeWording,
    shots: tuple[Message, ...],
    seed: int,
    config: FeedbackConfig,
    fixed: Mapping[str, str],
) -> Iterator[_Question]:
    """All that is asked about one pair: each question in each order, as often as there are samples."""
    for number in range(config.queries):
        if comparison.id in fixed:
            principles: tuple[Principle, ...] = (constitution.principle(fixed[comparison.id]),)
        else:
            count = config.principles_per_query
            principles = constitution.draw_several(
                count, seed, comparison.prompt.id, comparison.draw, number, use="comparison"
            )
        asked = "\n".join(principle.comparison for principle in principles)
        for swapped in (False, True) if config.both_orders else (False,):
            pair = (comparison.response_a, comparison.response_b)
            first, second = pair[::-1] if swapped else pair
            messages = (*shots, wording.question(comparison.prompt.shown, first, second, asked))
            for sample in range(config.samples):
                yield _Question(comparison, principles, number, swapped, sample, messages)


def _asked(question: _Question, wording: JudgeWording, seed: int) -> Question:
    order = derive(seed, "reasoning", question.comparison.id, int(question.swapped), *_place(question))
    return Question(question.messages, wording.options, order, question.name)


def _place(question: _Question) -> tuple[int, ...]:
    """What tells the reasoning from others in the same order; nothing of the first, whose seed is as it always was."""
    return (question.number, question.sample) if question.number or question.sample else ()


def _preference(
    questions: Sequence[_Question], answers: Sequence[Answer], config: FeedbackConfig, name: str
) -> Preference:
    """The preference that the answers to all questions about one pair add up to; unscored unless all are scored."""
    by_order: dict[bool, list[float]] = {}
    for question, answer in zip(questions, answers, strict=True):
        if answer.logprobs is not None:
            first, second = answer.logprobs
            by_order.setdefault(question.swapped, []).append(second - first if question.swapped else first - second)
    log_odds = tuple(math.fsum(of_order) / len(of_order) for of_order in by_order.values())
    prob_a = None
    if sum(map(len, by_order.values())) == len(answers):
        prob_a = sigmoid(math.fsum(log_odds) / len(log_odds))
        if config.clamp is not None:
            prob_a = min(max(prob_a, config.clamp[0]), config.clamp[1])
    used = list(dict.fromkeys((one.id, one.hash) for question in questions for one in question.principles))
    return Preference(
        comparison=questions[0].comparison,
        prob_a=prob_a,
        source=name,
        status="unscored" if prob_a is None else "scored",
        principle_id=used[0][0] if len(used) == 1 else None,
        principle_hash=used[0][1] if len(used) == 1 else None,
        principles=tuple(PrincipleUsed(id=key, hash=mark) for key, mark in used) if len(used) > 1 else (),
        log_odds=log_odds if prob_a is not None else (),
        raw=tuple(answer.raw for answer in answers),
    )
