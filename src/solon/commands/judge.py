"""Judges under a constitution: preferences of pairs, scores of single responses."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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

if TYPE_CHECKING:
    from solon.preferences import JudgedSlate
    from solon.records import Preference

app = typer.Typer(no_args_is_help=True, help="Judge responses under a constitution, and judges against people.")

PAIRS = "JSONL of {id, prompt, response_a, response_b} or {id, prompt, responses}, or what `respond --draws 2` wrote"
Pairs = Annotated[Path, typer.Argument(metavar="PAIRS", help=PAIRS)]


@app.command("run")
def run(
    pairs: Pairs,
    engine: Engine,
    constitution: ConstitutionAddress,
    out: Out,
    together: Annotated[
        bool, typer.Option("--together", help="of `respond`: all answers to a prompt at once, not in pairs")
    ] = False,
    assignments: Assignments = None,
    engine_settings: EngineSettings = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Judge pairs: rows of {id, prompt, response_a, response_b, prob_a, status, ...}; --set changes FeedbackConfig.

    Several responses at once: rows of {id, prompt, responses, ranks, probs, status, ...}.
    """
    from solon.commands.given_compared import read_compared
    from solon.commands.judge_slates import line_of_slates, told_of_slates
    from solon.commands.rows import SlateRow, VerdictRow
    from solon.preferences import FeedbackConfig, label_several, label_with_ai_feedback
    from solon.store.records import write_records

    config = config_from(FeedbackConfig, assignments)
    quarantine = quarantine_beside(out)
    loaded = open_constitution(constitution)
    comparisons, slates, left_over = read_compared(pairs, quarantine, together=together)
    with progress() as shown:
        if left_over:
            shown.say(f"{left_over} answers have no partner, or one with the same text: not judged")
        judge = open_engine(engine, engine_settings, out)
        verdicts: list[Preference] = []
        judged: list[JudgedSlate] = []
        if comparisons:
            verdicts += label_with_ai_feedback(
                comparisons, loaded, judge, seed=seed, config=config, name=engine, progress=shown
            )
        if slates:
            judged += label_several(slates, loaded, judge, seed=seed, config=config, name=engine, progress=shown)
    rows: list[VerdictRow | SlateRow] = [*map(VerdictRow.of, verdicts), *map(SlateRow.of, judged)]
    write_records(out, rows)
    unscored = sum(row.status == "unscored" for row in rows)
    of_slates = told_of_slates(judged) if judged else {}
    result = {"out": str(out), "verdicts": len(rows), "unscored": unscored, **of_slates}
    line = f"{len(rows)} verdicts, {unscored} of them unscored -> {out}{line_of_slates(of_slates)}"
    finish(result | row_counts(quarantine.counts), as_json, line)


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
