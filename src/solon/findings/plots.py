"""Figures of findings, in the report's style: lines over a scale, and bars beside each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from solon.records import Metric
from solon.report.svg import INK, MUTED, SERIES, Margins, panels, render, style

WIDTH = 6.6
MARKERS = "os^Dv*"


class Line(NamedTuple):
    """One curve: its name and its points."""

    label: str
    points: Sequence[tuple[float, Metric]]
    dashed: bool = False
    """A fit or a truth, drawn without marks."""


class Plot(NamedTuple):
    """One pair of axes with curves."""

    title: str
    x_label: str
    y_label: str
    lines: Sequence[Line]
    log_x: bool = False
    unit_y: bool = False
    """A rate: the axis goes from 0 to 1."""
    ticks: Sequence[tuple[float, str]] = ()
    """Where the scale has names of its own."""


def draw_lines(name: str, plots: Sequence[Plot], description: str) -> str:
    """Plots side by side; intervals as bars, each curve with a mark of its own as well as a colour."""
    below = 0.45 if max(len(plot.lines) for plot in plots) >= 4 else 0.0
    with style():
        figure, axes = panels(
            1, len(plots), width=WIDTH if len(plots) > 1 else 4.4, height=2.7 + below,
            margins=Margins(left=0.62, bottom=0.5 + below, between_columns=0.7, right=0.25),
        )  # fmt: skip
        for axis, plot in zip(axes, plots, strict=True):
            _draw(axis, plot)
        return render(figure, name, description)


def _draw(axis: Axes, plot: Plot) -> None:
    for number, line in enumerate(plot.lines):
        colour = SERIES[number % len(SERIES)]
        known = [(x, one, one.value) for x, one in line.points if one.value is not None]
        places, values = [x for x, _, _ in known], [value for _, _, value in known]
        if line.dashed:
            axis.plot(places, values, color=MUTED, linewidth=1.1, linestyle=(0, (4, 3)), label=line.label)
            continue
        for x, metric, _ in known:
            if metric.low is not None and metric.high is not None:
                axis.plot([x, x], [metric.low, metric.high], color=colour, linewidth=2.0, alpha=0.45)
        marker = MARKERS[number % len(MARKERS)]
        axis.plot(places, values, marker=marker, color=colour, markersize=4.4, linewidth=1.2, label=line.label)
    if plot.log_x:
        axis.set_xscale("log")
        axis.minorticks_off()
    if plot.ticks:
        axis.set_xticks([x for x, _ in plot.ticks], [name for _, name in plot.ticks])
    elif plot.log_x:
        places = sorted({x for line in plot.lines for x, _ in line.points if not line.dashed})
        axis.set_xticks(places, [f"{x:g}" for x in places])
    elif all(float(x).is_integer() for line in plot.lines for x, _ in line.points):
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    if plot.unit_y:
        axis.set_ylim(-0.04, 1.04)
    axis.set_title(plot.title)
    axis.set_xlabel(plot.x_label)
    axis.set_ylabel(plot.y_label)
    if len(plot.lines) > 1:
        _legend(axis, len(plot.lines))


def _legend(axis: Axes, lines: int) -> None:
    """Inside where it is small, below the axes where it would lie on the curves."""
    if lines < 4:
        axis.legend(handlelength=1.6, borderaxespad=0.2)
    else:
        axis.legend(handlelength=1.6, loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=3, columnspacing=1.2)


def draw_bars(name: str, values: Mapping[str, Metric], label: str, description: str, *, unit: bool = True) -> str:
    """Horizontal bars with their intervals and numbers, in the order given."""
    with style():
        longest = max(len(one) for one in values)
        figure, (axis,) = panels(
            1, 1, width=WIDTH, height=0.3 * len(values) + 0.65,
            margins=Margins(left=0.25 + 0.068 * longest, bottom=0.45, top=0.1, right=0.75),
        )  # fmt: skip
        places = list(range(len(values)))
        known = [metric.value or 0.0 for metric in values.values()]
        axis.barh(places, known, color=SERIES[0], height=0.58, alpha=0.85)
        for place, metric in zip(places, values.values(), strict=True):
            if metric.low is not None and metric.high is not None:
                axis.plot([metric.low, metric.high], [place, place], color=INK, linewidth=1.3)
            shown = "none" if metric.value is None else f"{metric.value:.3f}"
            axis.annotate(shown, (1.01, place), xycoords=("axes fraction", "data"), va="center", fontsize=8.5)
        axis.set_yticks(places, list(values))
        axis.invert_yaxis()
        axis.tick_params(axis="y", length=0)
        axis.grid(visible=False, axis="y")
        axis.grid(visible=True, axis="x")
        axis.axvline(0, color=MUTED, linewidth=0.8)
        if unit:
            axis.set_xlim(0, 1)
        axis.set_xlabel(label)
        return render(figure, name, description)
