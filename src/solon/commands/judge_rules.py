"""`solon judge rules fit` and `score`: rule-based rewards. `probe` and `sample` are in `judge_principles`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from solon.commands.shared import (
    Engine,
    EngineSettings,
    Json,
    Out,
    finish,
    open_engine,
    progress,
    quarantine_beside,
    row_counts,
)
from solon.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from solon.judges.rules.gold import GoldRow
    from solon.judges.rules.propositions import Propositions
    from solon.judges.rules.rewards import Described

app = typer.Typer(no_args_is_help=True, help="Ask a judge about single rules: weighted, as violations, as principles.")

FOLDS = 5
RESPONSES = "JSONL of {id, prompt | messages, response}"


@app.command()
def fit(
    data: Annotated[Path, typer.Argument(metavar="DATA", help="{prompt, completion, propositions, response_type}")],
    propositions: Annotated[Path, typer.Option("--propositions", help="YAML: what is asked, and how it makes classes")],
    out: Annotated[Path, typer.Option("--out", help="where the rules go, as JSON")],
    engine: Annotated[
        str | None, typer.Option("--engine", help="a judge whose probabilities are the features, not people's labels")
    ] = None,
    engine_settings: EngineSettings = None,
    as_json: Json = False,
) -> None:
    """Fit weights of propositions, so that better classes have higher rewards; tested on held-out folds."""
    from solon.judges.rules.fitted import FittedRules
    from solon.judges.rules.gold import cross_validate, read_gold
    from solon.judges.rules.propositions import load_propositions
    from solon.judges.rules.rewards import RIDGE, fit_weights, ranking_accuracy
    from solon.store.records import write_json

    asked, quarantine = load_propositions(propositions), quarantine_beside(out)
    gold = read_gold(data, asked, quarantine)
    described = _described(gold, asked, engine, engine_settings, out)
    kept = [(row, features) for row, features in zip(gold, described, strict=True) if features is not None]
    unscored = len(gold) - len(kept)
    if not kept:
        raise InputError(f"the judge answers neither yes nor no to some proposition in all {len(gold)} rows")
    rows, names = [features for _, features in kept], asked.names
    weights = fit_weights(rows, names)
    folds = cross_validate(rows, [row.prompt for row, _ in kept], names, folds=FOLDS, ridge=RIDGE)
    fitted = FittedRules(
        propositions=asked,
        weights=weights,
        features=engine or "people",
        responses=len(rows),
        train_accuracy=ranking_accuracy(rows, names, weights, seed=0),
        held_out=tuple(fold.held_out for fold in folds),
    )
    write_json(out, fitted.model_dump(mode="json"))
    result: dict[str, Any] = {
        "out": str(out),
        "responses": len(rows),
        "unscored": unscored,
        "kinds": sorted(weights.weights),
        "train_accuracy": fitted.train_accuracy.model_dump(),
        "held_out": [one.model_dump() for one in fitted.held_out],
        **row_counts(quarantine.counts),
    }
    told = ", ".join("-" if one.value is None else f"{one.value:.3f}" for one in fitted.held_out) or "too few prompts"
    in_fit = fitted.train_accuracy.value or 0.0
    line = f"{len(rows)} responses, {unscored} unscored; pairs in order {in_fit:.3f}, in held-out folds {told} -> {out}"
    finish(result, as_json, line)


@app.command()
def score(
    responses: Annotated[Path, typer.Argument(metavar="RESPONSES", help=RESPONSES)],
    rules: Annotated[Path, typer.Option("--rules", help="what `judge rules fit` wrote")],
    engine: Engine,
    out: Out,
    kind: Annotated[
        str | None, typer.Option("--kind", help="which kind of response is wanted, where a row has no response_type")
    ] = None,
    engine_settings: EngineSettings = None,
    as_json: Json = False,
) -> None:
    """Ask every proposition of every response, and weigh the answers: {id, score, status, propositions, ...}."""
    from solon.commands.rule_rows import RuleScoreRow, read_kinds
    from solon.judges.reading import ResponseCase
    from solon.judges.rules.fitted import load_rules
    from solon.judges.rules.rewards import ask_propositions
    from solon.store.records import write_records

    fitted, quarantine = load_rules(rules), quarantine_beside(out)
    rows = read_kinds(responses, fitted, kind, quarantine)
    asked = [row.answered for row in rows]
    cases = [ResponseCase(one.id, one.pair.prompt.shown, one.pair.response) for one in asked]
    with progress() as shown:
        judge = open_engine(engine, engine_settings, out)
        told = ask_propositions(cases, fitted.propositions, judge, progress=shown)
    scores = [RuleScoreRow.of(row, of_row, fitted, engine) for row, of_row in zip(rows, told, strict=True)]
    write_records(out, scores)
    unscored = sum(row.status == "unscored" for row in scores)
    questions = len(cases) * len(fitted.propositions.names)
    result = {"out": str(out), "scores": len(scores), "unscored": unscored, "questions": questions}
    line = f"{len(scores)} scores, {unscored} of them unscored, from {questions} questions -> {out}"
    finish(result | row_counts(quarantine.counts), as_json, line)


def _described(
    gold: Sequence[GoldRow], propositions: Propositions, engine: str | None, settings: list[str] | None, out: Path
) -> Sequence[Described | None]:
    from solon.judges.rules.gold import described_by_judge, described_by_people

    if engine is None:
        return described_by_people(gold, propositions.names)
    with progress() as shown:
        return described_by_judge(gold, propositions, open_engine(engine, settings, out), progress=shown)
