"""What the steps of post-training cost: compute, and annotation by people or by AI, at any prices."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import Field

from solon.constitution.marked_yaml import read_yaml
from solon.settings import Marks, Settings, override, validate

DEFAULT = Path(__file__).with_name("prices.yaml")


class PeoplePrices(Settings):
    """What people's answers cost, in the currency of all prices."""

    demonstration: float = Field(ge=0)
    """An answer that is written, to be imitated."""
    ranking: float = Field(ge=0)
    """The responses to one prompt put in order; two of them are a comparison."""
    evaluation: float = Field(ge=0)
    """One answer of the finished model rated."""


class AiPrices(Settings):
    """What a call of a hosted model costs that does the same: the sum of what is given here."""

    call: float = Field(0.0, ge=0)
    """Of any call."""
    million_prompt_tokens: float = Field(0.0, ge=0)
    """Of a million tokens read."""
    million_tokens: float = Field(0.0, ge=0)
    """Of a million tokens written."""


class Prices(Settings):
    """Prices of the table, in any one currency."""

    compute_hour: float = Field(ge=0)
    """Of the device that trains, an hour."""
    people: PeoplePrices
    ai: AiPrices


Item = Literal["demonstration", "ranking", "evaluation"]


class Work(NamedTuple):
    """What a row of the table asks for."""

    row: str
    compute_hours: float | None
    """None where it was not forecast."""
    item: Item | None = None
    """What people would give; None where nothing is annotated."""
    items: int = 0
    ai_calls: float = 0.0
    """Of a model that annotates in the place of people."""
    ai_read_tokens: float = 0.0
    ai_written_tokens: float = 0.0


class TableRow(NamedTuple):
    """Money. `people` and `ai` are what the same annotation costs from the one or from the other."""

    row: str
    compute: float | None
    people: float
    ai: float


def cost_table(works: Sequence[Work], prices: Prices) -> list[TableRow]:
    """compute = hours * price; people = items * price; ai = calls * price + tokens * price."""
    return [
        TableRow(
            work.row,
            None if work.compute_hours is None else work.compute_hours * prices.compute_hour,
            work.items * float(getattr(prices.people, work.item)) if work.item else 0.0,
            work.ai_calls * prices.ai.call
            + (
                work.ai_read_tokens * prices.ai.million_prompt_tokens
                + work.ai_written_tokens * prices.ai.million_tokens
            )
            / 1e6,
        )
        for work in works
    ]


def load_prices(path: Path | None, assignments: Sequence[str] = ()) -> Prices:
    """A file of prices (the shipped one without a path), changed by KEY=VALUE.

    Raises:
        InputError: there is no such file, or a key of it is unknown, missing or does not fit.
    """
    marked = read_yaml(path or DEFAULT)
    keys = override(marked.data, assignments, "--price")
    return validate(marked.data, Prices, Marks(marked, keys, "--price"))
