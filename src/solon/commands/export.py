"""`solon export`: a stage of a run as a Hugging Face folder with a model card."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from solon.commands.shared import Json, finish

app = typer.Typer()


@app.command()
def export(
    stage: Annotated[str, typer.Argument(metavar="RUN@STAGE", help="whose model")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="a new or empty folder")],
    license: Annotated[
        str | None, typer.Option("--license", help="of the weights, as the hub calls it; unknown unless given")
    ] = None,
    language: Annotated[
        list[str] | None, typer.Option("--language", help="ISO code of a language it answers in; may be repeated")
    ] = None,
    adapter: Annotated[
        bool, typer.Option("--adapter", help="only the adapter that a LoRA stage trained, not the merged weights")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write a stage's model as a Hugging Face folder with model card and lineage, which transformers loads."""
    from solon.export import export_stage
    from solon.export.card import Stated
    from solon.store.run_folder import split_run_stage

    run, name = split_run_stage(stage.removeprefix("run:"))
    done = export_stage(run, name, folder, Stated(license, tuple(language or ())), adapter=adapter)
    result = {**done._asdict(), "folder": str(done.folder)}
    mark = "" if done.proven else " (UNPROVEN)"
    loads = "" if done.tokenizer_class == "AutoTokenizer" else f"; load its tokenizer with {done.tokenizer_class}"
    finish(result, as_json, f"{done.kind} of {name}{mark} -> {folder}, card in {folder / 'README.md'}{loads}")
