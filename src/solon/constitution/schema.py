"""A constitution: what stands in its file, and what of it a model reads.

`PrincipleEntry` is an entry as written, with templates and tags. `Principle` is what the rest of the system
handles: finished wording and no tags, so that nothing but this room can follow a tag.
"""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from solon.constitution.draw import draw_some
from solon.constitution.wording import fill, join_clauses, placeholders
from solon.errors import InputError
from solon.records import Message, user

Use = Literal["any", "critique", "comparison"]
"""What a principle is drawn for: a critique and revision, a comparison, or either."""

PrincipleCount = Annotated[int, Field(gt=0)] | Literal["all"]
"""How many principles are put into one question."""

JUDGE_PLACEHOLDERS = frozenset({"conversation", "response_a", "response_b", "comparison"})


class PlacedError(ValueError):
    """A problem below the validated field: `where` is the rest of the path to it."""

    def __init__(self, message: str, *where: str | int) -> None:
        super().__init__(message)
        self.where = where


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Clause(_Strict):
    """One part of a principle that can be left out without the rest."""

    text: str = Field(min_length=1)
    tags: tuple[str, ...] = ()
    """For ablations and reports; no model sees them and no stage reads them."""


class PrincipleEntry(_Strict):
    """A principle as it is written. The four texts may hold `{clauses}`, where the clauses are put as a list."""

    id: str = Field(min_length=1)
    text: str = ""
    """The principle in one sentence, for people; without it, the list of clauses."""
    clauses: tuple[Clause, ...] = ()
    critique_request: str = ""
    """What the critic is asked; needs a `revision_request`."""
    revision_request: str = ""
    comparison: str = ""
    """What the judge of two responses is asked."""
    source: str = ""
    """Where the principle comes from."""
    tags: tuple[str, ...] = ()
    """For ablations and reports; no model sees them and no stage reads them."""
    weight: float = Field(1.0, gt=0, allow_inf_nan=False)
    """Relative probability of being drawn."""

    @field_validator("clauses", mode="before")
    @classmethod
    def _some_clause_is_left(cls, clauses: object) -> object:
        if clauses is None or clauses == []:
            raise ValueError("all clauses are gone: delete the whole principle, or give it a clause")
        return clauses

    @model_validator(mode="after")
    def _can_be_read_and_used(self) -> Self:
        texts = {name: getattr(self, name) for name in ("text", "critique_request", "revision_request", "comparison")}
        if not self.text and not self.clauses:
            raise ValueError(f"principle `{self.id}` needs `text` or `clauses`")
        if not self.critique_request and not self.comparison:
            raise ValueError(f"principle `{self.id}` can never be used: give it a critique_request or a comparison")
        if bool(self.critique_request) != bool(self.revision_request):
            raise ValueError(f"principle `{self.id}` needs both critique_request and revision_request, or neither")
        for name, text in texts.items():
            if unknown := placeholders(text) - {"clauses"}:
                raise PlacedError(f"unknown placeholder {{{min(unknown)}}}: only {{clauses}} is replaced", name)
            if "clauses" in placeholders(text) and not self.clauses:
                raise PlacedError(f"{{clauses}} stands here, but principle `{self.id}` has no clauses", name)
        read = (self.critique_request, self.revision_request, self.comparison)
        if self.clauses and not any("clauses" in placeholders(text) for text in read):
            raise PlacedError("no request or comparison holds {clauses}, so no model would read them", "clauses")
        return self


class Principle(_Strict):
    """A principle as models read it: finished wording, no tags."""

    id: str
    text: str
    critique_request: str = ""
    revision_request: str = ""
    comparison: str = ""
    weight: float = 1.0

    @cached_property
    def hash(self) -> str:
        """12 hex digits over what a model reads; an edit of source, tags, weight or `text` keeps it."""
        read = json.dumps([self.critique_request, self.revision_request, self.comparison])
        return hashlib.sha256(read.encode()).hexdigest()[:12]

    def serves(self, use: Use) -> bool:
        """Whether the principle has the wording for this use."""
        return use == "any" or bool(self.critique_request if use == "critique" else self.comparison)


def _as_messages(prompt: str | tuple[Message, ...]) -> tuple[Message, ...]:
    return (user(prompt),) if isinstance(prompt, str) else prompt


class CritiqueExample(_Strict):
    """A few-shot critique and revision. Without `revision` the answer was fine and the example ends there."""

    prompt: str | tuple[Message, ...]
    response: str
    critique_request: str | None = None
    """None: the request of the principle that is drawn."""
    critique: str
    revision_request: str | None = None
    revision: str | None = None

    @property
    def messages(self) -> tuple[Message, ...]:
        """The prompt as a conversation."""
        return _as_messages(self.prompt)


