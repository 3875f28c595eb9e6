"""What a judge is asked about, and what is read from its answer.

A completion is read alone, never with the prompt that drew it out: a prompt shows the output's form, and with it a
verdict that nobody gave.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple, Protocol, TypeVar

from pydantic import Field

from solon.judges.rubric import Rubric
from solon.records import Message, Record

Status = Literal["scored", "tie", "refused", "unscored"]
"""`scored`: there is a value. `tie`: neither is better. `refused`: the judge would not judge. `unscored`: it answered,
and no verdict, or no single one, can be read. Neither of the last two is ever a low score."""


class Reading(Record):
    """What one completion says."""

    status: Status
    value: float | str | None = None
    """A number on the format's scale; a letter in lower case, `a` the response shown first; or the name of a class.
    None exactly where `status` is not `scored`."""
    reason: str = ""
    """Why there is no value."""
    raw: str
    """The completion as the judge wrote it."""
    details: Mapping[str, str] = Field(default_factory=dict)
    """What the completion says besides the value, such as kinds of errors."""


class PairCase(NamedTuple):
    """Two responses to one conversation. A is shown first."""

    id: str
    messages: tuple[Message, ...]
    response_a: str
    response_b: str
    reference: str = ""
    """A good answer, for formats that show one."""

    def swapped(self) -> PairCase:
        """The same with B shown first."""
        return self._replace(response_a=self.response_b, response_b=self.response_a)


class ResponseCase(NamedTuple):
    """One response to a conversation."""

    id: str
    messages: tuple[Message, ...]
    response: str
    reference: str = ""
    rubric: Rubric | None = None
    """What this response is scored by; None takes the format's own."""


class ChoiceCase(NamedTuple):
    """A question with lettered options; the first is (A)."""

    id: str
    question: str
    options: tuple[str, ...]

    def reversed(self) -> ChoiceCase:
        """The same with the options in reverse order."""
        return self._replace(options=self.options[::-1])


CaseT_contra = TypeVar("CaseT_contra", contravariant=True)


class JudgeFormat(Protocol[CaseT_contra]):
    """How a judge is asked, and how its answer is read."""

    def question(self, case: CaseT_contra) -> tuple[Message, ...]:
        """The conversation that asks for a verdict."""
        ...

    def parse(self, completion: str) -> Reading:
        """What the judge answered. Never raises: what cannot be read is `unscored`, with the reason."""
        ...


class ScoreFormat(JudgeFormat[ResponseCase], Protocol):
    """A format whose values are numbers."""

    @property
    def scale(self) -> Scale:
        """The numbers that are scores."""
        ...


class Scale(NamedTuple):
    """The scores that a format knows."""

    low: float
    high: float
    whole: bool
    """Whole numbers only."""
