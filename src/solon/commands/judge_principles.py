"""`solon judge rules probe` and `sample`: principles one by one, as rules that are broken, and as what a row shows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from solon.commands.judge_rules import RESPONSES
from solon.commands.shared import (
    A_CONSTITUTION,
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
    progress,
    quarantine_beside,
    row_counts,
)
from solon.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from solon.constitution import Constitution
    from solon.judges.rules.sampled_principles import Dimension
    from solon.judges.rules.violations import LabelledViolation
    from solon.records import Comparison, Preference


def probe(
    responses: Annotated[Path, typer.Argument(metavar="RESPONSES", help=f"{RESPONSES}; with broken: {{RULE: true}}")],
    engine: Engine,
    constitution: ConstitutionAddress,
    out: Out,
    thresholds: Annotated[
        Path | None, typer.Option("--thresholds", help="JSON of RULE: probability from which it counts as broken; 0.5")
    ] = None,
    engine_settings: EngineSettings = None,
    as_json: Json = False,
) -> None:
    """Ask of every response and every principle whether it is broken: {id, violations, flagged, ...}."""
    from solon.commands.rule_rows import ViolationRow, read_probed
    from solon.judges.reading import ResponseCase
    from solon.judges.rules.violations import LabelledViolation, Rule, probe_rules, violation_rates
    from solon.store.records import write_records

    quarantine = quarantine_beside(out)
    rules = [Rule(one.id, one.text) for one in open_constitution(constitution).principles]
    limits = {} if thresholds is None else _read_thresholds(thresholds, [rule.id for rule in rules])
    rows = read_probed(responses, [rule.id for rule in rules], quarantine)
    asked = [row.answered for row in rows]
    cases = [ResponseCase(one.id, one.pair.prompt.shown, one.pair.response) for one in asked]
    with progress() as shown:
        told = probe_rules(cases, rules, open_engine(engine, engine_settings, out), progress=shown)
    of_rows = [told[i : i + len(rules)] for i in range(0, len(told), len(rules))]
    write_records(out, [ViolationRow.of(row, one, limits, engine) for row, one in zip(rows, of_rows, strict=True)])
    prompts = [row.answered.pair.prompt.id for row in rows for _ in rules]
    unscored = sum(one.prob is None for one in told)
    rates = {rule: one.model_dump() for rule, one in violation_rates(told, limits, prompts).items()}
    result = {"out": str(out), "responses": len(rows), "questions": len(told), "unscored": unscored, "rates": rates}
    labelled = [
        (LabelledViolation(one, row.broken[one.rule_id]), row.answered.pair.prompt.id)
        for row, of_row in zip(rows, of_rows, strict=True)
        for one in of_row
        if one.rule_id in row.broken
    ]
    if labelled:
        result |= _against_labels([one for one, _ in labelled], [prompt for _, prompt in labelled], limits)
    line = f"{len(told)} questions about {len(rows)} responses, {unscored} of them unscored -> {out}"
    finish(result | row_counts(quarantine.counts), as_json, line)


def sample(
    pairs: Annotated[Path, typer.Argument(metavar="PAIRS", help="{id, prompt, response_a, response_b}")],
    engine: Engine,
    constitution: ConstitutionAddress,
    out: Out,
    negatives: Annotated[
        str | None, typer.Option("--negatives", help=f"the same principles asking for the opposite: {A_CONSTITUTION}")
    ] = None,
    assignments: Assignments = None,
    engine_settings: EngineSettings = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Write rows for a reward model that follows the principles it is shown: {id, prompt, chosen, rejected, ...}.

    Each pair is judged under each principle (OUT.preferences.jsonl); --set changes FeedbackConfig.
    """
    from solon.commands.given_compared import read_compared
    from solon.commands.rows import VerdictRow
    from solon.judges.rules.sampled_principles import sample_principle_rows
    from solon.preferences import FeedbackConfig, label_with_ai_feedback
    from solon.store.records import write_records

    config, quarantine = config_from(FeedbackConfig, assignments), quarantine_beside(out)
    loaded = open_constitution(constitution)
    dimensions = _dimensions(loaded, None if negatives is None else open_constitution(negatives))
    comparisons, slates, _ = read_compared(pairs, quarantine)
    if slates:
        raise InputError.at(pairs, None, f"{len(slates)} of its rows hold several responses; pairs are needed")
    asked, principles = _under_each(comparisons, dimensions)
    with progress() as shown:
        judged = list(
            label_with_ai_feedback(
                asked, loaded, open_engine(engine, engine_settings, out), seed=seed, config=config, name=engine,
                principle_ids=principles, progress=shown,
            )
        )  # fmt: skip
    write_records(out.with_name(f"{out.name}.preferences.jsonl"), map(VerdictRow.of, judged))
    log_odds = _log_odds(comparisons, dimensions, judged)
    kept = [pair for pair in comparisons if len(log_odds[pair.id]) == len(dimensions)]
    count = write_records(out, sample_principle_rows(kept, log_odds, dimensions, seed=seed))
    unscored = len(comparisons) - len(kept)
    result = {"out": str(out), "rows": count, "unscored": unscored, "undecided": len(kept) - count}
    line = f"{count} rows, {unscored} pairs unscored, {len(kept) - count} without a preference -> {out}"
    finish(result | row_counts(quarantine.counts), as_json, line)


