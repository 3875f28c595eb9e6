"""What the model is asked, in our own words: a request, and solved examples as the beginning of its answer."""

from __future__ import annotations

from collections.abc import Sequence

from solon.responses.self_instruct.tasks import Instance, Task

LIST_REQUEST = "Write a numbered list of tasks that people might give to an assistant, all different, one task a line."
LABELS_REQUEST = (
    "Some tasks are answered by one of a few fixed labels, such as the names of classes, yes or no. All others are "
    "answered in free words. Say of each task whether it has fixed labels: yes or no."
)
INPUT_FIRST_REQUEST = "Give examples of each task: an input, where the task needs one, and then the right output."
OUTPUT_FIRST_REQUEST = (
    "Give examples of each task: first a label that can be its output, then an input with that label."
)

LABELS_STOP = ("\n",)
INSTANCES_STOP = ("\nTask:",)


def begun_labels(solved: Sequence[Task], instruction: str) -> str:
    """Solved examples of whether a task has fixed labels, and the question for a new one."""
    told = [f"Task: {one.instruction}\nFixed labels: {'yes' if one.is_classification else 'no'}\n\n" for one in solved]
    return "".join(told) + f"Task: {instruction}\nFixed labels:"


def begun_input_first(solved: Sequence[Task], instruction: str) -> str:
    """Tasks with examples, input before output; the model goes on within the new task's first example."""
    return "".join(_input_first(one) for one in solved) + f"Task: {instruction}\nExample 1\n"


def begun_output_first(solved: Sequence[Task], instruction: str) -> str:
    """Tasks with examples, label before input; the model goes on with the new task's first label.

    A model that writes the input first drifts towards inputs of one label.
    """
    return "".join(_output_first(one) for one in solved) + f"Task: {instruction}\nLabel:"


def _input_first(task: Task) -> str:
    examples = [f"Example {n}\n{_given(one)}Output: {one.output}\n" for n, one in enumerate(task.instances, start=1)]
    return f"Task: {task.instruction}\n{''.join(examples)}\n"


def _given(instance: Instance) -> str:
    return f"Input: {instance.input}\n" if instance.input else ""


def _output_first(task: Task) -> str:
    examples = [f"Label: {one.output}\nInput: {one.input}\n" for one in task.instances]
    return f"Task: {task.instruction}\n{''.join(examples)}\n"
