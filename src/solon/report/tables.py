"""The report's tables as plain cells; the template only lays them out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from solon.records import Metric


class Measured(Protocol):
    """A stage with its figures."""

    @property
    def name(self) -> str:
        """What the column is called."""
        ...

    @property
    def metrics(self) -> Mapping[str, Metric]:
        """Its figures by name."""
        ...


class Cell(NamedTuple):
    """A metric as text."""

    value: str
    interval: str
    n: str
    share: float | None
    """The value where it lies in [0, 1], for tables that colour their cells."""


class Row(NamedTuple):
    """A line of a table: a name, a cell for each column (None: not measured), and the instruments."""

    name: str
    cells: tuple[Cell | None, ...]
    instruments: str

    @property
    def common_n(self) -> str | None:
        """The n of all cells where it is the same: it then stands once, under the name."""
        counts = {cell.n for cell in self.cells if cell}
        return counts.pop() if len(counts) == 1 else None


class Table(NamedTuple):
    """Stages across, metrics down."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def number(value: float, *, size: float) -> str:
    """Three decimals where the numbers of a row are below 10, none from there on; `size` is the row's largest."""
    text = f"{value:,.3f}" if size < 10 else f"{value:,.0f}"
    return text.replace("-", "\u2212")


def cell(metric: Metric | None, *, size: float) -> Cell | None:
    """A metric as text (`size` as in `number`); over nothing: a dash and n 0; not measured: nothing."""
    if metric is None:
        return None
    if metric.value is None:
        return Cell("\u2013", "", f"{metric.n:,}", None)
    interval = ""
    if metric.low is not None and metric.high is not None:
        interval = f"{number(metric.low, size=size)} to {number(metric.high, size=size)}"
    share = metric.value if 0 <= metric.value <= 1 else None
    return Cell(number(metric.value, size=size), interval, f"{metric.n:,}", share)


def table(stages: Sequence[Measured], names: Iterable[str], *, shown: dict[str, str] | None = None) -> Table:
    """The named metrics of the stages; a metric that no stage has is left out.

    Args:
        stages: the columns.
        names: keys of metrics, one a row.
        shown: what a row is called where that is not its key.
    """
    rows = []
    for name in names:
        metrics = [stage.metrics.get(name) for stage in stages]
        instruments = sorted({metric.instrument for metric in metrics if metric})
        if instruments:
            numbers = (x for metric in metrics if metric for x in (metric.value, metric.low, metric.high))
            size = max((abs(x) for x in numbers if x is not None), default=0.0)
            cells = tuple(cell(metric, size=size) for metric in metrics)
            rows.append(Row((shown or {}).get(name, name), cells, ", ".join(instruments)))
    return Table(tuple(stage.name for stage in stages), tuple(rows))


def sliced(stages: Sequence[Measured], name: str, mark: str) -> list[str]:
    """Keys `NAME{mark}SLICE` that some stage has, in order of appearance."""
    keys = (key for stage in stages for key in stage.metrics)
    return list(dict.fromkeys(key for key in keys if key.startswith(name + mark)))


def measured(stages: Sequence[Measured]) -> list[str]:
    """All metrics of all stages, sorted."""
    return sorted({key for stage in stages for key in stage.metrics})
