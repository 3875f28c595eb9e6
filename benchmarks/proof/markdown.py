"""Numbers and tables as Markdown. Pure functions: what `docs/results.md` looks like is decided here."""

from __future__ import annotations

from collections.abc import Sequence

from solon.records import Metric

NOT_MEASURED = "not measured"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; a `|` inside a cell is escaped.

    Raises:
        ValueError: a row has another number of cells than the header, which would shift its columns.
    """
    for row in rows:
        if len(row) != len(header):
            raise ValueError(f"a row of {len(row)} cells in a table of {len(header)} columns: {list(row)}")
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


def number(value: float | None, digits: int = 3) -> str:
    """A number with fixed digits; small ones that these would round away in scientific form."""
    if value is None:
        return NOT_MEASURED
    if value and abs(value) < 0.5 * 10**-digits:
        return f"{value:.1e}"
    return f"{value:.{digits}f}"


def with_interval(metric: Metric | None, digits: int = 3) -> str:
    """`0.012 [0.004, 0.030]`; without an interval where there is none."""
    if metric is None or metric.value is None:
        return NOT_MEASURED
    shown = f"{metric.value:.{digits}f}"
    if metric.low is None or metric.high is None:
        return shown
    return f"{shown} [{metric.low:.{digits}f}, {metric.high:.{digits}f}]"


def counts(*metrics: Metric | None) -> str:
    """`6003 (2001, 2001, 2001)`: how many observations the first metric has, and in brackets those of the others."""
    first, *others = [str(metric.n) if metric is not None else "-" for metric in metrics]
    return first if not others else f"{first} ({', '.join(others)})"
