"""Settings of experiments from the command line: one value a key sets it, several sweep it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from solon.findings.finding import Experiment, Finding
from solon.settings import Marks, Settings, override, validate


def experiments_of(finding: Finding[Any], assignments: Sequence[str], *, quick: bool = False) -> list[Experiment[Any]]:
    """The finding under its settings with these `KEY=VALUE`; a key that is given several times is swept.

    Raises:
        InputError: an assignment is none, its key is unknown, or its value does not fit.
    """
    by_key: dict[str, list[str]] = {}
    for assignment in assignments:
        by_key.setdefault(assignment.partition("=")[0].strip(), []).append(assignment)
    swept = [key for key, given in by_key.items() if len(given) > 1]
    made = []
    for chosen in itertools.product(*by_key.values()):
        label = ", ".join(one for one in chosen if one.partition("=")[0].strip() in swept)
        made.append(Experiment(finding, _settings(finding, chosen, quick), label))
    return made


def _settings(finding: Finding[Any], assignments: Sequence[str], quick: bool) -> Settings:
    values = finding.settings.model_dump() | dict(finding.quick or {} if quick else {})
    keys = override(values, assignments)
    model: type[Settings] = type(finding.settings)
    return validate(values, model, Marks(None, keys))
