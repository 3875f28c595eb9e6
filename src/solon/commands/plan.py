"""What a recipe will take: `solon plan`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from solon.commands.shared import Assignments, Json

if TYPE_CHECKING:
    from solon.forecast.forecast import Forecast

DOES_NOT_FIT = 3
"""Exit status of a plan that the hardware cannot hold; see `solon data check`."""

app = typer.Typer()


@app.command("plan")
def plan_recipe(
    recipe: Annotated[str, typer.Argument(help="a recipe file, or the name of a shipped one")] = "quickstart",
    hardware: Annotated[
        str, typer.Option("--hardware", help="`this` probes this machine; or h100-80gb, h200, a100-80gb, l4, rtx4090")
    ] = "this",
    price: Annotated[float | None, typer.Option("--price", min=0, help="of the device, per hour")] = None,
    assignments: Assignments = None,
    as_json: Json = False,
) -> None:
    """What a recipe will take, stage by stage: memory, tokens, time, money. No weights are read.

    Exit status: 0 it fits, 3 it does not, 1 an error.
    """
    from solon.forecast.forecast import as_json as told
    from solon.forecast.run import forecast_recipe
    from solon.recipe import load_recipe

    found = forecast_recipe(load_recipe(recipe, assignments or ()), hardware)
    if as_json:
        print(json.dumps(told(found, price)))
    else:
        _tell(found, price)
    if not found.fits:
        raise typer.Exit(DOES_NOT_FIT)


def _tell(found: Forecast, price: float | None) -> None:
    from solon.store.disk import gigabytes

    device = found.hardware
    print(f"{found.num_parameters / 1e6:,.1f} million parameters, {gigabytes(found.weight_bytes)} in {found.dtype}")
    print(f"on {device.name}: {gigabytes(round(device.memory_bytes))} of memory")
    money = "" if price is None else f"{'money':>9}"
    print(f"{'stage':18}{'memory':>11}{'trained':>11}{'read':>11}{'sampled':>11}{'time':>10}{money}  most memory at")
    for one in found.stages:
        paid = "" if price is None else f"{one.seconds / 3600 * price:9.2f}"
        tokens = "".join(f"{_count(count):>11}" for count in (one.trained_tokens, one.read_tokens, one.sampled_tokens))
        memory = gigabytes(round(one.memory_bytes))
        print(f"{one.stage:18}{memory:>11}{tokens}{_time(one.seconds):>10}{paid}  {one.peak_phase}")
    paid = "" if price is None else f"{found.seconds / 3600 * price:9.2f}"
    most = max((one.memory_bytes for one in found.stages), default=0)
    sums = (sum(getattr(one, f"{kind}_tokens") for one in found.stages) for kind in ("trained", "read", "sampled"))
    tokens = "".join(f"{_count(count):>11}" for count in sums)
    print(f"{'all':18}{gigabytes(round(most)):>11}{tokens}{_time(found.seconds):>10}{paid}")
    for one in found.stages:
        if not one.fits:
            print(f"{one.stage} does not fit. First change: {one.advice}")
    for note in found.notes:
        print(note)


def _count(tokens: float) -> str:
    return f"{tokens / 1e6:.2f} M" if tokens >= 1e4 else f"{tokens:.0f}"


def _time(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
