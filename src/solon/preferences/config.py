"""Settings of AI feedback and of the test that admits a judge."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from solon.constitution import PrincipleCount


class _Config(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class FeedbackConfig(_Config):
    """How a judge model is asked."""

    both_orders: bool = True
    """Ask with the responses in both orders and average the log-odds, which cancels a taste for one position."""
    principles_per_query: PrincipleCount = 1
    """Principles that a question shows at once, drawn without putting back: a number, or `all`. Published: 1."""
    queries: int = Field(1, gt=0)
    """Questions about each pair, each under principles of its own draw; their log-odds are averaged. Published: 1."""
    chain_of_thought: bool = False
    """The judge reasons before it answers; its probabilities are then near 0 and 1, so clamp them."""
    reasoning_tokens: int = Field(256, gt=0)
    """Limit of the reasoning, in tokens."""
    reasoning_temperature: float = Field(1.0, ge=0)
    """Of the reasoning; 0 is greedy, and spares a small judge slips that would decide. Published: 1."""
    samples: int = Field(1, gt=0)
    """Reasonings for each question; the log-odds after them are averaged. Published: 1, and 5 for tests."""
    clamp: tuple[float, float] | None = None
    """Lowest and highest label, applied last; published with chain of thought: [0.4, 0.6]. None: no limit."""

    @model_validator(mode="after")
    def _several_samples_differ(self) -> Self:
        if self.samples > 1 and not self.chain_of_thought:
            raise ValueError(f"samples={self.samples} without chain_of_thought would ask the very same {self.samples}x")
        if self.samples > 1 and self.reasoning_temperature == 0:
            raise ValueError(f"samples={self.samples} at reasoning_temperature=0 would all be the same reasoning")
        return self

    @model_validator(mode="after")
    def _clamp_treats_a_and_b_alike(self) -> Self:
        if self.clamp is not None:
            low, high = self.clamp
            if not 0 <= low <= 0.5 or abs(low + high - 1) > 1e-9:
                raise ValueError(f"clamp={[low, high]} would favour A or B: give [low, 1 - low] with 0 <= low <= 0.5")
        return self


class ReadingThresholds(_Config):
    """What a judge must reach on probes before its labels train anything."""

    accuracy: float = Field(0.8, ge=0, le=1)
    """Lowest share of right verdicts where the principle concerns the pair; ties and unscored count as wrong."""
    unconcerned: float = Field(0.15, ge=0, le=0.5)
    """Greatest distance from 0.5 of the mean probability where the principle does not concern the pair."""
    consistency: float = Field(0.7, ge=0, le=1)
    """Lowest share of concerned pairs with one verdict in both orders."""
    principle_accuracy: float = Field(0.6, ge=0, le=1)
    """Lowest accuracy of any single principle."""
