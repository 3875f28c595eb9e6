"""A judge that reads the principles scores reasoning and answer; the lowest of several judgements counts.

Source: Guan et al. 2024, arXiv:2412.16339, section 3.2 (the minimum of several judgements). Ours: the scale, the
threshold, and that an unreadable judgement is none: it neither passes an attempt nor fails it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from solon.constitution import Principle
from solon.constitution.shown import listed
from solon.constitution.wording import fill
from solon.data.transcripts import transcript
from solon.deliberation.config import DeliberationConfig
from solon.deliberation.wording import JUDGEMENT, SCALE
from solon.interfaces import Sample, Sampler, SampleRequest
from solon.judges.formats.auto_j import RATING
from solon.judges.grammar import read_verdict, score_on
from solon.judges.quoting import Quoter
from solon.records import Message, Prompt, user
from solon.seeds import derive


class Case(NamedTuple):
    """What is judged."""

    id: str
    prompt: Prompt
    principles: tuple[Principle, ...]
    reasoning: str
    answer: str


class Judged(NamedTuple):
    """All judgements of one case."""

    scores: tuple[float | None, ...]
    raw: tuple[str, ...]
    unread: str = ""
    """Why one of them cannot be read, where that is so; of several the first."""

    @property
    def lowest(self) -> float | None:
        """Of the scores that were read."""
        return min((score for score in self.scores if score is not None), default=None)


def judge_cases(cases: Sequence[Case], judge: Sampler, config: DeliberationConfig, *, seed: int) -> list[Judged]:
    """The judgements of each case, in order."""
    requests = [
        SampleRequest(
            _question(case), derive(seed, "judgement", case.id, number), config.judge_tokens,
            temperature=0.0 if config.judgements == 1 else 1.0, name=f"the judgement of {case.id!r}",
        )
        for case in cases
        for number in range(config.judgements)
    ]  # fmt: skip
    answers, each = judge.sample(requests), config.judgements
    return [_judged(answers[index * each : (index + 1) * each]) for index in range(len(cases))]


def _question(case: Case) -> tuple[Message, ...]:
    asked = transcript(case.prompt.shown)
    quoter = Quoter(asked, case.reasoning, case.answer)
    blocks = [
        quoter.block("CONVERSATION", asked), quoter.block("REASONING", case.reasoning),
        quoter.block("ANSWER", case.answer),
    ]  # fmt: skip
    task = fill(JUDGEMENT, {"principles": listed(case.principles, ids=True)})
    return (user("\n\n".join([task, quoter.notice, *blocks])),)


def _judged(answers: Sequence[Sample]) -> Judged:
    scores: list[float | None] = []
    reasons = []
    for number, answer in enumerate(answers, start=1):
        reading = read_verdict(answer.text, RATING, score_on(SCALE), wanted="Rating: [[...]]")
        scores.append(reading.value if isinstance(reading.value, float) and not answer.failure else None)
        if scores[-1] is None:
            cut = "; the token limit cut it" if answer.truncated else ""
            reasons.append(f"judgement {number}: {answer.failure or reading.reason}{cut}")
    return Judged(tuple(scores), tuple(answer.text for answer in answers), reasons[0] if reasons else "")
