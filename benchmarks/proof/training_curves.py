"""Training metrics of a stage: read, summed up at points of the training, drawn as a figure that stands alone."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.proof.markdown import number, table

from solon.report.figures import Panel, curves
from solon.store.records import write_text
from solon.store.run_folder import RunFolder

Row = Mapping[str, Any]

POINTS = {"start": 0.0, "quarter": 0.25, "half": 0.5, "three quarters": 0.75, "end": 1.0}
WINDOW = 0.05
"""A figure at a point is the mean over this share of the steps around it."""

COLOURS = {
    "ink": "#1b1b1b", "muted": "#6b6b6b", "rule": "#dddddd", "paper": "#ffffff", "series-1": "#0072b2",
    "series-2": "#d55e00", "series-3": "#009e73", "series-4": "#cc79a7", "series-5": "#e69f00", "series-6": "#56b4e9",
}  # fmt: skip


def read_metrics(run: Path, stage: str) -> list[Row]:
    """The rows of a stage's `metrics.jsonl`; NaN and infinity, should they be there, are read as such."""
    text = (RunFolder.existing(run).stage(stage).path / "metrics.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def series(rows: Sequence[Row], name: str) -> tuple[list[float], list[float]]:
    """Steps and values of one metric; rows without it (a value warm-up trains no policy) are passed over."""
    found = [(float(row.get("step", index)), float(row[name])) for index, row in enumerate(rows) if name in row]
    return [step for step, _ in found], [value for _, value in found]


def at(values: Sequence[float], share: float) -> float | None:
    """The mean over a window whose place among the values is `share` (0: at the start, 1: at the end)."""
    if not values:
        return None
    size = max(1, round(len(values) * WINDOW))
    first = round((len(values) - size) * share)
    return math.fsum(values[first : first + size]) / size


def points_table(rows: Sequence[Row], names: Mapping[str, str]) -> str:
    """Metrics (name -> meaning) at points of the training, with their extremes."""
    lines = []
    for name, meaning in names.items():
        _, values = series(rows, name)
        if values:
            shown = [number(at(values, share)) for share in POINTS.values()]
            lines.append([name, meaning, *shown, number(min(values)), number(max(values))])
    return table(["metric", "meaning", *POINTS, "lowest", "highest"], lines)


def non_finite(rows: Sequence[Row]) -> list[str]:
    """`step: metric` of every number that is not finite, or is missing as null."""
    return [
        f"{row.get('step', index)}: {name}"
        for index, row in enumerate(rows)
        for name, value in row.items()
        if value is None or (isinstance(value, float) and not math.isfinite(value))
    ]


def draw(rows: Sequence[Row], titles: Mapping[str, str], *, name: str, path: Path) -> None:
    """Write the curves of some metrics (name -> title) as an SVG file; those without values are left out.

    Raises:
        ValueError: none has values.
    """
    found = [(title, series(rows, metric)) for metric, title in titles.items()]
    shown = [Panel(title, {title: of}) for title, of in found if of[0]]
    if not shown:
        raise ValueError(f"nothing to draw: none of {', '.join(titles)} was logged")
    write_text(path, standalone(curves(name, shown)))


def standalone(svg: str) -> str:
    """A figure of the report, which takes its colours from the page, as a file with colours of its own."""
    style = "".join(f"--{name}:{colour};" for name, colour in COLOURS.items())
    inside = f"<style>svg{{{style}background:var(--paper);font-family:sans-serif}}</style>"
    head, rest = svg.split(">", 1)
    return head.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1) + ">" + inside + rest + "\n"
