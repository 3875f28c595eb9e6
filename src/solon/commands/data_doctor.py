"""`solon data check | stats | filter`: what is wrong with files, how they look, and files without what is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from solon.commands.screen_rows import objections_to
from solon.commands.shared import EngineSettings, Json, Seed, Tokens, open_engine, tokenizer_folder
from solon.errors import InputError

if TYPE_CHECKING:
    from solon.data import QuarantineWriter
    from solon.data.doctor.check import Repaired, Report
    from solon.data.doctor.statistics import Statistics
    from solon.data.doctor.templates import ModelTemplate

FINDINGS = 3
"""Exit status of a check that found something."""
FIGURES = (".svg", ".png", ".pdf")
COLUMNS = 160
"""Of a table that goes to no terminal."""

Files = Annotated[list[Path], typer.Argument(metavar="FILE...", help="files of rows or plain text")]
Format = Annotated[str | None, typer.Option("--format", help="the format of the rows; recognised without it")]
Against = Annotated[
    list[Path] | None, typer.Option("--against", help="a file to have nothing in common with; may be repeated")
]
Model = Annotated[
    str | None,
    typer.Option("--model", help="also tell what this model's chat template leaves out, refuses, or has no room for"),
]
OutFolder = Annotated[
    Path | None, typer.Option("--out", help="a folder for quarantined and repaired rows, report and figure")
]


def check(
    files: Files,
    against: Against = None,
    model: Model = None,
    format: Format = None,
    out: OutFolder = None,
    as_json: Json = False,
) -> None:
    """Look for what is wrong with rows. Exit status: 0 nothing is, 3 something was found, 1 an error."""
    from solon.data.doctor.check import check as check_files
    from solon.data.doctor.check import told

    with _writer(out, "quarantine.jsonl") as quarantine, _writer(out, "repaired.jsonl") as repairs:

        def keep(one: Repaired) -> None:
            texts = {"before": one.before, "after": one.repair.text, "lost": one.repair.lost}
            repairs.put(one.file, one.line, one.repair.status, texts)

        template = _template(model) if model else None
        report = check_files(files, quarantine, against=against or (), format=format, on_repair=keep, template=template)
    if out is not None:
        _write(report, out)
    if as_json:
        print(json.dumps(told(report), ensure_ascii=False))
    else:
        _show(report, out)
    if report.findings:
        raise typer.Exit(FINDINGS)


def stats(
    files: Files,
    format: Format = None,
    figure: Annotated[Path | None, typer.Option("--figure", help="draw the table: FILE.svg, .png or .pdf")] = None,
    as_json: Json = False,
) -> None:
    """How the rows of each file look: turns, lengths, style and language of prompts and responses."""
    from solon.data.doctor.figure import save_figure
    from solon.data.doctor.tables import style_table

    if figure is not None and figure.suffix not in FIGURES:
        raise InputError(f"{figure}: a figure's name ends in one of {', '.join(FIGURES)}")
    statistics = [_statistics(file, format) for file in files]
    if figure is not None:
        save_figure(statistics, figure)
    if as_json:
        print(json.dumps({"sources": [one.told() for one in statistics]}, ensure_ascii=False))
    else:
        _console().print(style_table(statistics))


def filter(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="a file of rows")],
    out: Annotated[Path, typer.Option("--out", help="where the rows that stay go; dropped ones go beside it")],
    drop_duplicates: Annotated[bool, typer.Option("--drop-duplicates", help="keep the first of equal rows")] = False,
    drop_near_duplicates: Annotated[
        bool, typer.Option("--drop-near-duplicates", help="keep the first of rows that are equal or nearly so")
    ] = False,
    drop_overlap_with: Annotated[
        list[Path] | None,
        typer.Option("--drop-overlap-with", help="drop rows that repeat one of this file; may be repeated"),
    ] = None,
    language: Annotated[str | None, typer.Option("--language", help="keep rows in this language (en, zh, ...)")] = None,
    repair: Annotated[bool, typer.Option("--repair", help="repair text read in the wrong encoding")] = False,
    constitution: Annotated[
        str | None, typer.Option("--constitution", help="drop demonstrations that the critic --engine objects to")
    ] = None,
    engine: Annotated[str | None, typer.Option("--engine", help="the critic; with --constitution")] = None,
    engine_settings: EngineSettings = None,
    principles: Annotated[
        str, typer.Option("--principles", help="principles that a critique reads at once: a number, or all")
    ] = "all",
    max_new_tokens: Tokens = 256,
    seed: Seed = 0,
    format: Format = None,
    as_json: Json = False,
) -> None:
    """Write a file without rows that nobody wants; the dropped ones go to OUT.dropped.jsonl with their reason."""
    from solon.data.doctor.filtering import Wanted, filter_file

    wanted = Wanted(drop_duplicates, drop_near_duplicates, tuple(drop_overlap_with or ()), language, repair)
    if out.resolve() in {one.resolve() for one in (file, *wanted.drop_overlap_with)}:
        raise InputError(f"{out}: is read as well as written; give --out another name")
    if (constitution is None) != (engine is None):
        raise InputError("--constitution and --engine go together: the principles, and who reads rows under them")
    if constitution is not None and engine is not None:
        critic = open_engine(engine, engine_settings, out)
        objections = objections_to(file, format, critic, constitution, principles, max_new_tokens, seed)
        wanted = wanted._replace(objections=objections)
    with _writer(out.parent, f"{out.name}.dropped.jsonl") as dropped:
        result = filter_file(file, out, dropped, wanted, format=format)
    if as_json:
        print(json.dumps({"out": str(out), **result._asdict()}, ensure_ascii=False))
        return
    changed = f", {result.repaired} repaired" if wanted.repair else ""
    print(f"{result.rows_out} of {result.rows_in} rows{changed} -> {out}")
    if result.dropped:
        reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(result.dropped.items()))
        print(f"dropped: {reasons} -> {out}.dropped.jsonl")


def _template(model: str) -> ModelTemplate:
    from solon.data.doctor.templates import ModelTemplate
    from solon.models.language_model import load_tokenizer
    from solon.models.model_files import context_tokens
    from solon.models.template import ChatTemplate

    folder = tokenizer_folder(model)
    template = ChatTemplate(load_tokenizer(folder, expect_weights=False), folder)
    return ModelTemplate(template, context_tokens(Path(folder)))


def _statistics(file: Path, format: str | None) -> Statistics:
    from solon.data import QuarantineWriter
    from solon.data.doctor.rows import rows_of
    from solon.data.doctor.statistics import StatisticsOf

    collected = StatisticsOf(str(file))
    for row in rows_of(file, QuarantineWriter(None), format=format):
        collected.add(row.records)
    return collected.result()


def _show(report: Report, out: Path | None) -> None:
    from solon.data.doctor.tables import print_report, style_table

    console = _console()
    print_report(report, console)
    console.print(style_table(report.statistics))
    if out is not None:
        print(f"-> {out}")


def _write(report: Report, out: Path) -> None:
    from solon.data.doctor.check import told
    from solon.data.doctor.figure import save_figure
    from solon.store.records import write_json

    write_json(out / "report.json", told(report))
    save_figure(report.statistics, out / "statistics.svg")


def _writer(folder: Path | None, name: str) -> QuarantineWriter:
    """Writes rows to a file of the folder; what an earlier command left there is removed."""
    from solon.data import QuarantineWriter

    if folder is None:
        return QuarantineWriter(None)
    (folder / name).unlink(missing_ok=True)
    return QuarantineWriter(folder / name)


def _console() -> Console:
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=COLUMNS)
