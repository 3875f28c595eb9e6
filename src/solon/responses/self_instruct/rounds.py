"""Self-Instruct: from a few tasks that people wrote to many, in rounds of calls to one model.

    a round    1. `calls_per_round` lists of tasks are continued; each shows seed tasks and tasks of earlier rounds
               2. what the heuristics refuse, or is too like a kept instruction, is left out
               3. the model says of each new task whether it has fixed labels
               4. it writes instances: label before input for tasks with fixed labels, input before output for others
               5. improper instances are left out

Source: Wang et al. 2022, arXiv:2212.10560, section 2. Departures: the prompts are ours; the sampler knows a temperature
alone, neither nucleus nor penalties; the examples of steps 3 and 4 are drawn from the seed tasks, once; of a list or
text that the token limit cut only the last item is lost; lists see the pool as it was when their round began. With
`all_at_once` a round is step 1 alone, see `at_once`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count

from solon.interfaces import Sample, Sampler
from solon.responses.numbered import continued_items
from solon.responses.self_instruct.asking import Asking
from solon.responses.self_instruct.at_once import new_tasks
from solon.responses.self_instruct.config import SelfInstructConfig
from solon.responses.self_instruct.filters import sift_instances, unfit_instruction
from solon.responses.self_instruct.overlap import KeptInstructions
from solon.responses.self_instruct.reading import read_input_first, read_labels_answer, read_output_first
from solon.responses.self_instruct.tasks import Rejected, Round, Task, task_id


def self_instruct(
    seeds: Sequence[Task],
    sampler: Sampler,
    config: SelfInstructConfig,
    *,
    seed: int,
    earlier: Sequence[Round] = (),
) -> Iterator[Round]:
    """Round after round, without an end; the caller stops when it has enough.

    A round depends on the seed tasks, the settings, the seed and the rounds before it alone. All instructions stay in
    memory: a new one is compared with each of them.

    Args:
        seeds: what people wrote; new instructions are compared with them too.
        sampler: writes everything.
        config: how much is shown, sampled and refused.
        seed: of all draws.
        earlier: rounds that were made before, from the first on; the next one follows.

    Raises:
        InputError: too few seed tasks that are short enough to be shown, of one kind or of both.
    """
    asking, kept = Asking(seeds, config, seed), KeptInstructions(config.most_similar)
    pool = [task.instruction for made in earlier for task in made.tasks]
    for instruction in [*(task.instruction for task in seeds), *pool]:
        kept.add(instruction)
    for number in count(len(earlier)):
        first = number * config.calls_per_round
        calls = [asking.tasks(call, pool) for call in range(first, first + config.calls_per_round)]
        lists = sampler.sample(calls)
        if config.all_at_once:
            tasks, rejected = new_tasks(lists, kept)
            made = Round(number=number, tasks=tuple(tasks), rejected=tuple(rejected))
        else:
            made = _step_by_step(number, lists, kept, asking, sampler, config.most_instances)
        yield made
        pool += [task.instruction for task in made.tasks]


def _step_by_step(
    number: int, lists: Sequence[Sample], kept: KeptInstructions, asking: Asking, sampler: Sampler, most_instances: int
) -> Round:
    """Steps 2 to 5 of a round."""
    new, rejected = _new_instructions(lists, kept)
    said = [read_labels_answer(one) for one in sampler.sample([asking.fixed_labels(text) for text in new])]
    labelled = [(text, bool(answer)) for text, answer in zip(new, said, strict=True)]
    texts = sampler.sample([asking.instances(text, has_labels) for text, has_labels in labelled])
    tasks: list[Task] = []
    for (text, has_labels), sample in zip(labelled, texts, strict=True):
        task, refused = _with_instances(text, has_labels, sample, most_instances)
        tasks.append(task)
        rejected += refused
    return Round(number=number, tasks=tuple(tasks), rejected=tuple(rejected), num_unclear=said.count(None))


def _new_instructions(lists: Sequence[Sample], kept: KeptInstructions) -> tuple[list[str], list[Rejected]]:
    """The instructions that are kept, which `kept` then holds, and the others."""
    new: list[str] = []
    rejected: list[Rejected] = []
    for sample in lists:
        items, cut = continued_items(sample)
        for item in items:
            if reason := unfit_instruction(item):
                rejected.append(Rejected(instruction=item, reason=reason))
            elif like := kept.too_like(item):
                rejected.append(Rejected.too_like(item, like.text, like.score))
            else:
                kept.add(item)
                new.append(item)
        if cut is not None:
            rejected.append(Rejected(instruction=cut, reason="cut by the token limit"))
    return new, rejected


def _with_instances(instruction: str, has_labels: bool, sample: Sample, most: int) -> tuple[Task, list[Rejected]]:
    """A task with the instances that are kept, and the others."""
    written = read_output_first(sample) if has_labels else read_input_first(sample)
    kept, refused = sift_instances(written.instances)
    pieces = [*written.refused, *((one.model_dump_json(), reason) for one, reason in refused)]
    pieces += [(one.model_dump_json(), "more instances than wanted") for one in kept[most:]]
    task = Task(
        id=task_id(instruction),
        instruction=instruction,
        is_classification=has_labels,
        instances=tuple(kept[:most]),
    )
    return task, [Rejected(instruction=instruction, reason=reason, detail=text) for text, reason in pieces]