class ComparisonExample(_Strict):
    """A few-shot comparison. Those with `reasoning` serve judges that think first."""

    prompt: str | tuple[Message, ...]
    response_a: str
    response_b: str
    comparison: str | None = None
    """None: that of a principle drawn for the example."""
    reasoning: str | None = None
    answer: Literal["A", "B"]

    @property
    def messages(self) -> tuple[Message, ...]:
        """The prompt as a conversation."""
        return _as_messages(self.prompt)


class Examples(_Strict):
    """Few-shot examples: part of the constitution, because they teach how to read it."""

    critiques: tuple[CritiqueExample, ...] = ()
    comparisons: tuple[ComparisonExample, ...] = ()


class Constitution(_Strict):
    """A file of principles. In the file and the constructor `principles` are entries; as attribute, finished wording.

    Frozen; equal where everything written is equal.
    """

    id: str = Field(min_length=1)
    version: str = Field(min_length=1)
    entries: tuple[PrincipleEntry, ...] = Field(alias="principles")
    examples: Examples = Examples()
    clause_joiner: str = ", "
    last_joiner: str = " or "
    no_change: tuple[str, ...] = ("no change needed", "no changes needed")
    """A critique that holds one of these (in any case) leaves the answer as it is."""
    judge_prompt: str | None = None
    """The judge's question with {conversation} {response_a} {response_b} {comparison}; None: the published form."""
    judge_prefill: str | None = None
    """What the judge's answer begins with, before an option; None: the published form."""
    reasoning_prefill: str | None = None
    """What a judge that thinks first begins with; None: the published form."""
    options: tuple[str, str] = (" (A)", " (B)")
    """The two answers whose probability is compared."""

    @field_validator("version", mode="before")
    @classmethod
    def _a_whole_number_may_stand_unquoted(cls, version: object) -> object:
        return str(version) if type(version) is int else version

    @field_validator("entries", mode="before")
    @classmethod
    def _has_principles(cls, entries: object) -> object:
        if not entries:
            raise ValueError("no principles: a constitution needs at least one")
        return entries

    @field_validator("entries")
    @classmethod
    def _ids_differ(cls, entries: tuple[PrincipleEntry, ...]) -> tuple[PrincipleEntry, ...]:
        seen: set[str] = set()
        for index, entry in enumerate(entries):
            if entry.id in seen:
                raise PlacedError(f"a second principle has the id `{entry.id}`", index, "id")
            seen.add(entry.id)
        return entries

    @field_validator("judge_prompt")
    @classmethod
    def _judge_prompt_shows_everything(cls, template: str | None) -> str | None:
        if template is not None and (wrong := placeholders(template) ^ JUDGE_PLACEHOLDERS):
            raise ValueError(f"must hold exactly {sorted(JUDGE_PLACEHOLDERS)}; unknown or missing: {sorted(wrong)}")
        return template

    @field_validator("options")
    @classmethod
    def _options_differ(cls, options: tuple[str, str]) -> tuple[str, str]:
        if "" in options or options[0] == options[1]:
            raise ValueError("the two options must be different and not empty")
        return options

    @cached_property
    def principles(self) -> tuple[Principle, ...]:
        """The principles with their wording finished, in the order of the file."""
        return tuple(self._finish(entry) for entry in self.entries)

    def _finish(self, entry: PrincipleEntry) -> Principle:
        clauses = join_clauses([clause.text for clause in entry.clauses], self.clause_joiner, self.last_joiner)
        values = {"clauses": clauses} if entry.clauses else {}
        return Principle(
            id=entry.id,
            text=fill(entry.text, values) or clauses,
            critique_request=fill(entry.critique_request, values),
            revision_request=fill(entry.revision_request, values),
            comparison=fill(entry.comparison, values),
            weight=entry.weight,
        )

    def principle(self, principle_id: str) -> Principle:
        """The principle of this id; InputError where there is none."""
        for principle in self.principles:
            if principle.id == principle_id:
                return principle
        raise InputError(f"constitution `{self.id}` has no principle `{principle_id}`")

    def draw(self, seed: int, prompt_id: str, draw: int = 0, round: int = 0, *, use: Use = "any") -> Principle:
        """One principle for one question, with probability proportional to weight; see `draw_several`."""
        return self.draw_several(1, seed, prompt_id, draw, round, use=use)[0]

    def draw_several(
        self, count: PrincipleCount, seed: int, prompt_id: str, draw: int = 0, round: int = 0, *, use: Use
    ) -> tuple[Principle, ...]:
        """Different principles for one question; all that serve, in the order of the file, where they are no more.

        Depends on the arguments and on each principle's id and weight alone, never on their order: a principle
        that is added takes over only the questions it wins, and one that is deleted gives up only its own.

        Raises:
            InputError: no principle has the wording for `use`.
        """
        candidates = [principle for principle in self.principles if principle.serves(use)]
        if not candidates:
            raise InputError(f"constitution `{self.id}` has no principle with wording for a {use}")
        if count == "all" or count >= len(candidates) > 1:
            return tuple(candidates)
        return tuple(draw_some(candidates, count, seed, prompt_id, draw, round))
