"""What is drawn of a run's stages: each figure with its numbers as a table, for those who cannot see it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from solon.records import Metric
from solon.report import figures
from solon.report.names import MAIN_CURVES
from solon.report.plane import PlanePoint, plane
from solon.report.read import Rollout, StageView

DIAGNOSTICS_SHOWN = 24
"""Panels of one figure; what does not fit is named below it."""


class Numbers(NamedTuple):
    """A plain table: the first cell of a row is its head."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Drawing(NamedTuple):
    """A figure; its numbers where no table of the page shows them already."""

    svg: Markup
    numbers: Numbers | None = None


class Training(NamedTuple):
    """The curves of one reinforcement-learning stage."""

    stage: str
    main: Drawing | None
    diagnostics: Drawing | None
    left_out: tuple[str, ...]
    best_rollouts: tuple[Rollout, ...]


def seconds(stages: Sequence[StageView]) -> Drawing | None:
    """Bars of each stage's seconds."""
    by_stage = {stage.name: stage.seconds for stage in stages}
    return Drawing(Markup(figures.seconds_by_stage(by_stage))) if stages else None


def rates(policies: Sequence[StageView], names: Sequence[str]) -> Drawing | None:
    """A panel for each rate."""
    if not policies or not names:
        return None
    metrics = {name: [stage.metrics.get(name) for stage in policies] for name in names}
    return Drawing(Markup(figures.rates_by_stage([stage.name for stage in policies], metrics)))


def rate_points(policies: Sequence[StageView]) -> list[PlanePoint]:
    """The policies that have both rates of the plane."""
    return [
        PlanePoint(stage.name, stage.metrics["helpful"], _complement(stage.metrics["harmful"]), stage.proven)
        for stage in policies
        if {"helpful", "harmful"} <= stage.metrics.keys()
    ]


def rate_plane(policies: Sequence[StageView]) -> Drawing | None:
    """Helpful against harmless rates."""
    points = rate_points(policies)
    return Drawing(Markup(plane(points, "helpful (rate)", "harmless (1 - harmful rate)"))) if points else None


def elo_plane(policies: Sequence[StageView]) -> Drawing | None:
    """The same by held-out raters, where two policies were rated."""
    points = [
        PlanePoint(stage.name, stage.metrics["elo_helpful"], stage.metrics["elo_harmless"], stage.proven)
        for stage in policies
        if {"elo_helpful", "elo_harmless"} <= stage.metrics.keys()
    ]
    if len(points) < 2:
        return None
    return Drawing(Markup(plane(points, "helpfulness (Elo)", "harmlessness (Elo)", unit_square=False)))


def _complement(metric: Metric) -> Metric:
    low = None if metric.high is None else 1 - metric.high
    high = None if metric.low is None else 1 - metric.low
    value = None if metric.value is None else 1 - metric.value
    return metric.model_copy(update={"value": value, "low": low, "high": high})


def reliability(stages: Sequence[StageView]) -> Drawing | None:
    """A diagram for each stage with bins."""
    diagrams = {
        stage.name: [
            figures.ReliabilityPoint(one.confidence, one.accuracy, one.count)
            for one in stage.bins
            if one.confidence is not None and one.accuracy is not None
        ]
        for stage in stages
        if stage.bins
    }
    if not diagrams:
        return None
    rows = tuple(
        (name, f"{one.confidence:.3f}", f"{one.accuracy:.3f}", f"{one.num_pairs:,}")
        for name, points in diagrams.items()
        for one in points
    )
    columns = ("model", "mean confidence", "share right", "pairs")
    return Drawing(Markup(figures.reliability(diagrams)), Numbers(columns, rows))


