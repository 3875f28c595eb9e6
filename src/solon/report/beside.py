"""Runs beside each other on one page: rates of their common stages with paired differences, keys, principles, cost."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import ascii_uppercase
from typing import Any, NamedTuple

from markupsafe import Markup
from ruamel.yaml import YAML

from solon.errors import InputError
from solon.records import Metric
from solon.report.drawn import Drawing, Numbers, rate_points
from solon.report.names import INSTRUMENTS, MEANINGS, RATES
from solon.report.page import FEEDBACK, NO_CALLS, render_template
from solon.report.plane import MARKERS, planes
from solon.report.read import RunView, StageView, read_run
from solon.report.tables import Table, table

MOST_RUNS = len(MARKERS)
"""More could not be told apart in a figure."""
ABSENT = "\u2013"


class Beside(NamedTuple):
    """A run to be shown beside the first."""

    folder: Path
    differences: Mapping[str, Mapping[str, Metric]]
    """Stage -> rate -> this run's minus the first's, paired by prompt; stages without pairs are absent."""
    constitution: Sequence[str]
    """What differs between the two constitutions, a line each."""
    wording: Sequence[str] = ()
    """The words that differ in what models read."""


class Column(NamedTuple):
    """A run, or a difference, as the column of a table."""

    name: str
    metrics: Mapping[str, Metric]


class CommonStage(NamedTuple):
    """A stage that every run has."""

    name: str
    table: Table
    unproven: tuple[str, ...]
    unpaired: tuple[str, ...]
    """The runs whose stage has no pairs with the first's."""


def render_comparison(first: Path, others: Sequence[Beside]) -> str:
    """The page as a string.

    Raises:
        InputError: a folder is no run, a row of it cannot be read, or there are more than six.
        StorageError: a file of a run is damaged.
    """
    if len(others) >= MOST_RUNS:
        raise InputError(f"{len(others) + 1} runs: no figure tells more than {MOST_RUNS} apart; name fewer")
    names = [f"{letter} {path.resolve().name}" for letter, path in
             zip(ascii_uppercase, [first, *(one.folder for one in others)], strict=False)]  # fmt: skip
    views = dict(zip(names, [read_run(first), *(read_run(one.folder) for one in others)], strict=True))
    by_name = dict(zip(names[1:], others, strict=True))
    stages = [_common(name, views, by_name) for name in _shared(views, policies=True)]
    used = {metric.instrument for view in views.values() for stage in view.stages for metric in stage.metrics.values()}
    shown = {row.name for stage in stages for row in stage.table.rows}
    return render_template(
        "beside.html.jinja",
        {
            "runs": views,
            "unproven_names": set(),
            "stages": stages,
            "feedback": [_common(name, views, {}) for name in _shared(views, policies=False)],
            "plane": _plane(views),
            "cost": _cost(views),
            "keys": recipe_differences({name: view.recipe for name, view in views.items()}),
            "others": by_name,
            "meanings": {name: MEANINGS[name] for name in MEANINGS if name in shown},
            "instruments": {name: INSTRUMENTS.get(name, "named by the run") for name in sorted(used)},
        },
    )


def recipe_differences(recipes: Mapping[str, str]) -> Numbers:
    """The keys in which recipes (YAML texts by run) differ, with the value in each."""
    read = {name: YAML(typ="safe").load(text) or {} for name, text in recipes.items()}
    common = set.intersection(*(set(recipe) for recipe in read.values()))
    values = {
        name: _flat({key: one if key in common else _in_short(one) for key, one in recipe.items()})
        for name, recipe in read.items()
    }
    keys = dict.fromkeys(key for of_run in values.values() for key in of_run)
    rows = [(key, *(of_run.get(key, ABSENT) for of_run in values.values())) for key in keys]
    return Numbers(("key", *values), tuple(row for row in rows if len(set(row[1:])) > 1))


def _in_short(value: Any) -> Any:
    """A section that another recipe does not have."""
    return f"{len(value)} keys" if isinstance(value, Mapping) and value else value


def _flat(value: Any, key: str = "") -> dict[str, str]:
    if isinstance(value, Mapping) and value:
        parts = (_flat(one, f"{key}.{name}" if key else str(name)) for name, one in value.items())
        return {name: text for part in parts for name, text in part.items()}
    return {key: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)}


def _shared(views: Mapping[str, RunView], *, policies: bool) -> list[str]:
    first, *others = views.values()
    kept = [
        one
        for one in first.stages
        if (one.is_policy if policies else not one.is_policy and FEEDBACK & set(one.metrics))
    ]
    return [one.name for one in kept if all(_stage(view, one.name) for view in others)]


def _stage(view: RunView, name: str) -> StageView | None:
    return next((stage for stage in view.stages if stage.name == name), None)


def _common(name: str, views: Mapping[str, RunView], others: Mapping[str, Beside]) -> CommonStage:
    found = {run: stage for run, view in views.items() if (stage := _stage(view, name))}
    columns = [Column(run, stage.metrics) for run, stage in found.items()]
    paired = {run: one.differences[name] for run, one in others.items() if name in one.differences}
    columns += [Column(f"{run[0]} \u2212 A", metrics) for run, metrics in paired.items()]
    rows = RATES if others else sorted({key for stage in found.values() for key in stage.metrics if "@" not in key})
    return CommonStage(
        name,
        table(columns, rows),
        tuple(run for run, stage in found.items() if not stage.proven),
        tuple(run for run in others if run not in paired),
    )


def _plane(views: Mapping[str, RunView]) -> Drawing | None:
    chains = {name: rate_points([stage for stage in view.stages if stage.is_policy]) for name, view in views.items()}
    if not all(chains.values()):
        return None
    return Drawing(Markup(planes(chains, "helpful (rate)", "harmless (1 - harmful rate)")))


def _cost(views: Mapping[str, RunView]) -> Numbers:
    """Seconds of every stage by run, and the sums of seconds, calls, tokens and money."""
    names = dict.fromkeys(stage.name for view in views.values() for stage in view.stages)
    rows = [(f"{name} (s)", *(f"{stage.seconds:,.0f}" if (stage := _stage(view, name)) else ABSENT
                              for view in views.values())) for name in names]  # fmt: skip
    calls = [[stage.calls or NO_CALLS for stage in view.stages] for view in views.values()]
    rows += [
        ("all (s)", *(f"{sum(stage.seconds for stage in view.stages):,.0f}" for view in views.values())),
        ("calls of engines", *(f"{sum(one.done for one in of_run):,}" for of_run in calls)),
        ("tokens read", *(f"{sum(one.read_tokens for one in of_run):,}" for of_run in calls)),
        ("tokens written", *(f"{sum(one.written_tokens for one in of_run):,}" for of_run in calls)),
        ("money", *(f"{sum(one.money for one in of_run):,.4f}" for of_run in calls)),
    ]
    return Numbers(("stage", *views), tuple(rows))
