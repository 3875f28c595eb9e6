"""Settings of low-rank adapters."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Quantise = Literal["4bit"]


class LoraSettings(BaseModel):
    """Adapters that are trained instead of the weights: W + alpha / rank x B A, with B of zeros at the start.

    The learning rate is then to be about ten times that of training all weights.
    Source: Hu et al. 2021, arXiv:2106.09685; quantised weights under them: Dettmers et al. 2023, arXiv:2305.14314.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    rank: int = Field(16, gt=0)
    """Rows of A and columns of B."""
    alpha: float = Field(32.0, gt=0)
    """What the adapter adds is multiplied by alpha / rank."""
    targets: Literal["all-linear"] | tuple[str, ...] = "all-linear"
    """Which layers get adapters: all linear ones of the decoder, or those of these names (`q_proj`, say). Words (the
    embedding and the output) never do."""
    quantise: Quantise | None = None
    """`4bit` holds the weights of the start in NF4 (QLoRA); needs the extra `qlora`. What is written at the end has the
    start's own dtype."""
