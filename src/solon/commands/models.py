"""Commands on model folders."""

from __future__ import annotations

import dataclasses
import json
from typing import Annotated

import typer

from solon.commands.shared import Json, Out

app = typer.Typer(no_args_is_help=True, help="Make models fit for the chain.")


@app.command()
def adapt(
    source: Annotated[str, typer.Argument(metavar="PATH | NAME", help="a model folder or hub name")],
    out: Out,
    as_json: Json = False,
) -> None:
    """Give a base model what turns need: turn, end and padding tokens, and a chat template."""
    from solon.models.adapt import adapt as adapt_model

    told = dataclasses.asdict(adapt_model(source.removeprefix("hf:"), out))
    print(json.dumps({"out": str(out), **told}) if as_json else f"{out}: {told}")
