"""The report's figures: plain data in, an <svg> string out. The same data give the same string."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from solon.records import Metric
from solon.report.svg import GRID, INK, MUTED, PAPER, SERIES, Margins, panels, render, style

Box = tuple[float, float, float, float]
"""Left, right, bottom, top, in the units of the axes."""

WIDTH = 9.4
"""Inches: the width of the text on a wide screen."""


RATE_MARGINS = Margins(left=0.3, right=0.02, bottom=0.62, between_columns=0.32, between_rows=0.88)


class PlanePoint(NamedTuple):
    """A policy in the plane of helpfulness and harmlessness."""

    stage: str
    helpful: Metric
    harmless: Metric
    proven: bool = True


class ReliabilityPoint(NamedTuple):
    """One bin of a reliability diagram."""

    confidence: float
    accuracy: float
    num_pairs: int


class Panel(NamedTuple):
    """One small plot: curves over training steps."""

    title: str
    lines: Mapping[str, tuple[Sequence[float], Sequence[float]]]


def rates_by_stage(stages: Sequence[str], rates: Mapping[str, Sequence[Metric | None]]) -> str:
    """Small multiples: one panel a rate, the stages along the bottom, 95 % intervals as bars."""
    columns = 4
    with style():
        rows = -(-len(rates) // columns)
        figure, axes = panels(rows, columns, width=WIDTH, height=2.15 * rows + 0.2, margins=RATE_MARGINS)
        for axis, (name, metrics) in zip(axes, rates.items(), strict=False):
            _rate_panel(axis, name, metrics)
            axis.set_xticks(range(len(stages)), stages, rotation=38, ha="right", rotation_mode="anchor")
            axis.set_xlim(-0.5, len(stages) - 0.5)
        for axis in axes[len(rates) :]:
            axis.set_visible(False)
        return render(figure, "rates", "Rates of every policy stage: " + ", ".join(rates))


def _rate_panel(axis: Axes, name: str, metrics: Sequence[Metric | None]) -> None:
    known = [(x, metric, metric.value) for x, metric in enumerate(metrics) if metric and metric.value is not None]
    joined = [metric.value if metric and metric.value is not None else float("nan") for metric in metrics]
    axis.plot(range(len(joined)), joined, color=MUTED, linewidth=0.9)
    for x, metric, value in known:
        if metric.low is not None and metric.high is not None:
            axis.plot([x, x], [metric.low, metric.high], color=SERIES[0], linewidth=2.2, alpha=0.55)
        axis.plot(x, value, "o", color=SERIES[0], markersize=4.6, markeredgewidth=0)
    axis.set_title(name)
    axis.set_ylim(-0.04, 1.04)
    axis.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "", "0.5", "", "1"])


def plane(points: Sequence[PlanePoint], x_label: str, y_label: str, *, unit_square: bool = True) -> str:
    """Helpfulness against harmlessness, the stages joined in the order of the chain; intervals as crosses."""
    with style():
        figure, (axis,) = panels(1, 1, width=6.4, height=4.6, margins=Margins(left=0.6, bottom=0.5, top=0.1))
        axis.grid(visible=True, axis="both")
        known = [(p, p.helpful.value, p.harmless.value) for p in points]
        placed = [(p, x, y) for p, x, y in known if x is not None and y is not None]
        for (_, x0, y0), (_, x1, y1) in itertools.pairwise(placed):
            if abs(x1 - x0) + abs(y1 - y0) > 1e-9:
                arrow = {"arrowstyle": "-|>", "color": MUTED, "linewidth": 0.9, "shrinkA": 5, "shrinkB": 5}
                axis.annotate("", (x1, y1), (x0, y0), arrowprops=arrow)
        for point, x, y in placed:
            if point.helpful.low is not None and point.helpful.high is not None:
                axis.plot([point.helpful.low, point.helpful.high], [y, y], color=SERIES[0], alpha=0.55)
            if point.harmless.low is not None and point.harmless.high is not None:
                axis.plot([x, x], [point.harmless.low, point.harmless.high], color=SERIES[0], alpha=0.55)
            axis.plot(x, y, "o", color=SERIES[0], markerfacecolor=SERIES[0] if point.proven else PAPER, markersize=6.5)
        if unit_square:
            axis.set_xlim(-0.03, 1.24)
            axis.set_xticks([0, 0.2, 0.4, 0.6, 0.8, 1.0])
            axis.set_ylim(-0.03, 1.07)
        else:
            axis.margins(0.14)
        labels = [(p.stage + ("" if p.proven else " (unproven)"), x, y) for p, x, y in placed]
        bars = [(_ends(p.helpful, x), _ends(p.harmless, y), x, y) for p, x, y in placed]
        taken = [box for (x0, x1), (y0, y1), x, y in bars for box in ((x0, x1, y, y), (x, x, y0, y1))]
        for (_, x0, y0), (_, x1, y1) in itertools.pairwise(placed):
            along = [(x0 + t / 40 * (x1 - x0), y0 + t / 40 * (y1 - y0)) for t in range(41)]
            taken += [(x, x, y, y) for x, y in along]
        _label_apart(axis, labels, taken)
        axis.set_xlabel(x_label)
        axis.set_ylabel(y_label)
        return render(figure, "plane-" + ("rates" if unit_square else "elo"), f"{y_label} against {x_label} by stage")


def _ends(metric: Metric, value: float) -> tuple[float, float]:
    return (value if metric.low is None else metric.low, value if metric.high is None else metric.high)


def _label_apart(axis: Axes, labels: Sequence[tuple[str, float, float]], taken_already: Sequence[Box]) -> None:
    """Write each label near its point, in the first place where it covers no interval, point or other label."""
    (x_low, x_high), (y_low, y_high) = axis.get_xlim(), axis.get_ylim()
    width, height = (x_high - x_low) * 0.0155, (y_high - y_low) * 0.042
    taken = list(taken_already) + [
        (x - width * 0.8, x + width * 0.8, y - height / 2, y + height / 2) for _, x, y in labels
    ]
    for text, x, y in labels:
        long = width * len(text)
        gap = width * 1.3
        heights = (0.0, 0.75, -0.75, 1.4, -1.4, 2.3, -2.3, 3.2)
        places = [(left, y + dy * height) for dy in heights for left in (x + gap, x - gap - long, x - long / 2)]
        boxes = [(left, left + long, middle - height / 2, middle + height / 2) for left, middle in places]
        inside = [b for b in boxes if b[0] >= x_low and b[1] <= x_high and b[2] >= y_low and b[3] <= y_high]
        free = [b for b in inside if not any(_overlap(b, other) for other in taken)]
        box = (free or inside or boxes)[0]
        taken.append(box)
        axis.text(box[0], (box[2] + box[3]) / 2, text, va="center", fontsize=9)


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[1] and b[0] < a[1] and a[2] < b[3] and b[2] < a[3]


def curves(name: str, small_plots: Sequence[Panel], *, columns: int = 4, x_label: str = "step") -> str:
    """Small multiples of training curves: each step thin, a moving mean over a twentieth of the steps on top."""
    columns = min(columns, len(small_plots))
    with style():
        rows = -(-len(small_plots) // columns)
        figure, axes = panels(rows, columns, width=WIDTH * columns / 4, height=1.9 * rows + 0.1)
        for axis, panel in zip(axes, small_plots, strict=False):
            for colour, (label, (steps, values)) in zip(SERIES, panel.lines.items(), strict=False):
                mean = _moving_mean(np.asarray(values, dtype=np.float64), max(1, len(values) // 20))
                axis.plot(steps, values, color=colour, linewidth=0.7, alpha=0.4)
                axis.plot(steps, mean, color=colour, label=label)
            axis.set_title(panel.title)
            axis.xaxis.set_major_locator(MaxNLocator(4, integer=True))
            axis.yaxis.set_major_locator(MaxNLocator(4))
            if len(panel.lines) > 1:
                axis.legend(handlelength=1.2, borderaxespad=0.2)
        for axis in axes[len(small_plots) :]:
            axis.set_visible(False)
        for axis in axes[max(0, len(small_plots) - columns) : len(small_plots)]:
            axis.set_xlabel(x_label)
        titles = ", ".join(panel.title for panel in small_plots)
        return render(figure, name, f"Training curves: {titles}")


def _moving_mean(values: np.ndarray[tuple[int], np.dtype[np.float64]], window: int) -> list[float]:
    """The mean of up to `window` values ending at each place: no value from the future."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    ends = np.arange(1, len(values) + 1)
    starts = np.maximum(0, ends - window)
    return [float(x) for x in (sums[ends] - sums[starts]) / (ends - starts)]