def _read_thresholds(path: Path, rules: Sequence[str]) -> dict[str, float]:
    from solon.constitution.marked_yaml import read_yaml

    source = read_yaml(path)
    for rule, value in source.data.items():
        if rule not in rules:
            raise InputError.at(path, source.line([rule]), f"`{rule}` is no principle of the constitution")
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            raise InputError.at(path, source.line([rule]), f"`{rule}`: {value!r} is no probability from 0 to 1")
    return {rule: float(value) for rule, value in source.data.items()}


def _against_labels(
    labelled: Sequence[LabelledViolation], prompts: Sequence[str], limits: Mapping[str, float]
) -> dict[str, Any]:
    """What people's labels say: with given thresholds how good they are, else which would be best, and how good."""
    from solon.judges.rules.violations import choose_thresholds, violation_metrics

    chosen = limits or choose_thresholds(labelled)
    metrics = violation_metrics(labelled, chosen, prompts)
    return {"thresholds": dict(chosen), "metrics": {name: one.model_dump() for name, one in metrics.items()}}


def _dimensions(constitution: Constitution, negatives: Constitution | None) -> list[Dimension]:
    from solon.judges.rules.sampled_principles import Dimension

    opposites = {one.id: one.text for one in negatives.principles} if negatives else {}
    serving = [one for one in constitution.principles if one.serves("comparison")]
    if unknown := sorted(opposites.keys() - {one.id for one in serving}):
        raise InputError(f"--negatives: `{unknown[0]}` is no principle of the constitution that compares responses")
    return [Dimension(id=one.id, text=one.text, negative=opposites.get(one.id, "")) for one in serving]


def _under_each(
    comparisons: Sequence[Comparison], dimensions: Sequence[Dimension]
) -> tuple[list[Comparison], dict[str, str]]:
    """Every pair once for each principle, and the principle of each."""
    if len({pair.id for pair in comparisons}) < len(comparisons):
        raise InputError("two pairs have one id; give each its own")
    asked, principles = [], {}
    for pair in comparisons:
        for one in dimensions:
            named = pair.model_copy(update={"id": f"{pair.id}/{one.id}"})
            principles[named.id] = one.id
            asked.append(named)
    return asked, principles


def _log_odds(
    comparisons: Sequence[Comparison], dimensions: Sequence[Dimension], judged: Sequence[Preference]
) -> dict[str, dict[str, float]]:
    """Pair -> principle -> mean log-odds over the orders, of those that are scored."""
    told = iter(judged)
    found: dict[str, dict[str, float]] = {}
    for pair in comparisons:
        of_pair = [(one.id, next(told).log_odds) for one in dimensions]
        found[pair.id] = {name: sum(odds) / len(odds) for name, odds in of_pair if odds}
    return found
