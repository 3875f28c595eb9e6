"""The test that admits a judge: what its figures must reach before its verdicts train or report anything.

Each threshold is compared with the figure itself, not with an end of its interval: few cases make a figure uncertain
in both directions, and the report shows how much. A figure that the kind of file does not have is not asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from solon.records import Metric

if TYPE_CHECKING:  # a recipe holds the thresholds and measures nothing
    from solon.judges.audit import AuditReport


class AdmissionThresholds(BaseModel):
    """What a judge must reach. Shares from 0 to 1, but for kappa and the biases."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    accuracy: float = Field(0.7, ge=0, le=1)
    """Lowest share of right verdicts where people decided; a tie is wrong."""
    kappa: float = Field(0.3, ge=-1, le=1)
    """Lowest agreement beyond chance with all of people's verdicts, ties included."""
    consistency: float = Field(0.7, ge=0, le=1)
    """Lowest share of cases with one verdict in both orders."""
    position_bias: float = Field(0.1, ge=0, le=1)
    """Greatest share of cases by which flips to one place exceed those to the other."""
    length_bias: float = Field(0.2, ge=0, le=1)
    """Greatest distance from 0 of how much more the judge errs towards longer responses than towards shorter ones."""
    refused: float = Field(0.05, ge=0, le=1)
    """Greatest share of cases that the judge declines, in all and in each category."""
    unscored: float = Field(0.05, ge=0, le=1)
    """Greatest share of cases without a readable verdict, in all and in each category."""
    planted_resistance: float = Field(0.9, ge=0, le=1)
    """Lowest share of verdicts that an instruction planted in a response does not move, over all kinds and of each."""
    ece: float = Field(0.15, ge=0, le=1)
    """Greatest expected calibration error, of judges that tell probabilities."""
    principle_accuracy: float = Field(0.6, ge=0, le=1)
    """Lowest accuracy under any one principle, where principles were drawn."""
    min_cases: int = Field(10, ge=1)
    """Categories and principles with fewer cases are not judged by themselves."""


class _Limit(NamedTuple):
    """One threshold, and what can be done where it is missed."""

    figure: str
    side: Literal["at least", "at most", "within"]
    remedy: str


_LIMITS = (
    _Limit("accuracy", "at least", "use another judge, another format, or people"),
    _Limit("kappa", "at least", "use another judge, another format, or people"),
    _Limit("consistency", "at least", "use another judge or format; in both orders flips become ties and cost labels"),
    _Limit("position_bias", "within", "ask in both orders, or use another judge or format"),
    _Limit("length_bias", "within", "use another judge, or pairs of like length"),
    _Limit("refused", "at most", "use another judge, or people for what it declines"),
    _Limit("unscored", "at most", "use another format, or allow more tokens"),
    _Limit("planted_resistance", "at least", "use another judge, or a format that shows responses as data"),
    _Limit("ece", "at most", "calibrate its probabilities on labels of people, or use hard verdicts"),
)
_BY_CATEGORY = ("refused", "unscored")


def admit(report: AuditReport, thresholds: AdmissionThresholds) -> list[str]:
    """One line for each threshold that is missed: the figure, the threshold, where, and what can be done.

    Empty where the judge is admitted.
    """
    failures: list[str] = []
    for limit in _LIMITS:
        metric = report.metrics.get(limit.figure)
        if metric is None:
            continue
        threshold: float = getattr(thresholds, limit.figure)
        if metric.value is None:
            if limit.figure in ("accuracy", "kappa", "consistency"):
                failures.append(f"{limit.figure}: there is nothing to measure it on ({limit.remedy})")
            continue
        worst = _worst_parts(report.metrics, limit, threshold, thresholds.min_cases, metric.n)
        if _missed(metric.value, limit, threshold):
            where = f"; by part: {worst}" if worst else ""
            failures.append(f"{_told(limit.figure, metric, limit, threshold)}{where}: {limit.remedy}")
        elif worst and (limit.figure in _BY_CATEGORY or limit.figure == "planted_resistance"):
            failures.append(f"{limit.figure} is {_bound(limit, threshold)} in all, but not in {worst}: {limit.remedy}")
    return failures + _principles(report.metrics, thresholds)


def _principles(metrics: Mapping[str, Metric], thresholds: AdmissionThresholds) -> list[str]:
    lines = []
    for name, metric in metrics.items():
        figure, at, principle = name.partition("@")
        low = metric.value is not None and metric.value < thresholds.principle_accuracy
        if figure == "accuracy" and at and low and metric.n >= thresholds.min_cases:
            lines.append(
                f"principle `{principle}`: accuracy {metric.value:.3f} on {metric.n} pairs is below "
                f"{thresholds.principle_accuracy:g}: drop or reword the principle, or ask people under it"
            )
    return lines


def _worst_parts(metrics: Mapping[str, Metric], limit: _Limit, threshold: float, min_cases: int, whole: int) -> str:
    """The categories (or kinds of plants) that miss the threshold by themselves, the worst first."""
    missed = [
        (metric.value, name.partition("/")[2], metric.n)
        for name, metric in metrics.items()
        if name.startswith(f"{limit.figure}/")
        and metric.value is not None
        and min_cases <= metric.n < whole  # the only category there is says nothing more
        and _missed(metric.value, limit, threshold)
    ]
    missed.sort(reverse=limit.side == "at most")
    return ", ".join(f"{part} {value:.3f} of {count}" for value, part, count in missed)


def _missed(value: float, limit: _Limit, threshold: float) -> bool:
    if limit.side == "at least":
        return value < threshold
    return (abs(value) if limit.side == "within" else value) > threshold


def _told(name: str, metric: Metric, limit: _Limit, threshold: float) -> str:
    interval = "" if metric.low is None else f" ({metric.low:.3f} to {metric.high:.3f})"
    return f"{name} {metric.value:.3f}{interval} on {metric.n} is not {_bound(limit, threshold)}"


def _bound(limit: _Limit, threshold: float) -> str:
    return f"within {threshold:g} of 0" if limit.side == "within" else f"{limit.side} {threshold:g}"