def rounds(harmful: Mapping[int, Metric], words: Mapping[int, float], changed: Mapping[int, float]) -> str:
    """By round of critique and revision: harmful rate, share of answers changed, mean words; empty ones left out."""
    shown: list[tuple[str, Mapping[int, float]]] = []
    if harmful:
        shown.append(("harmful", {n: metric.value for n, metric in harmful.items() if metric.value is not None}))
    if changed:
        shown.append(("share of answers changed", {n: share for n, share in changed.items() if n > 0}))
    if words:
        shown.append(("mean words of the answer", words))
    with style():
        figure, axes = panels(1, len(shown), width=WIDTH * len(shown) / 3, height=2.4)
        for axis, (title, values) in zip(axes, shown, strict=True):
            axis.plot(list(values), list(values.values()), "o-", color=SERIES[0], markersize=4.6)
            axis.set_title(title)
            axis.set_xlabel("round of critique and revision")
            axis.xaxis.set_major_locator(MaxNLocator(integer=True))
            if title == "mean words of the answer":
                axis.set_ylim(0, None)
            else:
                axis.set_ylim(-0.04, 1.04)
        for n, metric in harmful.items():
            if metric.low is not None and metric.high is not None:
                axes[0].plot([n, n], [metric.low, metric.high], color=SERIES[0], linewidth=2.2, alpha=0.55)
        return render(figure, "rounds", "Critique and revision, round by round")


