"""`solon data mix`: files -> one stream of tokens whose mixture changes over training."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from solon.commands.shared import Assignments, Json, Out, Seed, finish, progress, quarantine_file, row_counts


def mix(
    config: Annotated[Path, typer.Argument(metavar="CONFIG", help="a YAML file: tokens, phases, sources")],
    model: Annotated[str, typer.Option("--model", help="whose tokens: a model folder or hub name")],
    out: Out,
    most_tokens: Annotated[int, typer.Option("--most-tokens", min=2, help="longest row: the model's context")] = 512,
    long_rows: Annotated[
        Literal["error", "split", "cut_left", "cut_right", "drop"],
        typer.Option("--long-rows", help="what becomes of a longer row"),
    ] = "error",
    processes: Annotated[int, typer.Option("--processes", min=1, help="that tokenise; changes no token")] = (
        os.cpu_count() or 1
    ),
    assignments: Assignments = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Mix sources by token shares that change over training; OUT gets tokens, mixture.json and mixture.png.

    Killed and given again, it goes on where it stopped, to the same tokens; finished and given again with the same
    files and settings, it says so and does nothing. --set takes MixtureConfig's keys.
    """
    from solon.constitution.marked_yaml import read_yaml
    from solon.data.mixing import finished_mixture, gather_quarantine, prepare_sources, write_mixture
    from solon.data.mixing import row_counts as counts_of_sources
    from solon.data.mixture import MixtureConfig
    from solon.models.language_model import load_tokenizer
    from solon.settings import Marks, override, validate

    marked = read_yaml(config)
    values: dict[str, Any] = dict(marked.data)
    keys = override(values, assignments or ())
    asked = validate(values, MixtureConfig, Marks(marked, keys))
    name = model.removeprefix("hf:")
    tokenizer = load_tokenizer(name, expect_weights=False)
    sources = prepare_sources(
        asked, tokenizer, out, name=name, folder=config.parent, most_tokens=most_tokens, long_rows=long_rows,
        processes=processes,
    )  # fmt: skip
    gather_quarantine(asked, out, quarantine_file(out))
    counts = row_counts(counts_of_sources(sources))
    finished = finished_mixture(asked, sources, out, seed=seed)
    if finished is not None:
        line = f"{out}: finished already, of the same files, config and seed: nothing to do"
        finish({"out": str(out), "finished_before": True, "mixture": finished, **counts}, as_json, line)
        return
    with progress() as shown:
        shown.start("mix", asked.tokens)
        record = write_mixture(
            asked, sources, out, seed=seed, vocab_size=len(tokenizer),
            log=lambda rows, tokens: shown.advance(min(tokens, asked.tokens), {"rows": float(rows)}),
        )  # fmt: skip
    told = {"out": str(out), "finished_before": False, "mixture": record, **counts}
    rows = sum(one["rows_read"] for one in record["sources"].values())
    line = (
        f"{out}: {record['tokens']} tokens in {rows} rows of {len(sources)} sources; no share is further than "
        f"{record['largest_difference']:.4f} from what was asked"
    )
    finish(told, as_json, line)
