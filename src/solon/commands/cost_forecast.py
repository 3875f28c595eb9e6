"""What a recipe will cost, told before it runs: `solon cost RECIPE`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from solon.forecast.prices import TableRow, Work
    from solon.forecast.run import CostForecast


def is_recipe(argument: str) -> bool:
    """Whether it is a recipe's file or a shipped recipe's name, and no run or result."""
    from solon.shipped import shipped

    path = Path(argument)
    if path.exists():
        return path.is_file() and path.suffix in (".yaml", ".yml")
    return shipped("recipes", argument) is not None


def forecast(
    recipe: str, assignments: Sequence[str], hardware: str | None, prices: Path | None, given: Sequence[str],
    as_json: bool,
) -> None:  # fmt: skip
    """Tell the calls of a recipe with their tokens and money, and the table of compute and annotation."""
    from solon.forecast.costs import costs_as_json
    from solon.forecast.prices import cost_table, load_prices
    from solon.forecast.run import forecast_costs
    from solon.recipe import load_recipe

    loaded = load_prices(prices, given)
    found = forecast_costs(load_recipe(recipe, assignments), hardware)
    table = cost_table(found.works, loaded)
    if as_json:
        rows = [{**work._asdict(), **row._asdict()} for work, row in zip(found.works, table, strict=True)]
        told = {"recipe": recipe, "calls": costs_as_json(found.calls), "table": rows, "prices": loaded.model_dump()}
        print(json.dumps({**told, "notes": found.notes}))
        return
    _tell_calls(found)
    _tell_table(found.works, table)
    for note in found.notes:
        print(note)


def _tell_calls(found: CostForecast) -> None:
    from solon.forecast.costs import costs_as_json

    head = ("calls", "read", "written", "money", "most read", "written", "money")
    print(f"{'stage':17}{'role':20}{'kind':9}{'engine':24}" + "".join(f"{one:>12}" for one in head))
    for one in found.calls:
        engine = one.engine if len(one.engine) <= 23 else f"{one.engine[:20]}..."
        print(f"{one.stage:17}{one.role:20}{one.kind:9}{engine:24}" + _figures(one._asdict()))
    print(f"{'all':70}" + _figures(costs_as_json(found.calls)))


def _figures(row: dict[str, int | float | bool]) -> str:
    calls = f"{'' if row['exact'] else '<= '}{row['calls']:,}"
    figures = [calls]
    for side in ("", "most_"):
        figures += [f"{row[side + 'read_tokens']:,.0f}", f"{row[side + 'written_tokens']:,.0f}",
                    f"{row[side + 'money']:,.4f}"]  # fmt: skip
    return "".join(f"{one:>12}" for one in figures)


def _tell_table(works: Sequence[Work], table: Sequence[TableRow]) -> None:
    print(f"\n{'':12}{'compute':>12}{'by people':>14}{'or by AI':>12}  annotation of")
    for work, row in zip(works, table, strict=True):
        compute = "-" if row.compute is None else f"{row.compute:,.2f}"
        what = f"{work.items:,} x {work.item}, or {work.ai_calls:,.0f} calls" if work.item else "nothing"
        print(f"{row.row:12}{compute:>12}{row.people:>14,.2f}{row.ai:>12,.2f}  {what}")
    if any(row.compute is None for row in table):
        print("compute is forecast with --hardware this, or the name of a GPU")
