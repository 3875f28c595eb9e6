"""The rows of `judge rules`: what is read for it and what it writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

from solon.commands.given import answered_prompt
from solon.commands.rows import AnsweredPrompt, PromptRow, conversation_fields
from solon.data import QuarantineWriter
from solon.data.load import read_rows
from solon.data.quarantine import Unusable
from solon.judges.rules.fitted import FittedRules
from solon.judges.rules.gold import KIND, kind_named
from solon.judges.rules.violations import Violation, flagged
from solon.judges.rules.yes_no import YesNoAnswer


class RuleScoreRow(PromptRow):
    """A response, which propositions hold of it, and their weighted sum."""

    response: str
    kind: str
    """Which kind of response the prompt wants."""
    score: float | None
    status: str
    reason: str
    propositions: Mapping[str, float | None]
    """Probability that each holds; null where the judge answers neither yes nor no."""
    notes: Mapping[str, str]
    """Why there is no probability, or how one was found that the engine cannot compute."""
    source: str

    @classmethod
    def of(  # type: ignore[override]
        cls, row: KindOfResponse, told: Mapping[str, YesNoAnswer], rules: FittedRules, source: str
    ) -> Self:
        """The row of a scored response; unscored where any proposition has no probability."""
        probs = {name: answer.prob for name, answer in told.items()}
        known = {name: prob for name, prob in probs.items() if prob is not None}
        unread = sorted(probs.keys() - known.keys())
        return cls(
            id=row.answered.id,
            response=row.answered.pair.response,
            kind=row.kind,
            score=None if unread else rules.weights.reward(row.kind, known),
            status="unscored" if unread else "scored",
            reason=f"neither yes nor no to {', '.join(unread)}" if unread else "",
            propositions=probs,
            notes={name: answer.note for name, answer in told.items() if answer.note},
            source=source,
            **conversation_fields(row.answered.pair.prompt),
        )


class ViolationRow(PromptRow):
    """A response and how likely it breaks each rule."""

    response: str
    violations: Mapping[str, float | None]
    flagged: tuple[str, ...]
    """Rules whose probability reaches their threshold."""
    notes: Mapping[str, str]
    broken: Mapping[str, bool]
    """What people said, where they did."""
    source: str

    @classmethod
    def of(  # type: ignore[override]
        cls, row: ProbedResponse, told: Sequence[Violation], thresholds: Mapping[str, float], source: str
    ) -> Self:
        """The row of a probed response."""
        return cls(
            id=row.answered.id,
            response=row.answered.pair.response,
            violations={one.rule_id: one.prob for one in told},
            flagged=tuple(one.rule_id for one in told if flagged(one, thresholds)),
            notes={one.rule_id: one.note for one in told if one.note},
            broken=row.broken,
            source=source,
            **conversation_fields(row.answered.pair.prompt),
        )


class KindOfResponse(NamedTuple):
    """A response and the kind that its prompt wants."""

    answered: AnsweredPrompt
    kind: str


class ProbedResponse(NamedTuple):
    """A response and which rules people say it breaks."""

    answered: AnsweredPrompt
    broken: Mapping[str, bool]


def read_kinds(path: Path, rules: FittedRules, kind: str | None, quarantine: QuarantineWriter) -> list[KindOfResponse]:
    """Rows of {id?, prompt | messages, response, response_type?}; the type of a row goes before `kind`.

    Raises:
        InputError: as `read_rows`.
    """
    known = sorted(rules.weights.weights)

    def convert(row: dict[str, Any], name: str) -> KindOfResponse:
        wanted = row.get(KIND) or kind
        if not isinstance(wanted, str):
            raise Unusable(f"`{KIND}` is missing: which kind of response is wanted? Write it, or give --kind")
        if kind_named(wanted) not in known:
            raise Unusable(f"there are no weights for `{kind_named(wanted)}`; there are for {', '.join(known)}")
        return KindOfResponse(answered_prompt(_without(row, KIND), name), kind_named(wanted))

    return read_rows(path, convert, quarantine)


def read_probed(path: Path, rule_ids: Sequence[str], quarantine: QuarantineWriter) -> list[ProbedResponse]:
    """Rows of {id?, prompt | messages, response, broken?}, where `broken` tells of rules whether they are broken.

    Raises:
        InputError: as `read_rows`.
    """

    def convert(row: dict[str, Any], name: str) -> ProbedResponse:
        broken = row.get("broken") or {}
        if not isinstance(broken, dict) or not all(isinstance(value, bool) for value in broken.values()):
            raise Unusable("`broken` is not an object of RULE: true or false")
        if unknown := sorted(broken.keys() - set(rule_ids)):
            raise Unusable(f"`broken` tells of `{unknown[0]}`, which is no principle of the constitution")
        return ProbedResponse(answered_prompt(_without(row, "broken"), name), broken)

    return read_rows(path, convert, quarantine)


def _without(row: dict[str, Any], field: str) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != field}
