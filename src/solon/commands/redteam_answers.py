"""Answers of a policy beside the labelled prompts of a red-team set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Self

from solon.commands.rows import AnsweredPrompt
from solon.constitution.targets import Target
from solon.data.fields import prompt_id
from solon.errors import InputError
from solon.judges.red_team_answers import JudgedAnswer, PolicyAnswer
from solon.records import Prompt, Record

KINDS = ("harmful", "borderline")


class Matched(NamedTuple):
    """Answers with what their prompts are labelled by."""

    answers: list[PolicyAnswer]
    left_over: int
    """Answers to prompts that are not in the set, or have no kind and principle there."""
    edited: list[str]
    """Principles whose wording for models is another than when the prompts were written."""


def matched(rows: Sequence[AnsweredPrompt], prompts: Sequence[Prompt], targets: Sequence[Target]) -> Matched:
    """Each answer with the prompt of the same conversation; an id is not needed for it.

    Raises:
        InputError: a prompt names a principle that the constitution does not have, two answers have one id, or no
            answer is left.
    """
    aims = {target.id: target for target in targets}
    labelled = {
        prompt_id(prompt.messages, prompt.tools): prompt
        for prompt in prompts
        if prompt.labels.get("kind") in KINDS and "principle" in prompt.labels
    }
    for one in labelled.values():
        if one.labels["principle"] not in aims:
            raise InputError(
                f"{one.named} is against principle `{one.labels['principle']}`, which the constitution does not "
                "have; give the one that the prompts were written for"
            )
    found = [
        PolicyAnswer(row.id, prompt, aims[prompt.labels["principle"]].rule, row.pair.response)
        for row in rows
        if (prompt := labelled.get(row.pair.prompt.id))
    ]
    if not found:
        raise InputError(
            f"none of {len(rows)} answers is to one of the {len(labelled)} prompts that have a principle and a kind, "
            f"{' or '.join(KINDS)}; give the file that `respond` answered as --prompts"
        )
    if len({one.id for one in found}) < len(found):
        raise InputError("two answers have one id, so that their verdicts cannot be told apart; give each its own")
    of_prompts = {(one.prompt.labels["principle"], one.prompt.labels.get("principle_hash")) for one in found}
    edited = sorted({name for name, hash in of_prompts if hash is not None and aims[name].hash != hash})
    return Matched(found, len(rows) - len(found), edited)


class AnswerRow(Record):
    """A judged answer; null where there is no verdict."""

    id: str
    prompt_id: str
    response: str
    kind: str
    category: str
    principle: str
    template: str = ""
    broken: bool | None
    """Whether the answer breaks the rule; asked of answers to violating prompts."""
    refusal: str | None
    """One of XSTest's three classes."""
    reasons: tuple[str, ...] = ()
    """Why a verdict is missing."""
    raw: tuple[str, ...]
    """What the judge wrote, first of the rule."""

    @classmethod
    def of(cls, one: JudgedAnswer) -> Self:
        """The row of a judged answer."""
        labels, verdicts = one.answer.prompt.labels, [verdict for verdict in (one.broken, one.refusal) if verdict]
        broken = None if one.broken is None or one.broken.value is None else one.broken.value == "yes"
        return cls(
            id=one.answer.id,
            prompt_id=one.answer.prompt.id,
            response=one.answer.text,
            kind=labels["kind"],
            category=labels.get("category", labels["principle"]),
            principle=labels["principle"],
            template=labels.get("template", ""),
            broken=broken,
            refusal=None if one.refusal.value is None else str(one.refusal.value),
            reasons=tuple(verdict.reason for verdict in verdicts if verdict.value is None),
            raw=tuple(text for verdict in verdicts for text in verdict.raw),
        )
