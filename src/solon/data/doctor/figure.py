"""The style table as a figure: how long responses are, and what stands in them, source by source."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from solon.data.doctor.statistics import STYLE, Statistics

INK, FAINT, ACCENT = "#222222", "#d8d8d8", "#1f5a99"


def save_figure(statistics: Sequence[Statistics], path: Path) -> None:
    """Draw the sources that have responses, the first on top; the kind of file by the suffix of `path` (.svg, .png).

    Left: words of a response, a dot at the median, a line to the 95th percentile, a ring at the mean; logarithmic.
    Right: share of responses with each sign of style, in per cent, as the darkness of a field with its number.
    """
    shown = [one for one in statistics if one.response_words.median is not None]
    num_lines = max(1, len(shown))
    height = 1.5 + 0.32 * num_lines
    figure = Figure(figsize=(10, height), layout="constrained")
    words, style = figure.subplots(1, 2, sharey=True, width_ratios=(1.25, 1))
    for place, one in enumerate(shown):
        mean, median, p95 = (value or 0.0 for value in one.response_words)
        words.plot([max(1, median), max(1, p95)], [place, place], color=ACCENT, linewidth=1.5)
        words.plot(max(1, median), place, "o", color=ACCENT, markersize=5)
        words.plot(max(1, mean), place, "o", markerfacecolor="white", markeredgecolor=ACCENT, markersize=5)
    words.set_xscale("log")
    words.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    words.xaxis.set_major_formatter(FuncFormatter(lambda number, _: f"{number:g}"))
    words.xaxis.set_minor_locator(NullLocator())
    words.set_xlabel("words of a response: median (dot), mean (ring), 95th percentile (end of line)", color=INK)
    words.grid(axis="x", color=FAINT, linewidth=0.6)
    words.set_yticks(range(len(shown)), [one.name for one in shown])
    words.set_ylim(num_lines - 0.5, -0.5)
    shares = [[100 * (share or 0.0) for share in one.style.values()] for one in shown]
    if shares:
        style.imshow(shares, cmap="Blues", vmin=0, vmax=100, aspect="auto")
    for place, row in enumerate(shares):
        for column, share in enumerate(row):
            colour = "white" if share > 60 else INK
            style.text(column, place, f"{share:.0f}", ha="center", va="center", fontsize=8, color=colour)
    style.set_xticks(range(len(STYLE)), list(STYLE), fontsize=9)
    style.set_xlabel("% of responses", color=INK)
    style.tick_params(axis="y", length=0)
    for axis in (words, style):
        axis.spines[["top", "right", "left", "bottom"]].set_visible(False)
    path.parent.mkdir(parents=True, exist_ok=True)
    # The same figures give the same file: no date, no random names.
    with rc_context({"svg.hashsalt": "solon"}):
        figure.savefig(path, dpi=150, metadata={"Date": None} if path.suffix == ".svg" else None)
