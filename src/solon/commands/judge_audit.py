"""`solon judge audit`: is a judge good enough on cases that people have judged?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from solon.commands.shared import (
    Assignments,
    Engine,
    EngineSettings,
    Json,
    Seed,
    config_from,
    finish,
    open_constitution,
    open_engine,
    progress,
    quarantine_file,
    row_counts,
)
from solon.errors import InputError

if TYPE_CHECKING:
    from solon.constitution import Constitution
    from solon.interfaces import Engine as Judging
    from solon.judges.auditing import Asker
    from solon.terminal import TerminalProgress

OPTIONS = "options"
"""The default format: log-probabilities of ` (A)` and ` (B)`, as AI feedback asks."""

Dataset = Annotated[
    Path, typer.Argument(metavar="DATASET_FILE", help="pairs, scores, classes or questions with labels")
]
Format = Annotated[
    str,
    typer.Option("--format", help="options (log-probabilities of the letters), or a format of judges that write: "
                 "prometheus, prometheus-vision, auto-j, mt-bench, critiquellm, multiple-choice, shepherd, xstest, "
                 "do-not-answer"),
]  # fmt: skip
Folder = Annotated[Path, typer.Option("--out", help="a folder for audit.json, verdicts.jsonl, report.md")]


def audit(
    dataset: Dataset,
    engine: Engine,
    out: Folder,
    form: Format = OPTIONS,
    own: Annotated[str | None, typer.Option("--own", help="the name of the judge's own responses in the file")] = None,
    constitution: Annotated[
        str | None, typer.Option("--constitution", help="with options: its principles are drawn and reported each")
    ] = None,
    rubric: Annotated[
        Path | None,
        typer.Option("--rubric", help="with prometheus or prometheus-vision: a YAML file, for cases without a rubric"),
    ] = None,
    samples: Annotated[int, typer.Option("--samples", min=1, help="answers to each question, which vote")] = 1,
    max_new_tokens: Annotated[int, typer.Option("--max-new-tokens", min=1, help="longest answer")] = 1024,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="only so many rows of the file")] = None,
    record: Annotated[bool, typer.Option("--record", help="report only: a refused judge is no error")] = False,
    assignments: Assignments = None,
    engine_settings: EngineSettings = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Measure a judge against people and admit it or not; --set changes AdmissionThresholds. Exit status 1: refused."""
    from solon.data import QuarantineWriter
    from solon.judges.admission import AdmissionThresholds, admit
    from solon.judges.audit.page import audit_page
    from solon.judges.auditing import run_audit
    from solon.judges.labelled_sets import read_labelled
    from solon.store.records import write_json, write_records, write_text

    thresholds = config_from(AdmissionThresholds, assignments)
    with QuarantineWriter(quarantine_file(out)) as quarantine:
        labelled = read_labelled(dataset, quarantine, seed=seed, limit=limit)
    with progress() as shown:
        judge = open_engine(engine, engine_settings, out)
        if form == OPTIONS:
            loaded = None if constitution is None else open_constitution(constitution)
            asker: Asker = _by_options(judge, loaded, engine, seed, shown)
        else:
            if constitution is not None:
                raise InputError("--constitution goes with --format options; text formats ask in words of their own")
            asker = _by_text(judge, form, rubric, seed, samples, max_new_tokens, shown)
        audited = run_audit(labelled, asker, seed=seed, own=own)
    failures = admit(audited.report, thresholds)
    told = {name: metric.model_dump() for name, metric in audited.report.metrics.items()}
    contract = {"metrics": told, "failures": failures, "admitted": not failures}
    write_json(out / "audit.json", contract)
    write_records(out / "verdicts.jsonl", audited.verdicts)
    page = audit_page(audited.report, failures, judge=engine, file=str(dataset), form=form)
    write_text(out / "report.md", page)
    for failure in failures:
        print(f"refused: {failure}", file=sys.stderr)
    accuracy = audited.report.metrics["accuracy"].value
    line = f"accuracy {'-' if accuracy is None else f'{accuracy:.3f}'} on {audited.report.cases} cases"
    outcome = f"refused by {len(failures)} of its thresholds" if failures else "admitted"
    finish({"out": str(out), **contract, **row_counts(quarantine.counts)}, as_json, f"{line}: {outcome} -> {out}")
    if failures and not record:
        raise typer.Exit(1)


def _by_options(
    judge: Judging, constitution: Constitution | None, address: str, seed: int, shown: TerminalProgress
) -> Asker:
    from solon.stages.option_asker import OptionAsker

    return OptionAsker(judge, constitution, name=address, seed=seed, progress=shown)


def _by_text(
    judge: Judging,
    form: str,
    rubric: Path | None,
    seed: int,
    samples: int,
    max_new_tokens: int,
    shown: TerminalProgress,
) -> Asker:  # fmt: skip
    from solon.judges.auditing import TextAsker
    from solon.judges.formats import CLASS_FORMATS, PAIR_FORMATS, SCORE_FORMATS
    from solon.judges.formats.prometheus import PrometheusAbsolute, PrometheusRelative
    from solon.judges.formats.prometheus_vision import PrometheusVision
    from solon.judges.rubric import load_rubric
    from solon.settings import near

    known = sorted({OPTIONS, *PAIR_FORMATS, *SCORE_FORMATS, *CLASS_FORMATS})
    if form not in known:
        raise InputError(f"--format {form}: there is no such format; {near(form, known)}")
    of_pairs, scores = PAIR_FORMATS.get(form), SCORE_FORMATS.get(form)
    if rubric is not None:
        if form not in ("prometheus", "prometheus-vision"):
            raise InputError("--rubric goes with --format prometheus or prometheus-vision")
        given = load_rubric(rubric)
        of_pairs = PrometheusRelative(given) if form == "prometheus" else None
        scores = PrometheusAbsolute(given) if form == "prometheus" else PrometheusVision(given)
    of_responses = CLASS_FORMATS.get(form) if scores is None else scores
    return TextAsker(
        judge, seed=seed, of_pairs=of_pairs, of_responses=of_responses,
        scale=None if scores is None else scores.scale, samples=samples, max_new_tokens=max_new_tokens, progress=shown,
    )  # fmt: skip
