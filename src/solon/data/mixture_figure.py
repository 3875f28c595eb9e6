"""The asked and the realised shares of a mixture, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

_COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00")
"""Okabe and Ito's: people with any colour vision tell them apart."""


def draw_mixture(record: Mapping[str, Any], path: Path) -> None:
    """Draw what `Mixture.record` tells to a file (its ending says which kind: .png, .svg).

    One group of bars a phase: realised shares filled, asked ones as black lines across; below, how often the rows of
    each source were read.
    """
    phases: Mapping[str, Mapping[str, Any]] = record["phases"]
    names = [name for name in record["sources"] if any(of[name]["asked"] is not None for of in phases.values())]
    figure = Figure(figsize=(8.5, 3.6), layout="constrained")
    shares, repeats = figure.subplots(1, 2, width_ratios=(3, 2))
    width = 0.8 / len(names)
    for place, name in enumerate(names):
        colour = _COLOURS[place % len(_COLOURS)]
        for group, of in enumerate(phases.values()):
            asked, realised = of[name]["asked"], of[name]["realised"]
            if asked is None:
                continue
            left = group - 0.4 + place * width
            bar = shares.bar(left, realised or 0.0, 0.92 * width, align="edge", color=colour)
            if group == next(g for g, one in enumerate(phases.values()) if one[name]["asked"] is not None):
                bar.set_label(name)
            line = shares.hlines(asked, left - 0.03 * width, left + 0.95 * width, color="black", linewidth=1.6)
    line.set_label("asked")
    tokens = [sum(one["tokens"] for name, one in of.items() if name in names) for of in phases.values()]
    labels = [f"{phase}\n{count:,} tokens" for phase, count in zip(phases, tokens, strict=True)]
    shares.set_xticks(range(len(labels)), labels)
    shares.set_ylabel("share of the phase's tokens")
    shares.set_ylim(0, 1.05)
    shares.legend(frameon=False, fontsize=8)
    sources: Mapping[str, Mapping[str, Any]] = record["sources"]
    bars = repeats.barh(
        list(sources), [one["repeats"] for one in sources.values()],
        color=[_COLOURS[names.index(name) % len(_COLOURS)] if name in names else "0.6" for name in sources],
    )  # fmt: skip
    told = [f"{one['rows_read']:,} of {one['rows_available']:,} rows" for one in sources.values()]
    repeats.bar_label(bars, told, padding=3, fontsize=8)
    repeats.margins(x=0.45)
    repeats.invert_yaxis()
    repeats.set_xlabel("times a row was read, on average")
    for axes in (shares, repeats):
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=150)
