"""The report's figures: plain data in, an <svg> string out. The same data give the same string."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from solon.records import Metric
from solon.report.svg import GRID, INK, MUTED, SERIES, Margins, panels, render, style

WIDTH = 9.4
"""Inches: the width of the text on a wide screen."""

RATE_MARGINS = Margins(left=0.3, right=0.02, bottom=0.62, between_columns=0.32, between_rows=0.88)


CURVE_MARGINS = Margins(between_columns=0.62)
DASHES = ("-", (0, (4, 2)), (0, (1, 1.6)), (0, (5, 1.5, 1, 1.5)), (0, (8, 2)), (0, (2, 2)))
"""A line style for each curve of a panel: colour alone tells nothing in print or to those who do not see it."""


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
        told = "; ".join(f"{name}: {_by_stage(stages, metrics)}" for name, metrics in rates.items())
        return render(figure, "rates", f"Rates of every policy stage. {told}")


def _by_stage(stages: Sequence[str], metrics: Sequence[Metric | None]) -> str:
    known = [(stage, one.value) for stage, one in zip(stages, metrics, strict=True) if one and one.value is not None]
    return ", ".join(f"{stage} {value:.3f}" for stage, value in known)


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


def curves(name: str, small_plots: Sequence[Panel], *, columns: int = 4, x_label: str = "step") -> str:
    """Small multiples of training curves: each step thin, a moving mean over a twentieth of the steps on top."""
    columns = min(columns, len(small_plots))
    with style():
        rows = -(-len(small_plots) // columns)
        figure, axes = panels(rows, columns, width=WIDTH * columns / 4, height=1.9 * rows + 0.1, margins=CURVE_MARGINS)
        for axis, panel in zip(axes, small_plots, strict=False):
            styles = zip(SERIES, DASHES, panel.lines.items(), strict=False)
            for colour, dashes, (label, (steps, values)) in styles:
                mean = _moving_mean(np.asarray(values, dtype=np.float64), max(1, len(values) // 20))
                axis.plot(steps, values, color=colour, linewidth=0.7, alpha=0.4)
                axis.plot(steps, mean, color=colour, label=label, linestyle=dashes)
            axis.set_title(panel.title)
            axis.xaxis.set_major_locator(MaxNLocator(4, integer=True))
            axis.yaxis.set_major_locator(MaxNLocator(4))
            axis.yaxis.set_major_formatter(_short_number)
            if len(panel.lines) > 1:
                axis.legend(handlelength=1.2, borderaxespad=0.2)
        for axis in axes[len(small_plots) :]:
            axis.set_visible(False)
        for axis in axes[max(0, len(small_plots) - columns) : len(small_plots)]:
            axis.set_xlabel(x_label)
        told = "; ".join(
            f"{panel.title}{f' ({label})' if len(panel.lines) > 1 else ''} from {values[0]:.3g} to {values[-1]:.3g}"
            for panel in small_plots
            for label, (_, values) in panel.lines.items()
        )
        return render(figure, name, f"Training curves. {told}")


def _short_number(value: float, _place: float) -> str:
    """A tick's number in few letters, without a factor that would stand in the panel's title."""
    return f"{value:.3g}".replace("e-0", "e-").replace("e+0", "e").replace("-", "\u2212")


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
        told = "; ".join(
            f"{title}: " + ", ".join(f"round {n} {value:.3g}" for n, value in values.items()) for title, values in shown
        )
        return render(figure, "rounds", f"Critique and revision, round by round. {told}")


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
        told = "; ".join(
            f"{name}: " + ", ".join(f"{p.accuracy:.2f} right at confidence {p.confidence:.2f}" for p in points)
            for name, points in diagrams.items()
        )
        return render(figure, "reliability", f"Reliability diagrams. {told}")


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
        told = ", ".join(f"{name} {value:,.0f}" for name, value in seconds.items())
        return render(figure, "seconds", f"Seconds of each stage: {told}")


def mixture_shares(name: str, phases: Mapping[str, Mapping[str, tuple[float, float]]]) -> str:
    """Per phase of a mixture, a row a source: the asked share of the tokens as a ring, the realised one as a dot."""
    rows = max(len(sources) for sources in phases.values())
    with style():
        figure, axes = panels(
            1, len(phases), width=WIDTH, height=0.3 * rows + 0.9, margins=Margins(left=1.3, between_columns=1.4)
        )
        for axis, (phase, sources) in zip(axes, phases.items(), strict=True):
            places = range(len(sources))
            realised = [found for _, found in sources.values()]
            axis.hlines(list(places), 0, realised, color=GRID, linewidth=2)
            asked = [wanted for wanted, _ in sources.values()]
            ring: dict[str, Any] = {"markerfacecolor": "none", "markersize": 9, "markeredgewidth": 1.4}
            axis.plot(asked, list(places), "o", color=SERIES[1], label="asked", **ring)
            axis.plot(realised, list(places), "o", color=SERIES[0], markersize=4.2, label="realised")
            axis.set_yticks(list(places), list(sources))
            axis.set_ylim(len(sources) - 0.4, -0.6)
            axis.set_xlim(0, 1.04)
            axis.grid(visible=True, axis="x")
            axis.set_title(phase)
            axis.set_xlabel("share of tokens")
        axes[0].legend(loc="lower right")
        told = "; ".join(
            f"{phase}: " + ", ".join(f"{name} asked {a:.3f}, realised {r:.3f}" for name, (a, r) in sources.items())
            for phase, sources in phases.items()
        )
        return render(figure, name, f"Shares of the mixture's tokens. {told}")
