"""The main figures of a stage in one line."""

from __future__ import annotations

from collections.abc import Mapping

from solon.records import Metric

HEADLINES = (
    "harmful",
    "helpful",
    "honest",
    "over_refusal",
    "evasive",
    "continuation",
    "well_formed",
    "accuracy",
    "accuracy/ai_feedback",
    "ece",
    "position_consistency",
    "corrected",
    "left_alone",
)


def headline(metrics: Mapping[str, Metric]) -> str:
    """Those of the main figures that were measured; `-` where there was nothing to measure."""
    shown = [(name, metrics[name]) for name in HEADLINES if name in metrics]
    return "  ".join(f"{name} {'-' if metric.value is None else f'{metric.value:.3f}'}" for name, metric in shown)
