"""Settings of critique and revision."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from solon.constitution import PrincipleCount


class RevisionConfig(BaseModel):
    """How answers are criticised and revised. The defaults are as published."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    rounds: int = Field(4, ge=0)
    """Critiques and revisions of one answer, each under newly drawn principles."""
    principles_per_round: PrincipleCount = 1
    """Principles that a round shows at once, drawn without putting back: a number, or `all`. Published: 1."""
    critique: bool = True
    """False: answers are revised directly, without a critique (Bai et al. 2022, section 3.5)."""
    temperature: float = Field(1.0, ge=0)
    """Sampling temperature of first answers and revisions, which are imitated; 0 is greedy. Published: 1."""
    critique_temperature: float = Field(1.0, ge=0)
    """Of critiques. Published: 1."""
    max_new_tokens: int = Field(64, gt=0)
    """Tokens of an answer, a critique or a revision."""
