"""What engines cost and may cost, and how servers are asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from solon.engines.budget import Budget, Price


class EngineConfig(BaseModel):
    """Settings of all engines of a run or a command."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    budget: Budget = Budget()
    """The most that the whole work may cost."""
    price: Price = Price()
    """Of an engine that `prices` does not name."""
    prices: Mapping[str, Price] = {}
    """Address of an engine, or the stage whose model answers -> its price."""
    timeout_seconds: float = Field(120.0, gt=0)
    """Of one attempt to ask a server; a longer one is broken off and made again."""
    attempts: int = Field(8, gt=0)
    """Of one call of a server, before the whole work stops; what was answered is kept."""
    longest_wait_seconds: float = Field(30.0, gt=0)
    """Between two attempts, where a server names no time of its own."""
    concurrency: int = Field(256, gt=0)
    """Most calls of a server under way at once; how many there are follows what it bears."""
    prefill: Literal["continue", "ask"] = "continue"
    """How a server's answer begins with given words: it goes on with a begun assistant's turn (vLLM, SGLang,
    llama.cpp), or the last turn asks for these words (hosted models)."""
    top_logprobs: int = Field(20, ge=1)
    """Alternatives that a server is asked for at each token; hosted ones give no more than 20."""
    option_samples: int = Field(16, gt=0)
    """Samples that stand in for log-probabilities where a server gives none."""

    def price_of(self, engine: str) -> Price:
        """The price of an engine."""
        return self.prices.get(engine, self.price)
