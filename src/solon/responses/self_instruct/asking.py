"""The requests of Self-Instruct: which seed tasks are shown, and what is sampled after them."""

from __future__ import annotations

from collections.abc import Sequence

from solon.errors import InputError
from solon.interfaces import SampleRequest
from solon.records import user
from solon.responses.numbered import begun_list
from solon.responses.self_instruct import wording
from solon.responses.self_instruct.at_once import REQUEST, begun_tasks
from solon.responses.self_instruct.config import SelfInstructConfig
from solon.responses.self_instruct.tasks import Task
from solon.seeds import derive, generator

LABELS_TOKENS = 4


class Asking:
    """Writes requests; every one depends on the seed tasks, the settings, the seed and its arguments alone.

    The seed tasks shown in a list are drawn anew for each; those of the other requests are drawn once.

    Raises:
        InputError: too few seed tasks that are short enough to be shown, of one kind or of both.
    """

    def __init__(self, seeds: Sequence[Task], config: SelfInstructConfig, seed: int) -> None:
        self._config, self._seed = config, seed
        short = [task for task in seeds if _num_characters(task) <= config.example_characters]
        of_labels = [task for task in short if task.is_classification]
        others = [task for task in short if not task.is_classification]
        with_inputs = [task for task in of_labels if all(one.input for one in task.instances)]
        lacking = {
            f"{config.human_examples} tasks in a list": len(short) < config.human_examples,
            "tasks with `is_classification` true whose instances have inputs": not (with_inputs or config.all_at_once),
            "tasks with `is_classification` false": not (others or config.all_at_once),
        }
        for what, lacks in lacking.items():
            if lacks:
                raise InputError(
                    f"Self-Instruct shows {what}, and of the {len(seeds)} seed tasks too few such ones have at most "
                    f"{config.example_characters} characters. Give more seed tasks, or raise example_characters."
                )
        self._whole = short
        self._instructions = [" ".join(task.instruction.split()).rstrip(":") for task in short]
        solved = self._drawn(of_labels, config.classification_examples, "with labels")
        solved += self._drawn(others, config.other_examples, "without labels")
        self._solved = self._drawn(solved, len(solved), "order of labels")
        self._input_first = self._drawn(others, config.instance_examples, "input first")
        self._output_first = self._drawn(with_inputs, config.instance_examples, "output first")

    def tasks(self, call: int, pool: Sequence[str]) -> SampleRequest:
        """New tasks, after seed tasks and tasks of the pool in random order."""
        config, rng = self._config, generator(self._seed, "self-instruct", "list", call)
        num_model = min(config.model_examples, len(pool))
        num_human = min(config.human_examples + config.model_examples - num_model, len(self._instructions))
        seeds = rng.permutation(len(self._instructions))[:num_human].tolist()
        examples = [self._instructions[i] for i in seeds]
        if num_model:
            examples += [pool[i] for i in rng.choice(len(pool), num_model, replace=False).tolist()]
        begun = begun_list([examples[i] for i in rng.permutation(len(examples)).tolist()])
        if config.all_at_once:
            begun = begun_tasks([self._whole[i] for i in seeds])
        return SampleRequest(
            messages=(user(REQUEST if config.all_at_once else wording.LIST_REQUEST),),
            seed=derive(self._seed, "self-instruct", "list sample", call),
            max_new_tokens=config.list_tokens,
            temperature=config.list_temperature,
            prefill=begun,
            stop=(f"\n{config.list_length + 1}.",),
            name=f"list {call}",
        )

    def fixed_labels(self, instruction: str) -> SampleRequest:
        """Whether a task has fixed labels."""
        return SampleRequest(
            messages=(user(wording.LABELS_REQUEST),),
            seed=derive(self._seed, "self-instruct", "labels", instruction),
            max_new_tokens=LABELS_TOKENS,
            temperature=0.0,
            prefill=wording.begun_labels(self._solved, instruction),
            stop=wording.LABELS_STOP,
            name=f"fixed labels of {instruction[:40]!r}",
        )

    def instances(self, instruction: str, has_labels: bool) -> SampleRequest:
        """Instances of a task."""
        if has_labels:
            request, begun = wording.OUTPUT_FIRST_REQUEST, wording.begun_output_first(self._output_first, instruction)
        else:
            request, begun = wording.INPUT_FIRST_REQUEST, wording.begun_input_first(self._input_first, instruction)
        return SampleRequest(
            messages=(user(request),),
            seed=derive(self._seed, "self-instruct", "instances", instruction),
            max_new_tokens=self._config.instance_tokens,
            temperature=0.0,
            prefill=begun,
            stop=(*wording.INSTANCES_STOP, f"\nExample {self._config.most_instances + 1}"),
            name=f"instances of {instruction[:40]!r}",
        )

    def _drawn(self, tasks: Sequence[Task], most: int, name: str) -> list[Task]:
        order = generator(self._seed, "self-instruct", "examples", name).permutation(len(tasks))
        return [tasks[index] for index in order[:most].tolist()]


def _num_characters(task: Task) -> int:
    return len(task.instruction) + sum(len(one.input) + len(one.output) for one in task.instances)
