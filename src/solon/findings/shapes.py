"""The parts that shapes are made of. Where an interval decides, it is the 95 % interval of the mean over seeds."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from solon.findings.finding import Measured, Outcome
from solon.records import Metric


def told(metric: Metric) -> str:
    """`0.123 [0.100, 0.150]`, as far as it is known."""
    if metric.value is None:
        return "nothing measured"
    if metric.low is None or metric.high is None:
        return f"{metric.value:.3f}"
    return f"{metric.value:.3f} [{metric.low:.3f}, {metric.high:.3f}]"


def at_least(measured: Measured, name: str, bound: float) -> Outcome:
    """The value is no less than the bound."""
    metric = measured[name]
    return Outcome(f"{name} is at least {bound:g}", metric.value is not None and metric.value >= bound, told(metric))


def at_most(measured: Measured, name: str, bound: float) -> Outcome:
    """The value is no more than the bound."""
    metric = measured[name]
    return Outcome(f"{name} is at most {bound:g}", metric.value is not None and metric.value <= bound, told(metric))


def clearly_above(measured: Measured, name: str, bound: float = 0.0) -> Outcome:
    """The whole interval lies above the bound."""
    metric = measured[name]
    return Outcome(f"{name} is clearly above {bound:g}", metric.low is not None and metric.low > bound, told(metric))


def clearly_below(measured: Measured, name: str, bound: float = 0.0) -> Outcome:
    """The whole interval lies below the bound."""
    metric = measured[name]
    return Outcome(f"{name} is clearly below {bound:g}", metric.high is not None and metric.high < bound, told(metric))


def not_clearly_below(measured: Measured, name: str, bound: float = 0.0) -> Outcome:
    """The interval reaches the bound or lies above it, and the value is known."""
    metric = measured[name]
    holds = metric.high is not None and metric.high >= bound
    return Outcome(f"{name} is not clearly below {bound:g}", holds, told(metric))


def between(measured: Measured, name: str, low: float, high: float) -> Outcome:
    """The value lies within both bounds."""
    metric = measured[name]
    holds = metric.value is not None and low <= metric.value <= high
    return Outcome(f"{name} is between {low:g} and {high:g}", holds, told(metric))


def rises(measured: Measured, names: Sequence[str], *, slack: float = 0.0) -> Outcome:
    """No value is lower than the one before it by more than `slack`, and the last is above the first."""
    return _goes(measured, names, slack, 1, "rises")


def falls(measured: Measured, names: Sequence[str], *, slack: float = 0.0) -> Outcome:
    """No value is higher than the one before it by more than `slack`, and the last is below the first."""
    return _goes(measured, names, slack, -1, "falls")


def ordered(measured: Measured, names: Sequence[str], *, slack: float = 0.0) -> Outcome:
    """As `rises`, told as an order of different things."""
    found = _goes(measured, names, slack, 1, "")
    return found._replace(claim=" < ".join(names) + (f" (each by more than {-slack:g})" if slack else ""))


def _goes(measured: Measured, names: Sequence[str], slack: float, sign: int, verb: str) -> Outcome:
    values = [measured[name].value for name in names]
    known = [value for value in values if value is not None]
    whole = len(known) == len(names) > 1
    steps = [sign * (after - before) for before, after in itertools.pairwise(known)]
    holds = whole and all(step >= -slack for step in steps) and sign * (known[-1] - known[0]) > 0
    claim = f"{names[0]} ... {names[-1]} {verb}" + (f" (slips of {slack:g} allowed)" if slack else "")
    return Outcome(claim, holds, ", ".join("-" if value is None else f"{value:.3f}" for value in values))
