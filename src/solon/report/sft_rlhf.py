"""The table of supervised fine-tuning against reinforcement learning: the textbook's rows, every cell measured here.

Textbooks compare the two by objective, ability, ambiguous requests and values, in words. Each row here is a rate of the
run's own stages; a row that the run did not measure is not in the table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from solon.records import Metric
from solon.report.tables import Cell, Measured, cell

FINE_TUNED, REINFORCED = "sft", ("helpful_rlhf", "rl_cai")


class Question(NamedTuple):
    """A row of the table: what is compared, by which measured number, in words."""

    side: str
    metric: str
    words: str


WINS = "wins"
"""Not in `metrics.json`: what the Elo of held-out people says of a comparison with sft."""
QUESTIONS = (
    Question("objective", "well_formed", "form: responses written as the demonstrations are, which sft's loss teaches"),
    Question(
        "objective", WINS, "preference: comparisons won against sft by held-out people, which a reward is fitted to"
    ),
    Question("ability", "helpful@benign", "right answers to plain requests"),
    Question("ability", "helpful@fact", "right answers to questions of fact"),
    Question("ambiguous requests", "helpful@implied", "right answers where the need is told and not asked"),
    Question("ambiguous requests", "helpful@dialogue", "right answers where a request refers to an earlier turn"),
    Question("ambiguous requests", "over_refusal", "refusals of harmless requests that sound harmful"),
    Question("values", "harmful", "help with harmful requests"),
    Question("values", "honest", "saying that it does not know where it cannot"),
    Question("values", "evasive", "refusals without a reason or a subject"),
)


class ComparedRow(NamedTuple):
    """A row as text."""

    side: str
    words: str
    cells: tuple[Cell | None, ...]
    instruments: str


class Compared(NamedTuple):
    """The table: stages across."""

    columns: tuple[str, ...] = ()
    rows: tuple[ComparedRow, ...] = ()


def compare_sft_with_rlhf(stages: Sequence[Measured]) -> Compared:
    """The table; empty unless the run has `sft` and a stage of reinforcement learning, both measured."""
    of = {stage.name: stage.metrics for stage in stages if stage.name in (FINE_TUNED, *REINFORCED)}
    if FINE_TUNED not in of or len(of) < 2:
        return Compared()
    rows = []
    for question in QUESTIONS:
        metrics = [_metric(question.metric, metrics, of[FINE_TUNED]) for metrics in of.values()]
        known = [metric for metric in metrics if metric is not None and metric.value is not None]
        if known:
            cells = tuple(cell(metric, size=1.0) for metric in metrics)
            rows.append(ComparedRow(question.side, question.words, cells,
                                    ", ".join(sorted({one.instrument for one in known}))))  # fmt: skip
    return Compared(tuple(of), tuple(rows))


def _metric(name: str, metrics: Mapping[str, Metric], of_sft: Mapping[str, Metric]) -> Metric | None:
    if name != WINS:
        return metrics.get(name)
    rating, anchor = metrics.get("elo_helpful"), of_sft.get("elo_helpful")
    if rating is None or anchor is None or anchor.value != 0:
        return None  # ratings that are not counted from sft say nothing of a comparison with it
    return rating.model_copy(update={part: _win_rate(getattr(rating, part)) for part in ("value", "low", "high")})


def _win_rate(elo: float | None) -> float | None:
    """The share of comparisons won at this lead in rating: 1 / (1 + 10^(-elo / 400))."""
    return None if elo is None else 1 / (1 + 10 ** (-elo / 400))
