"""Responses whose propositions people have told: what weights are fitted to, and tested on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from solon.data.load import read_as
from solon.data.quarantine import QuarantineWriter, Unusable
from solon.errors import InputError
from solon.interfaces import Scorer
from solon.judges.reading import ResponseCase
from solon.judges.rules.propositions import Propositions
from solon.judges.rules.rewards import Described, RuleWeights, ask_propositions, fit_weights, ranking_accuracy
from solon.progress import Progress
from solon.records import LabelledResponse, Metric, Record
from solon.seeds import derive

KIND = "response_type"
"""The label of a prompt that says which kind of response it wants."""


class GoldRow(NamedTuple):
    """A response with what people said of it."""

    case: ResponseCase
    kind: str
    holds: Mapping[str, bool]
    """Which simple propositions do."""
    rank: int
    """Of its class: 0 is the best."""
    prompt: str
    """The prompt's id."""


def read_gold(path: Path, propositions: Propositions, quarantine: QuarantineWriter) -> list[GoldRow]:
    """Rows `{prompt, completion, propositions, response_type}`, as published; others go to quarantine.

    Raises:
        InputError: as `read_as`.
    """

    def accept(record: Record, name: str) -> GoldRow:
        if not isinstance(record, LabelledResponse):
            raise Unusable(f"a {type(record).__name__} tells no propositions")
        kind = kind_named(record.prompt.labels.get(KIND, ""))
        told = {key: record.labels[key] for key in propositions.names if key in record.labels}
        holds = {key: value for key, value in told.items() if isinstance(value, bool)}
        if wrong := sorted(told.keys() - holds.keys()):
            raise Unusable(f"proposition `{wrong[0]}` is {told[wrong[0]]!r}, neither true nor false")
        try:
            rank = propositions.completion_class_order.index(propositions.class_of(holds, kind))
        except InputError as error:
            raise Unusable(str(error)) from None
        case = ResponseCase(record.id, record.prompt.shown, record.text)
        return GoldRow(case, kind, holds, rank, record.prompt.id)

    return read_as(path, accept, quarantine, hint=f"; a row needs `prompt`, `completion`, `propositions`, `{KIND}`")


def kind_named(text: str) -> str:
    """A kind of response as classes name it: `Hard refusal` is `hard_refusal`."""
    return text.lower().replace(" ", "_")


def described_by_people(rows: Sequence[GoldRow], names: Sequence[str]) -> list[Described]:
    """Features of 0 and 1."""
    return [Described(row.case.id, row.kind, tuple(float(row.holds[name]) for name in names), row.rank) for row in rows]


def described_by_judge(
    rows: Sequence[GoldRow], propositions: Propositions, scorer: Scorer, *, progress: Progress | None = None
) -> list[Described | None]:
    """Features are the judge's probabilities; None where it answers neither yes nor no to some proposition."""
    told = ask_propositions([row.case for row in rows], propositions, scorer, progress=progress)
    found: list[Described | None] = []
    for row, of_row in zip(rows, told, strict=True):
        probs = [of_row[name].prob for name in propositions.names]
        known = tuple(prob for prob in probs if prob is not None)
        found.append(Described(row.case.id, row.kind, known, row.rank) if len(known) == len(probs) else None)
    return found


class Fold(NamedTuple):
    """One fold held out."""

    weights: RuleWeights
    train: Metric
    held_out: Metric


def cross_validate(
    rows: Sequence[Described], prompts: Sequence[str], names: Sequence[str], *, folds: int, ridge: float
) -> list[Fold]:
    """Each fold held out in turn, but for one that leaves no pair to fit; rows of one prompt are in one fold.

    Args:
        prompts: of each row its prompt's id.
    """
    of_row = [derive(0, "fold", prompt) % folds for prompt in prompts]
    found = []
    for fold in range(folds):
        train = [row for row, place in zip(rows, of_row, strict=True) if place != fold]
        test = [row for row, place in zip(rows, of_row, strict=True) if place == fold]
        try:
            weights = fit_weights(train, names, ridge=ridge)
        except InputError:
            continue
        accuracies = [ranking_accuracy(part, names, weights, seed=0) for part in (train, test)]
        found.append(Fold(weights, *accuracies))
    return found
