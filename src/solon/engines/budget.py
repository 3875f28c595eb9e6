"""What calls cost, and when to stop."""

from __future__ import annotations

from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from solon.engines.calls import Request
from solon.interfaces import SampleRequest

_CHARACTERS_PER_TOKEN = 3.0
"""Of a prompt, until the engine has told how many tokens it read: rather too many tokens than too few."""
_TOKENS_PER_TURN = 8
"""What a chat template adds."""
_OPTION_TOKENS = 8
_CHARACTERS_PER_IMAGE = 4096
"""What a picture counts in an estimate, until the engine has told how many tokens it read."""


class Price(BaseModel):
    """What an engine costs, in any one currency."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    million_prompt_tokens: float = Field(0.0, ge=0)
    """Of a million tokens read."""
    million_tokens: float = Field(0.0, ge=0)
    """Of a million tokens written."""
    hour: float = Field(0.0, ge=0)
    """Of an hour of a local engine, or of a server that is rented by the hour and asked one call at a time."""

    def of(self, num_prompt_tokens: int, num_tokens: int, seconds: float) -> float:
        """The price of one call."""
        tokens = num_prompt_tokens * self.million_prompt_tokens + num_tokens * self.million_tokens
        return tokens / 1e6 + seconds * self.hour / 3600


class Budget(BaseModel):
    """The most that a work may cost; earlier attempts at the same work count."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    tokens: int | None = Field(None, ge=0)
    """Read and written together. None: no limit."""
    money: float | None = Field(None, ge=0)
    """In the currency of the prices. None: no limit."""


class Cost(NamedTuple):
    """Of a call that is under way: an upper bound where the engine writes as much as it may."""

    tokens: float
    money: float


class Purse:
    """Counts what is spent and what is under way against a budget."""

    def __init__(self, budget: Budget, price: Price) -> None:
        self._budget, self._price = budget, price
        self.begin((0, 0.0))
        self._characters, self._read = 0, 0

    def begin(self, spent: tuple[int, float]) -> None:
        """A batch begins: what the work has cost so far, by earlier attempts and by its other engines.

        What an earlier batch left under way, because it was broken off, is so no longer.
        """
        self._tokens, self._money = float(spent[0]), spent[1]
        self._under_way = Cost(0.0, 0.0)

    @property
    def spent(self) -> tuple[int, float]:
        """Tokens and money so far."""
        return round(self._tokens), self._money

    def reserve(self, request: Request) -> Cost | None:
        """Set aside what a call may cost; None where the budget, with all that is under way, does not hold it."""
        cost = self._estimate(request)
        tokens, money = self._under_way.tokens + cost.tokens, self._under_way.money + cost.money
        if self._budget.tokens is not None and self._tokens + tokens > self._budget.tokens:
            return None
        if self._budget.money is not None and self._money + money > self._budget.money:
            return None
        self._under_way = Cost(tokens, money)
        return cost

    def release(self, cost: Cost) -> None:
        """The call is over."""
        self._under_way = Cost(self._under_way.tokens - cost.tokens, self._under_way.money - cost.money)

    def pay(self, request: Request, num_prompt_tokens: int, num_tokens: int, seconds: float) -> float:
        """Count what a call cost, and tell its price."""
        if num_prompt_tokens:
            self._characters += _characters(request)
            self._read += num_prompt_tokens
        price = self._price.of(num_prompt_tokens, num_tokens, seconds)
        self._tokens += num_prompt_tokens + num_tokens
        self._money += price
        return price

    def _estimate(self, request: Request) -> Cost:
        share = self._read / self._characters if self._read else 1 / _CHARACTERS_PER_TOKEN
        read = _characters(request) * share + _TOKENS_PER_TURN * len(request.messages)
        written = request.max_new_tokens if isinstance(request, SampleRequest) else _OPTION_TOKENS
        return Cost(read + written, self._price.of(round(read), written, 0.0))


def _characters(request: Request) -> int:
    shown = sum(len(message.content) + _CHARACTERS_PER_IMAGE * len(message.images) for message in request.messages)
    return len(request.prefill) + shown
