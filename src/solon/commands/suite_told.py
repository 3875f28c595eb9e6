"""What `solon eval` tells of suites: lines for people, the list of tasks, and two results compared."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from solon.commands.shared import finish
from solon.errors import InputError

if TYPE_CHECKING:
    from solon.records import Metric


def dumped(told: Mapping[str, Mapping[str, Metric]]) -> dict[str, dict[str, Any]]:
    """Metrics of tasks as JSON."""
    return {task: {name: metric.model_dump() for name, metric in found.items()} for task, found in told.items()}


def headline_of(task: str, name: str, metrics: Mapping[str, Metric]) -> str:
    """A line for people: the task's first metric, and how many of its cases could not be measured."""
    metric, unscored = metrics.get(name), metrics["unscored"]
    lost = f"  unscored {unscored.value:.3f}" if unscored.value else ""
    return f"{task:26} {name} {shown_metric(metric)}{lost}"


def shown_metric(metric: Metric | None) -> str:
    """`0.123 [0.100, 0.150] of 200`."""
    if metric is None or metric.value is None:
        return "-"
    interval = "" if metric.low is None else f" [{metric.low:.3f}, {metric.high:.3f}]"
    return f"{metric.value:.3f}{interval} of {metric.n}"


def tell_catalogue(as_json: bool) -> None:
    """All tasks by suite, and the sets without one."""
    from solon.suite.catalogue import ALL, SUITES, WITHOUT_TASK, WORLD

    suites = {
        suite: {task.name: {"measures": task.measures, "files": task.files, "source": task.source} for task in tasks}
        for suite, tasks in SUITES.items()
    }
    if as_json:
        print(json.dumps({"suites": suites, "without_task": WITHOUT_TASK}, ensure_ascii=False))
        return
    for suite, tasks in suites.items():
        print(suite)
        for name, task in tasks.items():
            print(f"  {name:26} {task['measures']}")
    print(f"{WORLD}\n  {WORLD:26} a recipe's held-out prompts with its checker (--recipe)")
    print(f"{ALL}: every task on files\n\nsets without a task:")
    for name, reason in WITHOUT_TASK.items():
        print(f"  {name}: {reason}")


def tell_changes(first: Path, second: Path, seed: int, as_json: bool) -> None:
    """Every metric of the second folder minus that of the first, paired by case, and the alignment tax.

    Raises:
        InputError: the folders share no task, or their cases differ.
    """
    from solon.store.records import read_records
    from solon.suite.catalogue import TAXED, all_tasks
    from solon.suite.compare import changes_of, tax_of
    from solon.suite.task import Scored

    shared = [
        task.name for task in all_tasks() if all((one / f"{task.name}.jsonl").is_file() for one in (first, second))
    ]
    if not shared:
        raise InputError(f"{first} and {second} share no TASK.jsonl; give two folders that `solon eval --suite` wrote")
    changes = {}
    for name in shared:
        rows = [list(read_records(one / f"{name}.jsonl", Scored)) for one in (first, second)]
        changes[name] = changes_of(rows[0], rows[1], seed=seed)
    tax = tax_of(changes, TAXED)
    lines = [f"{second} minus {first}, the same cases of both"]
    for task, found in changes.items():
        lines += [f"{task:26} {name} {shown_metric(metric)}" for name, metric in found.items()]
    if tax:
        lines.append("alignment tax, what the second lost:")
        lines += [f"  {task:24} {shown_metric(metric)}" for task, metric in tax.items()]
    told = {name: metric.model_dump() for name, metric in tax.items()}
    finish({"changes": dumped(changes), "alignment_tax": told}, as_json, "\n".join(lines))
