"""Of a model card: what was measured, and what follows from it and what does not."""

from __future__ import annotations

from solon.export.markdown import bullets, escaped, table
from solon.export.origin import Origin, StageFacts
from solon.export.public import public
from solon.headline import HEADLINES
from solon.records import Metric

INSTRUMENTS = {
    "checker": "the exact checker of the embedded world",
    "classifier": "a trained classifier",
    "judge": "a model that judges under principles",
    "people": "people's rankings, or simulated people's where the data come from the embedded world",
    "proxy": "a reward model, which is what training raised: no evidence of quality",
}
OF_POLICIES = ("harmful", "helpful", "honest", "over_refusal", "evasive", "continuation", "well_formed")
OF_REWARDS = ("accuracy", "ece")


def headlines_of(stage: StageFacts) -> list[tuple[str, Metric]]:
    """The main figures of a stage, in their order."""
    metrics = stage.figures.metrics if stage.figures else {}
    return [(name, metrics[name]) for name in HEADLINES if name in metrics]


def evaluation_section(origin: Origin) -> str:
    """Every main figure of the stage and of its ancestors; the stage's others below."""
    rows = [
        [escaped(stage.name), escaped(name), *cells(metric)]
        for stage in (origin.stage, *reversed(origin.before))
        for name, metric in headlines_of(stage)
    ]
    if not rows:
        return "Nothing was measured of this model or of those before it."
    others = [
        [escaped(name), *cells(metric)]
        for name, metric in (origin.stage.figures.metrics if origin.stage.figures else {}).items()
        if name not in HEADLINES
    ]
    heads = ["value", "95 % interval", "n", "instrument"]
    used = dict.fromkeys(row[-1] for row in (*rows, *others))
    told = [f"{name}: {INSTRUMENTS[name]}" for name in used if name in INSTRUMENTS]
    parts = [
        "Rates of answers are over held-out prompts, one seeded response each at temperature 1, their intervals "
        "clustered by wording; accuracies are over held-out pairs, or over probes with a known answer.",
        bullets(told),
        table(["stage", "measure", *heads], rows),
    ]
    if others:
        parts += ["Further figures of this stage:", table(["measure", *heads], others)]
    return "\n\n".join(part for part in parts if part)


def cells(metric: Metric) -> list[str]:
    """Value, interval, n and instrument; four digits, the whole ones are in metrics.json."""
    between = "unknown" if metric.low is None or metric.high is None else f"{metric.low:.4f} to {metric.high:.4f}"
    value = "nothing to measure" if metric.value is None else f"{metric.value:.4f}"
    return [value, between, str(metric.n), escaped(metric.instrument)]


def limits_section(origin: Origin) -> str:
    """Failed gates first; then what was not measured."""
    stage = origin.stage
    lines = []
    if not stage.proven:
        gates = "; ".join(escaped(public(gate)) for gate in stage.failed_gates) or "which ones is not recorded"
        lines.append(f"**UNPROVEN.** Gates that failed were recorded, and training went on: {gates}.")
    if origin.in_the_world:
        lines.append(
            "It was trained and measured in a small made world with simulated people. Its figures are evidence about "
            "the method and the code; they say nothing about large models or about real requests."
        )
    wanted = OF_POLICIES if stage.kind == "policy" else OF_REWARDS
    measured = {name for name, metric in headlines_of(stage) if metric.value is not None}
    if absent := [name for name in wanted if name not in measured]:
        lines.append(f"Not measured: {escaped(', '.join(absent))}.")
    lines.append(
        "What is not in the tables above was not measured: other languages and domains, longer conversations, attacks, "
        "third-party benchmarks."
    )
    if origin.missing:
        names = escaped(", ".join(origin.missing))
        lines.append(f"The run no longer holds {names} as they were when this model was made from them.")
    return bullets(lines)
