"""One task from its files to scores."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from solon.data.paths import resolve
from solon.data.quarantine import QuarantineWriter
from solon.errors import InputError
from solon.seeds import derive
from solon.suite.task import Asking, Case, Instruments, Scored, Task

FOLDER = "$SOLON_DATA/data"


def files_of(task: Task) -> list[Path]:
    """Where the task's files are, or would be."""
    return [resolve(f"{FOLDER}/{file}", Path()) for file in task.files]


def read_cases(
    task: Task, files: Sequence[Path], quarantine: QuarantineWriter, *, limit: int | None = None
) -> list[Case]:
    """The cases of the task's files, or of a user's in their place; what two of them hold is asked once.

    Args:
        limit: so many, whole clusters first: those whose names' hashes come first, so that a larger limit adds to a
            smaller one and no file's order decides.

    Raises:
        InputError: a file cannot be read, or holds no case.
    """
    cases: dict[str, Case] = {}
    for file in files:
        for case in task.read(file, quarantine):
            cases.setdefault(case.id, case)
    if not cases:
        raise InputError(f"task {task.name}: its files hold no case: {', '.join(map(str, files))}")
    if limit is None or limit >= len(cases):
        return list(cases.values())
    order = {one.id: place for place, one in enumerate(cases.values())}
    first = sorted(cases.values(), key=lambda one: (derive(0, "limit", one.cluster), order[one.id]))[:limit]
    return sorted(first, key=lambda one: order[one.id])


def run_task(task: Task, cases: Sequence[Case], asking: Asking, instruments: Instruments) -> list[Scored]:
    """Every case answered and scored, in order."""
    answers = task.solve(cases, asking, task.name)
    scores = task.score(answers, instruments)
    return [Scored(**dict(answer), scores=tuple(of_case)) for answer, of_case in zip(answers, scores, strict=True)]
