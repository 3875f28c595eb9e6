"""What calls of engines have cost: `solon cost`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from solon.commands.shared import Json
from solon.errors import InputError

if TYPE_CHECKING:
    from solon.store.ledger import Spending

app = typer.Typer()


@app.command()
def cost(
    work: Annotated[Path, typer.Argument(metavar="RUN | FILE", help="a run directory, or the --out of a command")],
    as_json: Json = False,
) -> None:
    """What the calls of a run or a command have cost, by stage and engine: the ledger's sums."""
    from solon.store.ledger import ledger_path, spending

    rows = list(spending(ledger_path(), str(work.resolve())))
    if not rows:
        raise InputError(f"{work}: the ledger {ledger_path()} has no call of it; give the run directory or the --out")
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
