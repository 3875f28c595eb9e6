"""What calls of engines have cost, or will cost: `solon cost`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from solon.commands.shared import Assignments, Json
from solon.errors import InputError

if TYPE_CHECKING:
    from solon.store.ledger import Spending

_FORMS = "give the run directory or the --out of a command, or a recipe's .yaml file or shipped name for a forecast"

app = typer.Typer()


@app.command()
def cost(
    work: Annotated[
        Path,
        typer.Argument(
            metavar="RUN | FILE | RECIPE", help="a run directory, the --out of a command, a recipe or its name"
        ),
    ],
    hardware: Annotated[
        str | None, typer.Option("--hardware", help="of a RECIPE: forecast its compute too; as `solon plan` takes it")
    ] = None,
    prices: Annotated[
        Path | None, typer.Option("--prices", help="of a RECIPE: YAML of compute_hour, people, ai; shipped ones else")
    ] = None,
    price: Annotated[
        list[str] | None, typer.Option("--price", help="KEY=VALUE of the prices: people.ranking=3; may be repeated")
    ] = None,
    assignments: Assignments = None,
    as_json: Json = False,
) -> None:
    """What calls have cost (of a RUN or FILE: the ledger's sums), or what they will cost (of a RECIPE: a forecast)."""
    from solon.commands.cost_forecast import forecast, is_recipe
    from solon.store.ledger import ledger_path, spending

    if is_recipe(str(work)):
        forecast(str(work), assignments or (), hardware, prices, price or (), as_json)
        return
    if hardware or prices or price or assignments:
        raise InputError(f"{work} is no recipe, and --hardware, --prices, --price and --set go with one: {_FORMS}")
    rows = list(spending(ledger_path(), str(work.resolve())))
    if not rows:
        raise InputError(f"{work}: the ledger {ledger_path()} has no call of it; {_FORMS}")
    if as_json:
        print(json.dumps({"work": str(work), "ledger": str(ledger_path()), **_sums(rows),
                          "rows": [row._asdict() for row in rows]}))  # fmt: skip
        return
    print(
        f"{'stage':17} {'engine':28} {'kind':11} {'outcome':11} {'calls':>8} {'read':>10} {'written':>10} {'money':>9}"
    )
    for row in rows:
        name = row.engine if len(row.engine) <= 28 else f"{row.engine[:25]}..."
        print(
            f"{row.stage:17} {name:28} {row.kind:11} {row.outcome:11} {row.calls:8,} {row.num_prompt_tokens:10,} "
            f"{row.num_tokens:10,} {row.price:9.4f}"
        )
    told = _sums(rows)
    print(
        f"{told['calls']:,} calls answered, {told['reused']:,} more from the ledger, {told['failed']:,} attempts "
        f"failed; {told['tokens']:,} tokens, {told['money']:.4f} of money"
    )


def _sums(rows: Sequence[Spending]) -> dict[str, Any]:
    def calls(*outcomes: str) -> int:
        return sum(row.calls for row in rows if row.outcome in outcomes)

    done, reused = calls("done"), calls("reused")
    return {
        "calls": done,
        "reused": reused,
        "failed": sum(row.calls for row in rows) - done - reused,
        "tokens": sum(row.num_prompt_tokens + row.num_tokens for row in rows),
        "seconds": sum(row.seconds for row in rows),
        "money": sum(row.price for row in rows),
    }
