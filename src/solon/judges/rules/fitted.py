"""Fitted rules as a file: the propositions, what they weigh, and how well that did."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, ValidationError

from solon.constitution.marked_yaml import located, read_yaml
from solon.judges.rules.propositions import Propositions
from solon.judges.rules.rewards import RuleWeights
from solon.records import Metric, Record


class FittedRules(Record):
    """What `solon judge rules fit` writes and `score` reads."""

    propositions: Propositions
    weights: RuleWeights
    features: str
    """Who told which propositions hold in the fit: `people`, or the address of a judge."""
    responses: int = Field(ge=0)
    """That the weights were fitted to."""
    train_accuracy: Metric
    """Pairs of these responses in order."""
    held_out: tuple[Metric, ...]
    """The same of each fold that was held out, with weights fitted to the others."""


def load_rules(path: Path | str) -> FittedRules:
    """Read fitted rules.

    Raises:
        InputError: the file is missing, or does not hold fitted rules; with file and line.
    """
    source = read_yaml(Path(path))
    try:
        return FittedRules.model_validate(source.data)
    except ValidationError as error:
        raise located(error, source) from None
