"""Matplotlib figures as inline SVG that takes its colours and fonts from the page, so that it is right in dark as well.

Figures are drawn in marker colours; in the SVG each marker becomes a CSS variable of the page.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from html import escape
from typing import Any, NamedTuple

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

INK, MUTED, GRID, PAPER = "#010101", "#020202", "#030303", "#040404"
SERIES = ("#0a0a01", "#0a0a02", "#0a0a03", "#0a0a04", "#0a0a05", "#0a0a06")
"""Okabe and Ito's colours that people with any colour vision tell apart; the page says which."""

VARIABLES = {INK: "ink", MUTED: "muted", GRID: "rule", PAPER: "paper"} | {
    colour: f"series-{number}" for number, colour in enumerate(SERIES, start=1)
}
"""Marker colour -> the page's CSS variable, without its dashes."""
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "text.parse_math": False,
    "font.size": 9.5,
    "axes.titlesize": 9.5,
    "axes.titlelocation": "left",
    "axes.titlepad": 7.0,
    "axes.labelsize": 9.0,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.major.width": 0.8,
    "ytick.major.width": 0.8,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
    "text.color": INK,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "lines.linewidth": 1.5,
    "lines.solid_capstyle": "round",
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "path.simplify_threshold": 0.5,
}


@contextmanager
def style() -> Iterator[None]:
    """Draw in the page's style; figures must be drawn and rendered inside."""
    with mpl.rc_context(_STYLE):
        yield


class Margins(NamedTuple):
    """Inches around and between the axes of a figure, for tick labels, titles and axis labels."""

    left: float = 0.45
    right: float = 0.08
    bottom: float = 0.45
    top: float = 0.27
    between_columns: float = 0.45
    between_rows: float = 0.62


def panels(
    rows: int, columns: int, *, width: float, height: float, margins: Margins | None = None
) -> tuple[Figure, list[Axes]]:
    """A figure of `width` x `height` inches with its axes, row by row. (Automatic layout takes twice the time.)"""
    figure = Figure(figsize=(width, height))
    space = margins or Margins()
    column = (width - space.left - space.right - space.between_columns * (columns - 1)) / columns
    row = (height - space.bottom - space.top - space.between_rows * (rows - 1)) / rows
    figure.subplots_adjust(
        left=space.left / width,
        right=1 - space.right / width,
        bottom=space.bottom / height,
        top=1 - space.top / height,
        wspace=space.between_columns / column,
        hspace=space.between_rows / row,
    )
    axes = figure.subplots(rows, columns, squeeze=False)
    return figure, [one for row in axes for one in row]


class Picture(NamedTuple):
    """A figure that was rendered: as the page has it, and as matplotlib does."""

    name: str
    svg: str
    figure: Figure


_KEPT: ContextVar[list[Picture] | None] = ContextVar("kept pictures", default=None)


@contextmanager
def kept_pictures() -> Iterator[list[Picture]]:
    """Keep whatever is rendered inside, so that a page's figures can be written as files without drawing them twice."""
    kept: list[Picture] = []
    token = _KEPT.set(kept)
    try:
        yield kept
    finally:
        _KEPT.reset(token)


def render(figure: Figure, name: str, description: str) -> str:
    """The figure as an <svg> element without any address in it; `name` makes its ids unique in the page."""
    FigureCanvasSVG(figure)
    buffer = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": name}):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r' xmlns(:\w+)?="[^"]*"', "", text)
    text = re.sub(r' d="[^"]*"', lambda path: re.sub(r"\d+\.\d{3,}", _hundredths, path[0]), text)
    text = text.replace("xlink:href", "href")
    text = re.sub(r'(id="|url\(#|href="#)', rf"\g<1>{name}-", text)
    text = re.sub(r" ?font-family: [^;\"]*;?", "", text)
    for colour, variable in VARIABLES.items():
        text = text.replace(colour, f"var(--{variable})")
    width_inches = figure.get_size_inches()[0]
    head = f'<svg role="img" aria-label="{escape(description)}" style="max-width: {width_inches * 96:.0f}px"'
    text = re.sub(r'<svg width="[^"]*" height="[^"]*"', lambda _: head, text, count=1).strip()
    if (kept := _KEPT.get()) is not None:
        kept.append(Picture(name, text, figure))
    return text


def _hundredths(number: re.Match[str]) -> str:
    """A coordinate to a hundredth of a point: no screen shows more, and long curves are half as large."""
    return f"{float(number[0]):.2f}"