def rounds(stages: Sequence[StageView]) -> Drawing | None:
    """Critique and revision, round by round."""
    harmful: dict[int, Metric] = {}
    for stage in stages:
        for key, metric in stage.metrics.items():
            name, _, tail = key.partition("@round")
            if name == "harmful" and tail.isdigit():
                harmful[int(tail)] = metric
    found = next((stage.rounds for stage in stages if stage.rounds), ())
    if not harmful and not found:
        return None
    words, changed = {one.number: one.words for one in found}, {one.number: one.changed for one in found}
    rows = tuple(
        (str(n), _with_interval(harmful.get(n)), _text(changed.get(n) if n else None), _text(words.get(n), ".1f"))
        for n in sorted(harmful.keys() | words.keys())
    )
    columns = ("round", "harmful", "share of answers changed", "mean words")
    svg = figures.rounds(dict(sorted(harmful.items())), words, changed)
    return Drawing(Markup(svg), Numbers(columns, rows))


def mixture(stage: StageView) -> Drawing | None:
    """Asked and realised shares of a stage's mixture."""
    if stage.mixture is None:
        return None
    rows, phases = [], {}
    for phase, sources in stage.mixture.phases.items():
        shares = {name: (one.asked, one.realised) for name, one in sources.items()}
        phases[phase] = {name: (a, r) for name, (a, r) in shares.items() if a is not None and r is not None}
        rows += [
            (phase, name, _text(one.asked), _text(one.realised), f"{one.tokens:,}", f"{one.rows:,}")
            for name, one in sources.items()
        ]
    columns = ("phase", "source", "asked share", "realised share", "tokens", "rows")
    shown = {phase: shares for phase, shares in phases.items() if shares}
    svg = figures.mixture_shares(f"mixture-{stage.name}", shown)
    return Drawing(Markup(svg), Numbers(columns, tuple(rows)))


def training(stage: StageView) -> Training:
    """The four main curves of a stage, and its other ones."""
    main = [figures.Panel(title, {key: stage.curves[key]}) for key, title in MAIN_CURVES.items() if key in stage.curves]
    others = [key for key in stage.curves if key not in MAIN_CURVES]
    panels = [figures.Panel(key.replace("_", " "), {key: stage.curves[key]}) for key in others[:DIAGNOSTICS_SHOWN]]
    return Training(
        stage=stage.name,
        main=_curves(f"main-{stage.name}", main, "rollout"),
        diagnostics=_curves(f"diagnostics-{stage.name}", panels, "rollout"),
        left_out=tuple(others[DIAGNOSTICS_SHOWN:]),
        best_rollouts=stage.best_rollouts,
    )


def losses(stages: Sequence[StageView]) -> Drawing | None:
    """The losses of the other stages."""
    panels = []
    for stage in stages:
        found = {key: series for key, series in stage.curves.items() if key == "loss" or key.endswith("_loss")}
        if found:
            panels.append(figures.Panel(stage.name, found))
    return _curves("losses", panels, "step")


def _curves(name: str, panels: Sequence[figures.Panel], x_label: str) -> Drawing | None:
    if not panels:
        return None
    rows = tuple(
        (panel.title if len(panel.lines) == 1 else f"{panel.title}: {label}", *_course(steps, values))
        for panel in panels
        for label, (steps, values) in panel.lines.items()
    )
    columns = ("curve", "first", "lowest", "highest", "last", "points")
    return Drawing(Markup(figures.curves(name, panels, x_label=x_label)), Numbers(columns, rows))


def _course(steps: Sequence[float], values: Sequence[float]) -> tuple[str, ...]:
    low, high = values.index(min(values)), values.index(max(values))
    at = [f"{values[place]:.4g} at {steps[place]:.0f}" for place in (low, high)]
    return (f"{values[0]:.4g}", *at, f"{values[-1]:.4g}", f"{len(values):,}")


def _text(value: float | None, form: str = ".3f") -> str:
    return "\u2013" if value is None else f"{value:{form}}"


def _with_interval(metric: Metric | None) -> str:
    if metric is None or metric.value is None:
        return _text(None)
    interval = "" if metric.low is None or metric.high is None else f" ({metric.low:.3f} to {metric.high:.3f})"
    return f"{metric.value:.3f}{interval}"
