"""Deliberative alignment's data: reasoning that cites principles, judged under them, the best kept.

Source: Guan et al. 2024, arXiv:2412.16339, section 3. Departures: principles are cited by id and unknown ids rejected;
of the attempts that pass only the best are kept; the judge is told nothing beside the principles.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from solon.constitution import Constitution
from solon.constitution.shown import listed
from solon.constitution.wording import fill
from solon.data.context import in_context
from solon.deliberation.config import DeliberationConfig
from solon.deliberation.judging import Case, Judged, judge_cases
from solon.deliberation.reading import Attempt, check_citable, read_attempt
from solon.deliberation.record import Deliberation, Status
from solon.deliberation.wording import TASK
from solon.ids import check_ids_differ
from solon.interfaces import Sample, Sampler, SampleRequest
from solon.progress import Progress, Silent
from solon.records import Prompt
from solon.seeds import derive
from solon.unanswered import Unanswered, note_unanswered

SHARD_PROMPTS = 128
"""Prompts whose attempts are sampled and judged at once; changes memory, not text."""


class _Made(NamedTuple):
    """One attempt."""

    prompt: Prompt
    draw: int
    sample: Sample
    attempt: Attempt
    judged: Judged | None

    @property
    def id(self) -> str:
        return f"{self.prompt.id}/deliberation-{self.draw}"


def deliberate(
    prompts: Sequence[Prompt],
    constitution: Constitution,
    sampler: Sampler,
    judge: Sampler,
    config: DeliberationConfig,
    *,
    seed: int,
    name: str = "model",
    judge_name: str = "judge",
    parts: Mapping[str, Constitution] | None = None,
    progress: Progress | None = None,
    unanswered: list[Unanswered] | None = None,
) -> Iterator[Deliberation]:
    """All attempts at all prompts, in order, each with what became of it.

    The sampler reads the principles and writes reasoning and an answer; what is badly formed, or cites nothing or what
    is no principle, is rejected. The judge reads them too, and scores the rest: see `DeliberationConfig`.

    Args:
        parts: prompt id -> the part of the constitution that is read for this prompt, instead of the whole.
        unanswered: takes attempts that the sampler refused; without it a refusal is an error.

    Raises:
        InputError: two prompts have one id, or an id of a principle cannot be cited.
        EngineError: see `unanswered`.
    """
    check_ids_differ(prompts)
    parts, progress = parts or {}, progress or Silent()
    for one in {id(part): part for part in (constitution, *parts.values())}.values():
        check_citable(one)
    progress.start("deliberation", len(prompts))
    num_kept = 0
    for start in range(0, len(prompts), SHARD_PROMPTS):
        shard = prompts[start : start + SHARD_PROMPTS]
        read = {prompt.id: parts.get(prompt.id, constitution) for prompt in shard}
        made = _attempts(shard, read, sampler, config, seed, unanswered)
        for of_prompt in _with_judgements(made, read, judge, config, seed).values():
            for status, reason, attempt in _chosen(of_prompt, config):
                num_kept += status == "kept"
                yield _record(attempt, status, reason, name, judge_name)
        progress.advance(start + len(shard), {"kept per prompt": num_kept / (start + len(shard))})


def task_under(constitution: Constitution) -> str:
    """What stands before each conversation."""
    return fill(TASK, {"principles": listed(constitution.principles, ids=True)})


def _attempts(
    prompts: Sequence[Prompt],
    read: Mapping[str, Constitution],
    sampler: Sampler,
    config: DeliberationConfig,
    seed: int,
    unanswered: list[Unanswered] | None,
) -> list[_Made]:
    turns = {one.id: in_context(one, task_under(read[one.id]), config.place).messages for one in prompts}
    asked = [(prompt, draw) for prompt in prompts for draw in range(config.draws)]
    requests = [
        SampleRequest(
            turns[prompt.id], derive(seed, "deliberation", prompt.id, draw),
            config.max_new_tokens, config.temperature, name=prompt.named, tools=prompt.tools,
        )
        for prompt, draw in asked
    ]  # fmt: skip
    made = []
    for (prompt, draw), sample in zip(asked, sampler.sample(requests), strict=True):
        if sample.failure:
            note_unanswered(unanswered, prompt, "answer", sample.failure)
        else:
            made.append(_Made(prompt, draw, sample, read_attempt(sample, read[prompt.id].principles), None))
    return made


def _with_judgements(
    made: Sequence[_Made], read: Mapping[str, Constitution], judge: Sampler, config: DeliberationConfig, seed: int
) -> dict[str, list[_Made]]:
    """Prompt id -> its attempts, those that are well formed with their judgements."""
    formed = [one for one in made if not one.attempt.problem]
    cases = [
        Case(one.id, one.prompt, read[one.prompt.id].principles, one.attempt.reasoning, one.attempt.answer)
        for one in formed
    ]
    judged = {case.id: of for case, of in zip(cases, judge_cases(cases, judge, config, seed=seed), strict=True)}
    grouped: dict[str, list[_Made]] = {}
    for one in made:
        grouped.setdefault(one.prompt.id, []).append(one._replace(judged=judged.get(one.id)))
    return grouped


def _chosen(made: Sequence[_Made], config: DeliberationConfig) -> list[tuple[Status, str, _Made]]:
    """What becomes of the attempts at one prompt, in their order."""
    verdicts = [_verdict(one, config.threshold) for one in made]
    passed = [index for index, (status, _) in enumerate(verdicts) if status == "kept"]
    for index in sorted(passed, key=lambda i: _rank(made[i]), reverse=True)[config.keep :]:
        verdicts[index] = ("outdone", "outdone: others at this prompt are scored as high or higher")
    return [(*verdict, one) for verdict, one in zip(verdicts, made, strict=True)]


def _verdict(one: _Made, threshold: float) -> tuple[Status, str]:
    if one.judged is None:
        return "rejected", one.attempt.problem
    lowest = one.judged.lowest
    if lowest is not None and lowest < threshold:
        return "rejected", f"scored too low: {lowest:g}, below {threshold:g}"
    if one.judged.unread:
        return "unscored", f"unscored: {one.judged.unread}"
    return "kept", ""


def _rank(one: _Made) -> tuple[float, float, int]:
    """By the lowest score, then by the mean, then the earlier."""
    scores = [score for score in one.judged.scores if score is not None] if one.judged else []
    return min(scores), sum(scores) / len(scores), -one.draw


def _record(one: _Made, status: Status, reason: str, name: str, judge_name: str) -> Deliberation:
    judged = one.judged or Judged((), ())
    return Deliberation(
        id=one.id,
        prompt=one.prompt,
        reasoning=one.attempt.reasoning,
        answer=one.attempt.answer,
        raw=one.sample.text if one.attempt.problem else "",
        cited=one.attempt.cited,
        status=status,
        reason=reason,
        score=None if status == "unscored" else judged.lowest,
        scores=judged.scores,
        judgements=judged.raw,
        sampler=name,
        judge=judge_name,
    )
