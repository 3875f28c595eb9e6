"""How a person gave an answer, and what they saw: kept with the rankings and demonstrations that people give."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class ShownPrinciple(BaseModel):
    """A principle that stood beside the question."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    hash: str


class Annotation(BaseModel):
    """What is known of one answer of a person beside the answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    annotator: str
    key: str
    """Of its call in the ledger."""
    seconds: float
    """From the question on the screen to the answer, without the time on other questions."""
    price: float = 0.0
    """In the currency that prices were given in."""
    note: str = ""
    """What the annotator remarked."""
    revision: int = 0
    """How many earlier answers of this annotator to the same question this one replaces."""
    principles: tuple[ShownPrinciple, ...] = ()
    """Those shown, in order."""
    critiques: tuple[str, ...] = ()
    """The ids of a model's critiques that were shown, in order."""
    response_ids: tuple[tuple[str, ...], ...] = ()
    """Of a ranking: for each response in the order shown, the ids of all rows with its text."""
    draft: str | None = None
    """Of a demonstration: a model's answer that was shown to be edited."""
    draft_id: str = ""
    """The id of the draft's row."""


class Skip(BaseModel):
    """A question that an annotator left without an answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    """ANNOTATOR/PROMPT-ID, as the answer would have."""
    annotator: str
    key: str
    """Of its call in the ledger."""
    seconds: float
    price: float = 0.0
    note: str = ""
