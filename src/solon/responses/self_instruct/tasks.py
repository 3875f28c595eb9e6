"""Tasks with their instances: the seeds that people wrote, what a model wrote, and what was refused."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Self

from solon.data.fields import id_of, optional_text, text_of
from solon.data.load import read_rows
from solon.data.quarantine import QuarantineWriter, Unusable
from solon.records import Record


class Instance(Record):
    """One case of a task."""

    input: str = ""
    """Empty where the instruction says it all."""
    output: str


class Task(Record):
    """An instruction and its cases."""

    id: str
    instruction: str
    is_classification: bool | None = None
    """Whether its outputs are a few fixed labels; None where nobody asked."""
    instances: tuple[Instance, ...] = ()
    """None where everything that a model wrote for it was refused."""


class Rejected(Record):
    """A piece of a model's writing that was refused."""

    instruction: str
    reason: str
    detail: str = ""
    """The instruction it resembles, or the text that was refused."""
    score: float | None = None
    """ROUGE-L F with `detail`, where that is the reason."""

    @classmethod
    def too_like(cls, instruction: str, kept: str, score: float) -> Self:
        """An instruction that resembles a kept one."""
        return cls(instruction=instruction, reason="too like a kept instruction", detail=kept, score=round(score, 4))


class Round(Record):
    """What one round of calls gave."""

    number: int
    tasks: tuple[Task, ...] = ()
    """New tasks in the order they were written, those left without an instance among them."""
    rejected: tuple[Rejected, ...] = ()
    num_unclear: int = 0
    """Tasks of which the model said neither yes nor no when asked for fixed labels; taken as not having them."""


def task_id(instruction: str) -> str:
    """The name of a new task."""
    return f"self-instruct/{hashlib.sha256(instruction.encode()).hexdigest()[:12]}"


def read_seed_tasks(path: Path, quarantine: QuarantineWriter) -> list[Task]:
    """Seed tasks of a JSONL file `{id?, instruction, is_classification, instances: [{input?, output}]}`, all in memory.

    Raises:
        InputError: see `read_rows`.
    """
    return read_rows(path, _seed_task, quarantine)


def _seed_task(row: dict[str, Any], name: str) -> Task:
    instances, is_classification = row.get("instances"), row.get("is_classification")
    if not isinstance(instances, list) or not instances:
        raise Unusable("`instances` is not a list with input and output")
    if not isinstance(is_classification, bool):
        raise Unusable("`is_classification` is neither true nor false")
    return Task(
        id=id_of(row, name),
        instruction=text_of(row, "instruction"),
        is_classification=is_classification,
        instances=tuple(_instance(given, number) for number, given in enumerate(instances, start=1)),
    )


def _instance(given: Any, number: int) -> Instance:
    if not isinstance(given, dict):
        raise Unusable(f"instance {number} is {type(given).__name__}, not an object")
    return Instance(input=optional_text(given, "input"), output=text_of(given, "output"))
