"""Alpaca's variant of Self-Instruct: one list holds tasks with their inputs and outputs, and nothing else is asked.

Source: Taori et al. 2023, "Stanford Alpaca". Departures: the prompt is ours; the heuristics are those of Self-Instruct,
improper instances among them; a seed task is shown with its first instance.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from solon.interfaces import Sample
from solon.responses.self_instruct.filters import sift_instances, unfit_instruction
from solon.responses.self_instruct.overlap import KeptInstructions
from solon.responses.self_instruct.tasks import Instance, Rejected, Task, task_id

REQUEST = (
    "Write a numbered list of tasks that people might give to an assistant, all different, each with an input "
    "(none, where the task needs none) and the right output."
)
NO_INPUT = "none"

_NEXT = re.compile(r"^\s*\d+[.)]\s*Instruction:", re.MULTILINE)
_TASK = re.compile(r"(?P<instruction>.*?)\n\s*Input:(?P<input>.*?)\n\s*Output:(?P<output>.*)", re.DOTALL)


def begun_tasks(shown: Sequence[Task]) -> str:
    """The beginning of the list, up to where the model writes the first new instruction."""
    return "".join(f"{number}. {_written(task)}\n" for number, task in enumerate(shown, start=1)) + (
        f"{len(shown) + 1}. Instruction:"
    )


def _written(task: Task) -> str:
    first = task.instances[0]
    return (
        f"Instruction: {' '.join(task.instruction.split())}\nInput: {first.input or NO_INPUT}\nOutput: {first.output}"
    )


def new_tasks(lists: Sequence[Sample], kept: KeptInstructions) -> tuple[list[Task], list[Rejected]]:
    """The tasks that are kept, whose instructions `kept` then holds, and the others."""
    tasks: list[Task] = []
    rejected: list[Rejected] = []
    for sample in lists:
        pieces = [piece.strip() for piece in _NEXT.split(sample.text)]
        cut = [pieces.pop()] if sample.truncated else []
        for piece in pieces:
            judged = _judged(piece, kept)
            if isinstance(judged, Task):
                kept.add(judged.instruction)
                tasks.append(judged)
            else:
                rejected.append(judged)
        rejected += [Rejected(instruction=piece, reason="cut by the token limit") for piece in cut]
    return tasks, rejected


def _judged(piece: str, kept: KeptInstructions) -> Task | Rejected:
    found = _TASK.fullmatch(piece)
    if found is None:
        return Rejected(instruction=piece, reason="no instruction, input and output")
    instruction, given, output = (" ".join(found["instruction"].split()), found["input"].strip(), found["output"])
    instance = Instance(input="" if given.strip("<>.").casefold() == NO_INPUT else given, output=output.strip())
    if reason := unfit_instruction(instruction):
        return Rejected(instruction=instruction, reason=reason)
    if refused := sift_instances([instance]).refused:
        return Rejected(instruction=instruction, reason=refused[0][1], detail=instance.model_dump_json())
    if like := kept.too_like(instruction):
        return Rejected.too_like(instruction, like.text, like.score)
    return Task(id=task_id(instruction), instruction=instruction, instances=(instance,))
