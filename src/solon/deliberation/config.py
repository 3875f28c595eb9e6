"""Settings of deliberation."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from solon.data.context import Place
from solon.deliberation.wording import SCALE


class DeliberationConfig(BaseModel):
    """How often each prompt is answered, how often each answer is judged, and what is kept."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    draws: int = Field(4, gt=0)
    """Attempts at each prompt."""
    keep: int = Field(1, gt=0)
    """Most attempts at one prompt that are kept: the best of those that pass."""
    max_new_tokens: int = Field(1024, gt=0)
    """Longest attempt, reasoning and answer together; one that is cut is rejected."""
    temperature: float = Field(1.0, ge=0)
    """Of the attempts."""
    judgements: int = Field(3, gt=0)
    """How often each attempt is judged; the lowest score counts. One is greedy, several are drawn at temperature 1."""
    judge_tokens: int = Field(512, gt=0)
    """Longest judgement."""
    place: Place = "system"
    """Where the principles stand: a system turn, or before the first user's turn (`user`)."""
    threshold: float = Field(8.0, ge=SCALE.low, le=SCALE.high)
    """Lowest score, from 1 to 10, with which an attempt passes."""

    @model_validator(mode="after")
    def _can_keep_as_many(self) -> Self:
        if self.keep > self.draws:
            raise ValueError(
                f"keep={self.keep} of draws={self.draws} attempts cannot be kept. Draw more, or keep fewer."
            )
        return self
