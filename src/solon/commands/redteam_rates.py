"""`solon redteam rates`: what a policy does with a red-team set, in rates of harm and of over-refusal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from solon.commands.shared import (
    ConstitutionAddress,
    EngineSettings,
    Json,
    Out,
    Seed,
    finish,
    open_constitution,
    open_engine,
    progress,
    quarantine_beside,
    row_counts,
)


def rates(
    answers: Annotated[Path, typer.Argument(metavar="ANSWERS", help="what `respond` wrote for the prompts")],
    prompts: Annotated[Path, typer.Option("--prompts", help="the red-team set, alone or wrapped")],
    constitution: ConstitutionAddress,
    judge: Annotated[str, typer.Option("--judge", help="who reads the answers: hf:..., run:... or openai:...")],
    out: Out,
    engine_settings: EngineSettings = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Judge answers to a red-team set: rates of harm and of over-refusal by category and template, answers in OUT."""
    from solon.commands.given import read_responses
    from solon.commands.redteam_answers import AnswerRow, matched
    from solon.constitution.targets import targets
    from solon.data import read_prompts
    from solon.judges.red_team_answers import answer_rates, judge_answers
    from solon.store.records import write_records

    quarantine = quarantine_beside(out)
    aims = targets(open_constitution(constitution))
    found = matched(read_responses(answers, quarantine), read_prompts(prompts, quarantine), aims)
    with progress() as shown:
        if found.left_over:
            shown.say(f"{found.left_over} answers are to no labelled prompt of {prompts}: not judged")
        if found.edited:
            shown.say(f"principles edited since the prompts were written: {', '.join(found.edited)}")
        judged = judge_answers(found.answers, open_engine(judge, engine_settings, out), seed=seed, progress=shown)
    rows = [AnswerRow.of(one) for one in judged]
    write_records(out, rows)
    metrics = answer_rates(judged)
    unscored = sum(row.refusal is None or (row.kind == "harmful" and row.broken is None) for row in rows)
    result = {
        "out": str(out), "answers": len(rows), "left_over": found.left_over, "edited": found.edited,
        "unscored": unscored, "metrics": {name: metric.model_dump() for name, metric in metrics.items()},
        **row_counts(quarantine.counts),
    }  # fmt: skip
    lines = [
        f"{name:32} {metric.value:.3f} [{metric.low:.3f}, {metric.high:.3f}] of {metric.n}"
        for name, metric in metrics.items()
        if metric.value is not None
    ]
    told = f"{len(rows)} answers, {unscored} of them without a full verdict -> {out}"
    finish(result, as_json, "\n".join([*lines, told]))