def reliability(diagrams: Mapping[str, Sequence[ReliabilityPoint]]) -> str:
    """One reliability diagram a model: share right against confidence; the area of a dot is its number of pairs."""
    with style():
        columns = max(2, len(diagrams))
        figure, axes = panels(
            1, columns, width=WIDTH * min(1.0, columns / 3), height=WIDTH / 3.1, margins=Margins(left=0.55)
        )
        for axis, (name, points) in zip(axes, diagrams.items(), strict=False):
            axis.plot([0.5, 1], [0.5, 1], color=MUTED, linewidth=0.9, linestyle=(0, (4, 3)))
            total = sum(point.num_pairs for point in points) or 1
            axis.plot([p.confidence for p in points], [p.accuracy for p in points], color=SERIES[0], linewidth=1.0)
            sizes = [16 + 320 * p.num_pairs / total for p in points]
            axis.scatter(
                [p.confidence for p in points], [p.accuracy for p in points], s=sizes, color=SERIES[0], alpha=0.75
            )
            axis.set_title(name)
            axis.set_xlim(0.48, 1.02)
            low = min([0.5, *(p.accuracy for p in points)])
            axis.set_ylim(low - 0.04, 1.04)
            axis.set_xlabel("confidence")
            axis.grid(visible=True, axis="both")
        axes[0].set_ylabel("share right")
        for axis in axes[len(diagrams) :]:
            axis.set_visible(False)
        return render(figure, "reliability", "Reliability diagrams: " + ", ".join(diagrams))


def seconds_by_stage(seconds: Mapping[str, float]) -> str:
    """Horizontal bars in the order of the chain, each with its seconds."""
    with style():
        figure, (axis,) = panels(
            1, 1, width=6.6, height=0.27 * len(seconds) + 0.2, margins=Margins(left=1.3, bottom=0.1, top=0.1)
        )
        places = range(len(seconds))
        axis.barh(list(places), list(seconds.values()), color=SERIES[0], height=0.62)
        axis.set_yticks(list(places), list(seconds))
        axis.invert_yaxis()
        axis.grid(visible=False)
        axis.tick_params(length=0)
        axis.set_xticks([])
        axis.spines["bottom"].set_visible(False)
        axis.spines["left"].set_edgecolor(GRID)
        longest = max([1e-9, *seconds.values()])
        for place, value in zip(places, seconds.values(), strict=True):
            axis.text(value + longest * 0.012, place, f"{value:,.0f} s", va="center", color=INK, fontsize=8.5)
        axis.set_xlim(0, longest * 1.14)
        return render(figure, "seconds", "Seconds of each stage")
