"""`solon redteam talk`: dialogues of two models, one of which tries to have a principle broken."""

from __future__ import annotations

from typing import Annotated

import typer

from solon.commands.shared import (
    A_CONSTITUTION,
    EngineSettings,
    Json,
    Out,
    Seed,
    Tokens,
    finish,
    open_constitution,
    open_engines,
    progress,
)

AN_ENGINE = "hf:PATH_OR_NAME, run:RUN@STAGE or openai:MODEL@BASE_URL"


def talk(
    constitution: Annotated[str, typer.Argument(metavar="CONSTITUTION", help=A_CONSTITUTION)],
    attacker: Annotated[str, typer.Option("--attacker", help=f"who speaks as the user: {AN_ENGINE}")],
    defender: Annotated[str, typer.Option("--defender", help="who answers, an engine likewise")],
    judge: Annotated[str, typer.Option("--judge", help="who marks the answers that break the principle, likewise")],
    out: Out,
    turns: Annotated[int, typer.Option("--turns", min=1, help="answers of the defender")] = 4,
    count: Annotated[int, typer.Option("--count", min=1, help="dialogues for each principle")] = 1,
    max_new_tokens: Tokens = 256,
    engine_settings: EngineSettings = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Let two models talk, one of them after a principle's violation, and mark the answers that break it."""
    from solon.commands.redteam_dialogues import judged, violation_figures
    from solon.constitution.targets import targets
    from solon.judges.refusals import opens_with_refusal
    from solon.responses.attacks.dialogues import hold_dialogues
    from solon.store.records import write_records

    aims = targets(open_constitution(constitution))
    # Before anything is asked, so that a wrong address is told at once.
    speaks, answers, marks = open_engines([attacker, defender, judge], engine_settings, out)
    with progress() as shown:
        dialogues = hold_dialogues(
            aims, speaks, answers,
            per_principle=count, turns=turns, seed=seed, declines=opens_with_refusal, max_new_tokens=max_new_tokens,
            progress=shown,
        )  # fmt: skip
        rows = judged(dialogues, aims, marks, seed=seed, progress=shown)
    write_records(out, rows)
    metrics = violation_figures(rows)
    unscored = sum(row.status != "scored" for row in rows)
    result = {
        "out": str(out), "dialogues": len(rows), "ended_early": sum(bool(row.ended) for row in rows),
        "unscored": unscored, "metrics": {name: metric.model_dump() for name, metric in metrics.items()},
    }  # fmt: skip
    violated = sum(bool(row.violating_turns) for row in rows)
    finish(result, as_json, f"{violated} of {len(rows)} dialogues with a violation, {unscored} unscored -> {out}")
