"""Principles that a judge finds impossible to keep at once."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

from solon.constitution.lint.problem import Lines, Problem
from solon.constitution.lint.words import content_words
from solon.constitution.schema import Constitution, Principle
from solon.errors import EngineError
from solon.interfaces import OptionLogprobs, OptionRequest, Scorer
from solon.progress import Progress, Silent
from solon.records import Message, assistant, user

OPTIONS = (" yes", " no")
_PREFILL = "The answer is:"
_QUESTION = """\
Here are two rules for an assistant.

Rule 1: {first}
Rule 2: {second}

Can one answer keep both rules at the same time?"""
_SHOTS = (
    ("Answer in one sentence.", "Give at least three paragraphs.", " no"),
    ("Say when you are not sure.", "Do not insult anybody.", " yes"),
    ("Never mention prices.", "Name the price of everything you recommend.", " no"),
    ("Name your sources.", "Use short words.", " yes"),
)
_COMMON = 3
"""A word in more than one of so many principles says nothing about which pairs have a subject in common."""
_SHARD = 256


class Asked(NamedTuple):
    """What was asked, and what it cost."""

    problems: list[Problem]
    pairs: int
    """Pairs that were put to the judge, in both orders."""
    all_pairs: int
    words: int
    """Words that the judge read."""

    @property
    def calls(self) -> int:
        """Questions to the engine."""
        return 2 * self.pairs


def pairs_with_a_subject(principles: Sequence[Principle]) -> list[tuple[int, int]]:
    """Index pairs of principles that share a word that carries meaning and is not in a third of all."""
    words = [content_words(principle.text) for principle in principles]
    counts = Counter(word for of_one in words for word in of_one)
    most = max(2, len(principles) // _COMMON)
    telling = [{word for word in of_one if counts[word] <= most} for of_one in words]
    return [(i, j) for i, j in combinations(range(len(principles)), 2) if telling[i] & telling[j]]


def contradictions(
    constitution: Constitution, lines: Lines, judge: Scorer, *, progress: Progress | None = None
) -> Asked:
    """Ask of each pair with a common subject whether one answer can keep both, in both orders.

    A pair is told where the mean log-odds of the two orders favour `no`. It is the judge's opinion: a warning.

    Raises:
        EngineError: the engine refuses a question, or gives an option no finite log-probability.
    """
    progress = progress or Silent()
    principles = constitution.principles
    pairs = pairs_with_a_subject(principles)
    progress.start("pairs of principles", len(pairs))
    problems, words = [], 0
    for start in range(0, len(pairs), _SHARD):
        shard = pairs[start : start + _SHARD]
        asked = [_request(principles[i], principles[j]) for one in shard for i, j in (one, one[::-1])]
        words += sum(len(turn.content.split()) for request in asked for turn in request.messages)
        log_odds = [_log_odds(answer) for answer in judge.option_logprobs(asked)]
        for (i, j), first, second in zip(shard, log_odds[::2], log_odds[1::2], strict=True):
            mean = (first + second) / 2
            if mean > 0:
                share = 1 / (1 + math.exp(-mean))
                message = f"a judge says that no answer keeps this and `{principles[i].id}` (probability {share:.2f})"
                where = lines.line(("principles", j))
                problems.append(Problem(where, principles[j].id, "contradiction", "warning", message))
        progress.advance(start + len(shard), {})
    num = len(principles)
    return Asked(problems, len(pairs), num * (num - 1) // 2, words)


def _log_odds(answer: OptionLogprobs) -> float:
    """Of `no`."""
    if answer.failure or not all(map(math.isfinite, answer.values)):
        told = answer.failure or answer.how or f"log-probabilities {answer.values}"
        raise EngineError(f"the judge gives {OPTIONS} no probabilities ({told}); take another engine")
    yes, no = answer.values
    return no - yes


def _request(first: Principle, second: Principle) -> OptionRequest:
    shots: list[Message] = []
    for one, other, answer in _SHOTS:
        shots += [user(_QUESTION.format(first=one, second=other)), assistant(_PREFILL + answer)]
    asked = user(_QUESTION.format(first=first.text, second=second.text))
    return OptionRequest((*shots, asked), OPTIONS, _PREFILL, name=f"the pair `{first.id}` and `{second.id}`")
