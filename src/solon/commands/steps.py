"""Every step of the chain on files: rows in, rows out."""

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
    MinP,
    Out,
    Part,
    Seed,
    Temperature,
    Tokens,
    TopK,
    TopP,
    config_from,
    finish,
    open_constitution,
    open_engine,
    open_scorer,
    part_of,
    progress,
    quarantine_beside,
    row_counts,
    write_unanswered,
)

app = typer.Typer()

Prompts = Annotated[Path, typer.Argument(metavar="PROMPTS", help="JSONL of {id, prompt | messages}")]
RewardAddress = Annotated[str, typer.Option("--reward", help="a reward model: hf:PATH or run:RUN@STAGE")]


@app.command()
def respond(
    prompts: Prompts,
    engine: Engine,
    out: Out,
    draws: Annotated[int, typer.Option(min=1, help="answers to each prompt")] = 1,
    max_new_tokens: Tokens = 64,
    temperature: Temperature = 1.0,
    top_k: TopK = 0,
    top_p: TopP = 1.0,
    min_p: MinP = 0.0,
    engine_settings: EngineSettings = None,
    part: Part = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Answer prompts: rows of {id, prompt, response, truncated}."""
    from solon.commands.rows import ResponseRow
    from solon.data import read_prompts
    from solon.responses import sample_responses
    from solon.store.records import write_records
    from solon.unanswered import Unanswered

    quarantine = quarantine_beside(out)
    asked = part_of(read_prompts(prompts, quarantine), part)
    unanswered: list[Unanswered] = []
    with progress() as shown:
        answers = sample_responses(
            asked, open_engine(engine, engine_settings, out), name=engine, seed=seed, draws=draws,
            max_new_tokens=max_new_tokens, temperature=temperature, top_k=top_k, top_p=top_p, min_p=min_p,
            progress=shown, unanswered=unanswered,
        )  # fmt: skip
        count = write_records(out, (ResponseRow.of(answer) for answer in answers))
    refused = write_unanswered(out, unanswered)
    result = {"out": str(out), "responses": count, **refused, **row_counts(quarantine.counts)}
    finish(result, as_json, f"{count} responses -> {out}")


@app.command()
def revise(
    prompts: Prompts,
    engine: Engine,
    constitution: ConstitutionAddress,
    out: Out,
    rounds: Annotated[int, typer.Option(min=0, help="critiques and revisions of each answer")] = 4,
    max_new_tokens: Tokens = 64,
    assignments: Assignments = None,
    engine_settings: EngineSettings = None,
    pairs: Annotated[
        Path | None,
        typer.Option(
            "--pairs", help="also write pairs for `train dpo`: the last revision preferred to the first answer"
        ),
    ] = None,
    part: Part = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Answer prompts, then criticise and revise the answers: Revision records; --set changes RevisionConfig."""
    from solon.commands.rows import VerdictRow
    from solon.critiques import RevisionConfig, critique_and_revise, revision_pairs
    from solon.data import read_prompts
    from solon.store.records import write_records
    from solon.unanswered import Unanswered

    quarantine = quarantine_beside(out)
    config = config_from(RevisionConfig, [f"rounds={rounds}", f"max_new_tokens={max_new_tokens}", *(assignments or ())])
    loaded = open_constitution(constitution)
    asked = part_of(read_prompts(prompts, quarantine), part)
    model = open_engine(engine, engine_settings, out)
    unanswered: list[Unanswered] = []
    with progress() as shown:
        revisions = list(
            critique_and_revise(
                asked, model, model, model, loaded, config, seed=seed, progress=shown, unanswered=unanswered
            )
        )
    write_records(out, revisions)
    told = {"out": str(out), "revisions": len(revisions), **write_unanswered(out, unanswered)}
    line = f"{len(revisions)} revisions -> {out}"
    if pairs is not None:
        preferred = revision_pairs(revisions)
        write_records(pairs, map(VerdictRow.of, preferred))
        told |= {"pairs": len(preferred)}
        line += f"\n{len(preferred)} pairs of {len(asked)} prompts -> {pairs}; the others are unchanged or cut off"
    finish(told | row_counts(quarantine.counts), as_json, line)


@app.command()
def score(
    rows: Annotated[Path, typer.Argument(metavar="RESPONSES", help="JSONL of {id, prompt | messages, response}")],
    reward: RewardAddress,
    out: Out,
    as_json: Json = False,
) -> None:
    """Score responses with a reward model: rows of {id, prompt, response, score}, scores in logits."""
    from solon.commands.given import read_responses
    from solon.commands.rows import ScoreRow
    from solon.store.records import write_records

    quarantine = quarantine_beside(out)
    answered = read_responses(rows, quarantine)
    scores = open_scorer(reward)([row.pair for row in answered])
    pairs = zip(answered, scores, strict=True)
    count = write_records(out, (ScoreRow.of(row, value) for row, value in pairs))
    finish(
        {"out": str(out), "scores": count, **row_counts(quarantine.counts)},
        as_json,
        f"{count} scores -> {out}",
    )
