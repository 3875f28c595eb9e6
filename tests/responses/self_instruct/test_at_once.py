from collections.abc import Sequence

import pytest

from solon.interfaces import Sample, SampleRequest
from solon.responses.self_instruct import Instance, Rejected, SelfInstructConfig, Task, self_instruct

SEEDS = [
    Task(
        id="1", instruction="Name three animals that live in the sea.", instances=(Instance(output="whale, eel, cod"),)
    ),
    Task(
        id="2",
        instruction="Translate the sentence\ninto French.",
        instances=(Instance(input="good day", output="bonjour"), Instance(input="no", output="non")),
    ),
]
CONFIG = SelfInstructConfig(all_at_once=True, human_examples=2, model_examples=0, list_length=9, calls_per_round=1)
LIST = """ Write a poem
about a river.
Input: None
Output: Water runs
to the sea.
4. Instruction: Say which word is longer.
Input: cat
or horse
Output: horse
5. Instruction: Say what is the longer word.
Output: horse
6. Instruction: Repeat the word three times.
Input: cat
Output: cat
7. Instruction: Name three animals that live in the sea.
Input: none
Output: crab
8. Instruction: Sing
Input: la
Output: la la
9. Instruction: Tell"""


class Script:
    def __init__(self) -> None:
        self.requests: list[SampleRequest] = []

    def sample(self, requests: Sequence[SampleRequest]) -> list[Sample]:
        self.requests += requests
        return [Sample(LIST, True, 9)] * len(requests)


def test_whole_tasks_are_kept_and_refused_one_by_one() -> None:
    made = next(self_instruct(SEEDS, Script(), CONFIG, seed=1))
    assert [(task.instruction, task.is_classification, task.instances) for task in made.tasks] == [
        ("Write a poem about a river.", None, (Instance(output="Water runs\nto the sea."),)),
        ("Say which word is longer.", None, (Instance(input="cat\nor horse", output="horse"),)),
    ]
    repeated = Instance(input="cat", output="cat").model_dump_json()
    assert list(made.rejected) == [
        Rejected(instruction="Say what is the longer word.\nOutput: horse", reason="no instruction, input and output"),
        Rejected(instruction="Repeat the word three times.", reason="output repeats the input", detail=repeated),
        Rejected.too_like(SEEDS[0].instruction, SEEDS[0].instruction, 1.0),
        Rejected(instruction="Sing", reason="too short"),
        Rejected(instruction="Tell", reason="cut by the token limit"),
    ]


def test_one_request_a_list_shows_whole_seed_tasks() -> None:
    script = Script()
    next(self_instruct(SEEDS, script, CONFIG, seed=1))
    [request] = script.requests
    assert request.prefill.endswith("\n3. Instruction:")
    assert (
        "Instruction: Name three animals that live in the sea.\nInput: none\nOutput: whale, eel, cod\n"
        in request.prefill
    )
    assert "Instruction: Translate the sentence into French.\nInput: good day\nOutput: bonjour\n" in request.prefill


def test_whole_tasks_of_the_model_are_not_shown() -> None:
    with pytest.raises(ValueError, match="give 0"):
        SelfInstructConfig(all_at_once=True)
