"""Numbers that belong to prompts, as metrics with intervals."""

from __future__ import annotations

from collections.abc import Sequence

from solon.evaluation.intervals import clustered_mean
from solon.evaluation.rates import template
from solon.findings.lab import Checked
from solon.records import Metric, Prompt

Values = Sequence[tuple[Prompt, float]]
"""A number for each of some prompts."""


def told_of(checked: Sequence[Checked], question: str, *, negate: bool = False) -> list[tuple[Prompt, float]]:
    """What the checker says to a question (a field of `Check`), where it arises: 1 for yes, or for no if negated."""
    asked = [(one.prompt, getattr(one.check, question)) for one in checked]
    return [(prompt, float(answer != negate)) for prompt, answer in asked if answer is not None]


def mean(values: Values, instrument: str = "checker") -> Metric:
    """The mean of numbers that belong to prompts."""
    return clustered_mean([value for _, value in values], [template(prompt) for prompt, _ in values], instrument)


def unpaired(first: Metric, second: Metric) -> Metric:
    """The difference, first minus second, of two means over different answers: the squares of their half widths add."""
    if first.value is None or second.value is None or first.low is None or second.low is None:
        return Metric(value=None, n=0, instrument=first.instrument)
    value = first.value - second.value
    half = ((first.value - first.low) ** 2 + (second.value - second.low) ** 2) ** 0.5
    return Metric(value=value, low=value - half, high=value + half, n=first.n + second.n, instrument=first.instrument)


def number(value: float, n: int, instrument: str) -> Metric:
    """A number that has no interval within a seed."""
    return Metric(value=float(value), n=n, instrument=instrument)


def paired(first: Values, second: Values, instrument: str = "checker") -> Metric:
    """The mean difference, first minus second, of numbers that belong to the same prompts in the same order.

    Raises:
        ValueError: the prompts differ.
    """
    differences = []
    for (prompt, one), (other, two) in zip(first, second, strict=True):
        if prompt.id != other.id:
            raise ValueError(f"no pair: {prompt.id} and {other.id}")
        differences.append((prompt, one - two))
    return mean(differences, instrument)
