"""What the calls of a recipe will be and cost, by stage, role and engine: before anything is run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from solon.addresses import is_server
from solon.engines.budget import Price
from solon.engines.config import EngineConfig
from solon.forecast.asking import Asked


class CallCost(NamedTuple):
    """The calls of one kind that one role of a stage makes."""

    stage: str
    role: str
    engine: str
    kind: str
    """`sample` or `options`, as the ledger calls it."""
    calls: int
    exact: bool
    """False where there are at most so many."""
    read_tokens: float
    """Expected, as are those written; in the tokens of the recipe's own model, which a server may count otherwise."""
    written_tokens: float
    most_read_tokens: float
    """A bound, as are those below: every sampled text is as long as it may be."""
    most_written_tokens: int
    money: float
    """Of the expected tokens."""
    most_money: float


def call_costs(stage: str, asked: Sequence[Asked], config: EngineConfig) -> list[CallCost]:
    """The calls of a stage, those of one role, engine and kind added up, at the prices of the engines."""
    found: dict[tuple[str, str, str], CallCost] = {}
    for one in asked:
        price = config.price_of(one.engine)
        cost = CallCost(
            stage, one.role, one.engine, one.kind, one.calls, one.exact, one.read_tokens, one.written_tokens,
            one.most_read_tokens, one.most_written_tokens, _money(price, one.read_tokens, one.written_tokens),
            _money(price, one.most_read_tokens, one.most_written_tokens),
        )  # fmt: skip
        key = (one.role, one.engine, one.kind)
        found[key] = _sum(found[key], cost) if key in found else cost
    return list(found.values())


def cost_notes(costs: Sequence[CallCost], config: EngineConfig) -> list[str]:
    """What the figures leave out, where they do."""
    told = ["calls that stand in the ledger already are free, and are counted here as if they did not"]
    asked = dict.fromkeys(one.engine for one in costs)
    told += [f"{engine}: its price by the hour is not in the money of calls" for engine in asked
             if config.price_of(engine).hour]  # fmt: skip
    scored = dict.fromkeys(one.engine for one in costs if one.kind == "options" and is_server(one.engine))
    told += [f"{engine}: if it gives no log-probabilities, it is asked {config.option_samples} times for every call of "
             "`options`" for engine in scored]  # fmt: skip
    if not any(config.price_of(engine).of(10**9, 10**9, 0) for engine in asked):
        told.append("no engine has a price of tokens: give `engines.price` or `engines.prices`")
    return told


def costs_as_json(costs: Sequence[CallCost]) -> dict[str, Any]:
    """The rows and their sums."""
    sums = {
        name: sum(getattr(one, name) for one in costs)
        for name in ("calls", "read_tokens", "written_tokens", "money", "most_read_tokens", "most_written_tokens",
                     "most_money")
    }  # fmt: skip
    return {**sums, "exact": all(one.exact for one in costs), "rows": [one._asdict() for one in costs]}


def _money(price: Price, read: float, written: float) -> float:
    return price.of(round(read), round(written), 0.0)


def _sum(one: CallCost, other: CallCost) -> CallCost:
    return one._replace(
        exact=one.exact and other.exact,
        **{name: getattr(one, name) + getattr(other, name) for name in ("calls", *CallCost._fields[6:])},
    )
