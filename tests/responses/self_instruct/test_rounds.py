import hashlib
from collections.abc import Sequence
from itertools import islice

import pytest

from solon.errors import InputError
from solon.interfaces import Sample, SampleRequest
from solon.responses.self_instruct import Instance, Rejected, Round, SelfInstructConfig, Task, self_instruct, wording

SEEDS = [
    Task(
        id="1",
        instruction="Name three animals that live in the sea.",
        is_classification=False,
        instances=(Instance(output="whale, eel, cod"),),
    ),
    Task(
        id="2",
        instruction="Translate the sentence\ninto French.",
        is_classification=False,
        instances=(Instance(input="good day", output="bonjour"), Instance(input="no", output="non")),
    ),
    Task(
        id="3",
        instruction="Tell whether the review is positive or negative.",
        is_classification=True,
        instances=(Instance(input="what a film", output="positive"),),
    ),
]
CONFIG = SelfInstructConfig(human_examples=2, model_examples=1, list_length=9, calls_per_round=1)

POEM, QUESTION = "Write a short poem about a river.", "Say if this is a question or none."
LIST = (
    f" {POEM}\n5. Name three animals that live in the sea!\n6. Draw a picture of a cat.\n7. Sing\n8. {QUESTION}\n9. Wri"
)


class Script:
    """Writes the list above; its poem has one good instance, its question two."""

    def __init__(self) -> None:
        self.requests: list[SampleRequest] = []

    def sample(self, requests: Sequence[SampleRequest]) -> list[Sample]:
        self.requests += requests
        return [self.answer(request) for request in requests]

    def answer(self, request: SampleRequest) -> Sample:
        asked = request.messages[0].content
        if asked == wording.LIST_REQUEST:
            return Sample(LIST, True, 9)
        if asked == wording.LABELS_REQUEST:
            return Sample(" yes" if QUESTION in request.prefill else " well", False, 9)
        if asked == wording.OUTPUT_FIRST_REQUEST:
            return Sample(" yes\nInput: Is it late?\nLabel: no\nInput: It is late.", False, 9)
        return Sample("Output: Water runs.\n\nExample 2\nInput: sad\nOutput: sad\n", False, 9)

    def of(self, request: str) -> list[SampleRequest]:
        return [one for one in self.requests if one.messages[0].content == request]


class Novel(Script):
    """Every list holds two new tasks, made from the request's seed."""

    def answer(self, request: SampleRequest) -> Sample:
        if request.messages[0].content != wording.LIST_REQUEST:
            return super().answer(request)
        digits = hashlib.sha256(str(request.seed).encode()).hexdigest()
        return Sample(f" a{digits[:6]} b{digits[6:12]} c d\n5. e f{digits[12:18]} g{digits[18:24]} h", False, 9)


def test_a_list_is_kept_and_refused_item_by_item() -> None:
    made = next(self_instruct(SEEDS, Script(), CONFIG, seed=1))
    assert [(task.instruction, task.is_classification, task.instances) for task in made.tasks] == [
        (POEM, False, (Instance(output="Water runs."),)),
        (QUESTION, True, (Instance(input="Is it late?", output="yes"), Instance(input="It is late.", output="no"))),
    ]
    sad = Instance(input="sad", output="sad").model_dump_json()
    assert list(made.rejected) == [
        Rejected(
            instruction="Name three animals that live in the sea!",
            reason="too like a kept instruction",
            detail=SEEDS[0].instruction,
            score=1.0,
        ),
        Rejected(instruction="Draw a picture of a cat.", reason="needs more than text"),
        Rejected(instruction="Sing", reason="too short"),
        Rejected(instruction="Wri", reason="cut by the token limit"),
        Rejected(instruction=POEM, reason="output repeats the input", detail=sad),
    ]
    assert made.num_unclear == 1  # of the poem the model said neither yes nor no


def test_more_instances_than_wanted_are_refused() -> None:
    config = CONFIG.model_copy(update={"most_instances": 1})
    script = Script()
    made = next(self_instruct(SEEDS, script, config, seed=1))
    assert [len(task.instances) for task in made.tasks] == [1, 1]
    late = Instance(input="It is late.", output="no").model_dump_json()
    assert made.rejected[-1] == Rejected(instruction=QUESTION, reason="more instances than wanted", detail=late)
    assert script.of(wording.INPUT_FIRST_REQUEST)[0].stop == ("\nTask:", "\nExample 2")


def test_what_a_round_kept_the_next_one_refuses() -> None:
    _, second = islice(self_instruct(SEEDS, Script(), CONFIG, seed=1), 2)
    assert second.tasks == ()
    assert [one.detail for one in second.rejected if one.reason == "too like a kept instruction"] == [
        POEM, SEEDS[0].instruction, QUESTION,
    ]  # fmt: skip


def test_lists_show_seed_tasks_and_from_the_second_round_on_tasks_of_the_model() -> None:
    script = Script()
    list(islice(self_instruct(SEEDS, script, CONFIG, seed=1), 2))
    first, second = (request.prefill.splitlines() for request in script.of(wording.LIST_REQUEST))
    seeds = {"Name three animals that live in the sea.", "Translate the sentence into French.", SEEDS[2].instruction}
    assert {line[3:] for line in first[:3]} == seeds
    assert len({line[3:] for line in second[:3]} & seeds) == 2
    assert len({line[3:] for line in second[:3]} & {POEM, QUESTION}) == 1
    assert first[3] == second[3] == "4."


def test_a_task_with_labels_is_shown_labels_first_and_another_one_inputs_first() -> None:
    script = Script()
    next(self_instruct(SEEDS, script, CONFIG, seed=1))
    [labels_first], [input_first] = script.of(wording.OUTPUT_FIRST_REQUEST), script.of(wording.INPUT_FIRST_REQUEST)
    assert "Label: positive\nInput: what a film\n" in labels_first.prefill
    assert "Example 1\nInput: good day\nOutput: bonjour\nExample 2\nInput: no\nOutput: non\n" in input_first.prefill
    assert (labels_first.temperature, input_first.temperature) == (0.0, 0.0)


def test_later_rounds_are_the_same_after_a_stop() -> None:
    config = CONFIG.model_copy(update={"calls_per_round": 3})
    rounds = list(islice(self_instruct(SEEDS, Novel(), config, seed=1), 4))
    assert [len(made.tasks) for made in rounds] == [6, 6, 6, 6]
    again = list(islice(self_instruct(SEEDS, Novel(), config, seed=1, earlier=rounds[:2]), 2))
    assert again == rounds[2:]


def test_another_seed_draws_other_lists() -> None:
    def first(seed: int) -> Round:
        return next(self_instruct(SEEDS, Novel(), CONFIG, seed=seed))

    assert first(1) == first(1) != first(2)


def test_seed_tasks_of_one_kind_are_refused_by_name() -> None:
    with pytest.raises(InputError, match="`is_classification` true"):
        next(self_instruct(SEEDS[:2], Script(), CONFIG, seed=1))


def test_long_seed_tasks_are_not_shown() -> None:
    long = SEEDS[0].model_copy(update={"instances": (Instance(output="x" * 1001),)})
    with pytest.raises(InputError, match="2 tasks in a list"):
        next(self_instruct([long, SEEDS[2]], Script(), CONFIG, seed=1))


def test_a_list_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="list_length=8 leaves no room"):
        SelfInstructConfig(list_length=8)
