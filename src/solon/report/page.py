"""One self-contained HTML page about a run: figures, tables and transcripts, no request to anywhere.

Everything that comes from the run is escaped by Jinja; only the SVG made by `figures.py` goes in as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from solon.records import Check, Message, Metric
from solon.report import figures
from solon.report.names import INSTRUMENTS, MAIN_CURVES, MEANINGS, RATES
from solon.report.read import Rollout, RunView, StageView
from solon.report.tables import measured, sliced, table

FEEDBACK = {"accuracy", "ece", "position_consistency", "corrected", "left_alone"}
MISSED = ("harmful", "helpful", "honest", "over_refusal")
SPLITS = ("wording", "action", "both")
DIAGNOSTICS_SHOWN = 24
"""Panels of one figure; what does not fit is named below it."""


class Answer(NamedTuple):
    """What one stage answered, with marks for what the checker says."""

    stage: str
    text: str
    marks: tuple[str, ...]
    explanation: str


class Transcript(NamedTuple):
    """One prompt through all stages."""

    kind: str
    prompt_id: str
    category: str
    messages: tuple[Message, ...]
    answers: tuple[Answer, ...]


class Training(NamedTuple):
    """The curves of one reinforcement-learning stage."""

    stage: str
    proven: bool
    main: Markup | None
    diagnostics: Markup | None
    left_out: tuple[str, ...]
    best_rollouts: tuple[Rollout, ...]


class Missing(NamedTuple):
    """What was left out of a constitution, as the column of a table."""

    name: str
    metrics: Mapping[str, Metric]


def render_page(run: RunView) -> str:
    """The page as a string; the same run gives the same string."""
    environment = Environment(
        loader=PackageLoader("solon.report", "."), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    css = Markup((Path(__file__).parent / "report.css").read_text(encoding="utf-8"))
    return environment.get_template("report.html.jinja").render(css=css, **_context(run))


def _context(run: RunView) -> dict[str, Any]:
    policies = [stage for stage in run.stages if stage.is_policy]
    feedback = [stage for stage in run.stages if not stage.is_policy and FEEDBACK & stage.metrics.keys()]
    rates = [name for name in RATES if any(name in stage.metrics for stage in policies)]
    categories = sliced(policies, "harmful", "/")
    elo = [key for key in measured(policies) if "elo" in key]
    behaviours = [key for name in ("complied", "refused", "off_topic") for key in sliced(policies, name, "/")]
    splits = [key for name in RATES for key in sliced(policies, name, "@")]
    return {
        "run": run,
        "seconds_total": sum(stage.seconds for stage in run.stages),
        "seconds_figure": _seconds(run.stages),
        "unproven": [stage for stage in run.stages if not stage.proven],
        "refused_table": table(run.refused, measured(run.refused)),
        "policies": policies,
        "rates_figure": _rates_figure(policies, rates),
        "rates_table": table(policies, rates),
        "plane": _plane(policies, "helpful", "harmful"),
        "elo_plane": _elo_plane(policies),
        "elo_table": table(policies, elo),
        "category_table": table(policies, categories, shown={key: key.partition("/")[2] for key in categories}),
        "behaviour_table": table(policies, behaviours),
        "split_table": table(policies, [key for key in splits if key.partition("@")[2] in SPLITS]),
        "kind_table": table(policies, [key for key in splits if key.partition("@")[2] not in SPLITS]),
        "difference_table": table(policies, [key for name in RATES for key in sliced(policies, name, "-")]),
        "feedback_table": table(feedback, [key for key in measured(feedback) if "@round" not in key]),
        "reliability": _reliability(run.stages),
        "rounds": _rounds(run.stages),
        "revised": next((stage.revised for stage in run.stages if stage.revised), ()),
        "missed_table": table(
            [Missing(name, rates) for name, rates in run.missed.items()],
            [*MISSED, *sorted({key for rates in run.missed.values() for key in rates if key.startswith("harmful/")})],
        ),
        "training": [_training(stage) for stage in run.stages if stage.is_ppo],
        "losses": _losses([stage for stage in run.stages if not stage.is_ppo]),
        "transcripts": _transcripts(run.stages),
        "all_table": table(run.stages, measured(run.stages)),
        "meanings": {name: MEANINGS[name] for name in MEANINGS if name in measured(run.stages)},
        "instruments": _instruments(run.stages),
        "checked_exactly": any(m.instrument == "checker" for stage in run.stages for m in stage.metrics.values()),
    }


def _svg(text: str) -> Markup:
    return Markup(text)


def _seconds(stages: Sequence[StageView]) -> Markup | None:
    return _svg(figures.seconds_by_stage({stage.name: stage.seconds for stage in stages})) if stages else None


def _rates_figure(policies: Sequence[StageView], rates: Sequence[str]) -> Markup | None:
    if not policies or not rates:
        return None
    metrics = {name: [stage.metrics.get(name) for stage in policies] for name in rates}
    return _svg(figures.rates_by_stage([stage.name for stage in policies], metrics))


def _plane(policies: Sequence[StageView], helpful: str, harmful: str) -> Markup | None:
    points = [
        figures.PlanePoint(stage.name, stage.metrics[helpful], _complement(stage.metrics[harmful]), stage.proven)
        for stage in policies
        if helpful in stage.metrics and harmful in stage.metrics
    ]
    if not points:
        return None
    return _svg(figures.plane(points, "helpful (rate)", "harmless (1 - harmful rate)"))


def _elo_plane(policies: Sequence[StageView]) -> Markup | None:
    points = [
        figures.PlanePoint(stage.name, stage.metrics["elo_helpful"], stage.metrics["elo_harmless"], stage.proven)
        for stage in policies
        if "elo_helpful" in stage.metrics and "elo_harmless" in stage.metrics
    ]
    if len(points) < 2:
        return None
    return _svg(figures.plane(points, "helpfulness (Elo)", "harmlessness (Elo)", unit_square=False))


def _complement(metric: Metric) -> Metric:
    low = None if metric.high is None else 1 - metric.high
    high = None if metric.low is None else 1 - metric.low
    return metric.model_copy(
        update={"value": None if metric.value is None else 1 - metric.value, "low": low, "high": high}
    )


def _reliability(stages: Sequence[StageView]) -> Markup | None:
    diagrams = {
        stage.name: [
            figures.ReliabilityPoint(one.confidence, one.accuracy, one.count)
            for one in stage.bins
            if one.confidence is not None and one.accuracy is not None
        ]
        for stage in stages
        if stage.bins
    }
    return _svg(figures.reliability(diagrams)) if diagrams else None


def _rounds(stages: Sequence[StageView]) -> Markup | None:
    harmful: dict[int, Metric] = {}
    for stage in stages:
        for key, metric in stage.metrics.items():
            name, _, tail = key.partition("@round")
            if name == "harmful" and tail.isdigit():
                harmful[int(tail)] = metric
    rounds = next((stage.rounds for stage in stages if stage.rounds), ())
    if not harmful and not rounds:
        return None
    words = {one.number: one.words for one in rounds}
    return _svg(figures.rounds(dict(sorted(harmful.items())), words, {one.number: one.changed for one in rounds}))


def _training(stage: StageView) -> Training:
    main = [figures.Panel(title, {key: stage.curves[key]}) for key, title in MAIN_CURVES.items() if key in stage.curves]
    others = [key for key in stage.curves if key not in MAIN_CURVES]
    panels = [figures.Panel(key.replace("_", " "), {key: stage.curves[key]}) for key in others[:DIAGNOSTICS_SHOWN]]
    return Training(
        stage=stage.name,
        proven=stage.proven,
        main=_svg(figures.curves(f"main-{stage.name}", main, x_label="rollout")) if main else None,
        diagnostics=_svg(figures.curves(f"diagnostics-{stage.name}", panels, x_label="rollout")) if panels else None,
        left_out=tuple(others[DIAGNOSTICS_SHOWN:]),
        best_rollouts=stage.best_rollouts,
    )


def _losses(stages: Sequence[StageView]) -> Markup | None:
    panels = []
    for stage in stages:
        losses = {key: series for key, series in stage.curves.items() if key == "loss" or key.endswith("_loss")}
        if losses:
            panels.append(figures.Panel(stage.name, losses))
    return _svg(figures.curves("losses", panels)) if panels else None


def _transcripts(stages: Sequence[StageView]) -> list[Transcript]:
    """The prompt whose id is first in order, of each kind, with the answer of every stage that was asked it."""
    asked = [stage for stage in stages if stage.first_samples]
    transcripts = []
    for kind in dict.fromkeys(kind for stage in asked for kind in stage.first_samples):
        samples = [(stage.name, stage.first_samples[kind]) for stage in asked if kind in stage.first_samples]
        prompt = min((sample.prompt for _, sample in samples), key=lambda prompt: prompt.id)
        answers = tuple(
            Answer(name, sample.response, _marks(sample.check), sample.check.explanation if sample.check else "")
            for name, sample in samples
            if sample.prompt.id == prompt.id
        )
        category = prompt.labels.get("category", "")
        transcripts.append(Transcript(kind, prompt.id, category, prompt.shown, answers))
    return transcripts


def _marks(check: Check | None) -> tuple[str, ...]:
    if check is None:
        return ()
    found = [name for name in ("harmful", "helpful", "honest", "evasive", "continuation") if getattr(check, name)]
    found += ["not helpful"] if check.helpful is False else []
    found += ["not honest"] if check.honest is False else []
    found += ["over-refusal"] if check.over_refusal else ["refusal"] if check.refusal else []
    found += ["off topic"] if check.off_topic else []
    found += [] if check.well_formed else ["ill formed"]
    return tuple(found)


def _instruments(stages: Sequence[StageView]) -> dict[str, str]:
    used = {metric.instrument for stage in stages for metric in stage.metrics.values()}
    return {name: INSTRUMENTS.get(name, "named by the run") for name in sorted(used)}
