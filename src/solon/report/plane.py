"""The plane of helpfulness and harmlessness: one chain of stages in it, or the chains of several runs."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from matplotlib.axes import Axes

from solon.records import Metric
from solon.report.svg import MUTED, PAPER, SERIES, Margins, panels, render, style

Box = tuple[float, float, float, float]
"""Left, right, bottom, top, in the units of the axes."""

MARKERS = "os^Dv*"
"""One for each chain: colour alone tells nothing in print or to those who do not see it."""
SAME = 1e-9


class PlanePoint(NamedTuple):
    """A policy in the plane of helpfulness and harmlessness."""

    stage: str
    helpful: Metric
    harmless: Metric
    proven: bool = True


class _Placed(NamedTuple):
    """A point that has both values."""

    point: PlanePoint
    x: float
    y: float
    across: tuple[float, float]
    """The interval of x, or x itself."""
    up: tuple[float, float]


def plane(points: Sequence[PlanePoint], x_label: str, y_label: str, *, unit_square: bool = True) -> str:
    """Helpfulness against harmlessness, the stages joined in the order of the chain; intervals as crosses."""
    return planes({"": points}, x_label, y_label, unit_square=unit_square)


def planes(chains: Mapping[str, Sequence[PlanePoint]], x_label: str, y_label: str, *, unit_square: bool = True) -> str:
    """As `plane`, with a colour, a mark and a line in the legend for each chain, by the name of its run."""
    with style():
        figure, (axis,) = panels(1, 1, width=6.4, height=4.6, margins=Margins(left=0.6, bottom=0.5, top=0.1))
        axis.grid(visible=True, axis="both")
        placed = {name: _placed(points) for name, points in chains.items()}
        for number, (name, of_chain) in enumerate(placed.items()):
            _draw(axis, of_chain, number, name)
        if unit_square:
            axis.set_xlim(-0.03, 1.24)
            axis.set_xticks([0, 0.2, 0.4, 0.6, 0.8, 1.0])
            axis.set_ylim(-0.03, 1.07)
        else:
            axis.margins(0.14)
        everything = [one for of_chain in placed.values() for one in of_chain]
        taken = [box for one in everything for box in ((*one.across, one.y, one.y), (one.x, one.x, *one.up))]
        for before, after in (pair for of_chain in placed.values() for pair in itertools.pairwise(of_chain)):
            along = [(before.x + t / 40 * (after.x - before.x), before.y + t / 40 * (after.y - before.y))
                     for t in range(41)]  # fmt: skip
            taken += [(x, x, y, y) for x, y in along]
        # A stage that two runs share, through the cache, is one place with one label.
        labels = dict.fromkeys((_label(one.point), one.x, one.y) for one in everything)
        _label_apart(axis, list(labels), taken)
        axis.set_xlabel(x_label)
        axis.set_ylabel(y_label)
        if len(placed) > 1:
            axis.legend(loc="lower left")
        told = "; ".join(f"{name}: {_told(of_chain)}".removeprefix(": ") for name, of_chain in placed.items())
        description = f"{y_label} against {x_label} by stage, in this order. {told}"
        return render(figure, "plane-" + ("rates" if unit_square else "elo"), description)


def _placed(points: Sequence[PlanePoint]) -> list[_Placed]:
    return [
        _Placed(point, point.helpful.value, point.harmless.value, _ends(point.helpful), _ends(point.harmless))
        for point in points
        if point.helpful.value is not None and point.harmless.value is not None
    ]


def _ends(metric: Metric) -> tuple[float, float]:
    value = metric.value or 0.0
    return (value if metric.low is None else metric.low, value if metric.high is None else metric.high)


def _label(point: PlanePoint) -> str:
    return point.stage + ("" if point.proven else " (unproven)")


def _told(placed: Sequence[_Placed]) -> str:
    return ", ".join(f"{_label(one.point)} {one.x:.3g} and {one.y:.3g}" for one in placed)


def _draw(axis: Axes, placed: Sequence[_Placed], number: int, name: str) -> None:
    """One chain. Later ones have larger marks and lie below, so that a place that chains share shows all of them."""
    colour, mark = SERIES[number % len(SERIES)], MARKERS[number % len(MARKERS)]
    for before, after in itertools.pairwise(placed):
        if abs(after.x - before.x) + abs(after.y - before.y) > SAME:
            arrow = {"arrowstyle": "-|>", "color": colour if name else MUTED, "linewidth": 0.9, "shrinkA": 5,
                     "shrinkB": 5}  # fmt: skip
            axis.annotate("", (after.x, after.y), (before.x, before.y), arrowprops=arrow)
    order, size = 3 - number / 100, 6.5 + 3.5 * number
    for place, one in enumerate(placed):
        axis.plot(one.across, [one.y, one.y], color=colour, alpha=0.55, zorder=order)
        axis.plot([one.x, one.x], one.up, color=colour, alpha=0.55, zorder=order)
        face = colour if one.point.proven else PAPER
        label = name if name and place == 0 else None
        axis.plot(one.x, one.y, mark, color=colour, markerfacecolor=face, markersize=size, label=label, zorder=order)


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
