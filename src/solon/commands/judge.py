"""Judges under a constitution: preferences of pairs, scores of single responses."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from solon.commands.shared import (
    Assignments,
    ConstitutionAddress,
    Engine,
    EngineSettings,
    Json,
    Out,
    Seed,
    config_from,
    finish,
    open_constitution,
    open_engine,
    principle_count,
    progress,
    quarantine_beside,
    row_counts,
)

app = typer.Typer(no_args_is_help=True, help="Judge responses under a constitution, and judges against people.")

PAIRS = "JSONL of {id, prompt, response_a, response_b}, or what `respond --draws 2` wrote"
Pairs = Annotated[Path, typer.Argument(metavar="PAIRS", help=PAIRS)]


@app.command("run")
def run(
    pairs: Pairs,
    engine: Engine,
    constitution: ConstitutionAddress,
    out: Out,
    assignments: Assignments = None,
    engine_settings: EngineSettings = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Judge pairs: rows of {id, prompt, response_a, response_b, prob_a, status, ...}; --set changes FeedbackConfig."""
    from solon.commands.given import read_compared
    from solon.commands.rows import VerdictRow
    from solon.preferences import FeedbackConfig, label_with_ai_feedback
    from solon.store.records import write_records

    config = config_from(FeedbackConfig, assignments)
    quarantine = quarantine_beside(out)
    loaded = open_constitution(constitution)
    comparisons, left_over = read_compared(pairs, quarantine)
    with progress() as shown:
        if left_over:
            shown.say(f"{left_over} answers have no partner, or one with the same text: not judged")
        verdicts = label_with_ai_feedback(
            comparisons,
            loaded,
            open_engine(engine, engine_settings, out),
            seed=seed,
            config=config,
            name=engine,
            progress=shown,
        )
        rows = [VerdictRow.of(verdict) for verdict in verdicts]
    write_records(out, rows)
    unscored = sum(row.status == "unscored" for row in rows)
    result = {"out": str(out), "verdicts": len(rows), "unscored": unscored, **row_counts(quarantine.counts)}
    finish(result, as_json, f"{len(rows)} verdicts, {unscored} of them unscored -> {out}")


@app.command("score")
def score(
    rows: Annotated[Path, typer.Argument(metavar="RESPONSES", help="JSONL of {id, prompt | messages, response}")],
    engine: Engine,
    constitution: ConstitutionAddress,
    out: Out,
    principles: Annotated[str, typer.Option("--principles", help="shown at once: a number, or all")] = "1",
    engine_settings: EngineSettings = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Score responses from 1 to 9 under principles, by the probabilities of the numbers: {id, score, status, ...}."""
    from solon.commands.given import read_responses
    from solon.commands.rows import JudgedScoreRow
    from solon.preferences import score_with_ai_feedback
    from solon.store.records import write_records

    quarantine = quarantine_beside(out)
    count, loaded = principle_count(principles), open_constitution(constitution)
    answered = read_responses(rows, quarantine)
    with progress() as shown:
        judged = score_with_ai_feedback(
            [row.pair for row in answered], loaded, open_engine(engine, engine_settings, out), seed=seed,
            principles=count, name=engine, progress=shown,
        )  # fmt: skip
        scores = [JudgedScoreRow.of(row.id, one) for row, one in zip(answered, judged, strict=True)]
    write_records(out, scores)
    unscored = sum(row.status == "unscored" for row in scores)
    result = {"out": str(out), "scores": len(scores), "unscored": unscored, **row_counts(quarantine.counts)}
    finish(result, as_json, f"{len(scores)} scores, {unscored} of them unscored -> {out}")
