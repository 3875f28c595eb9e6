import pytest

from solon.responses.self_instruct.filters import sift_instances, unfit_instruction
from solon.responses.self_instruct.tasks import Instance


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("Sing a song", "too short"),
        ("word " * 151, "too long"),
        ("- write about a river", "begins with punctuation"),
        ("Describe the graphs of the report.", "needs more than text"),
        ("Find the shortest way and go to it.", "needs more than text"),
        ("Write a program that adds two numbers.", "asks for a program"),
    ],
)
def test_an_unfit_instruction_is_refused_for_a_reason(text: str, reason: str) -> None:
    assert unfit_instruction(text) == reason


@pytest.mark.parametrize(
    "text",
    [
        "Sing a song again",
        "word " * 150,
        "Photograph the autograph, said she; go on.",  # `graph` within a word
        "写一首关于秋天的诗",
        "Écris un poème sur la mer.",
    ],
)
def test_a_fit_instruction_is_kept(text: str) -> None:
    assert unfit_instruction(text) is None


def test_instances_that_are_none_are_refused_one_by_one() -> None:
    good = Instance(input="night", output="day")
    bad = [
        (good, "repeats an instance"),
        (Instance(input="x", output="x"), "output repeats the input"),
        (Instance(input="y", output=""), "empty output"),
        (Instance(input="z", output="The list:"), "breaks off after a colon"),
        (Instance(input="The list:", output="z"), "breaks off after a colon"),
    ]
    kept, refused = sift_instances([good, *(one for one, _ in bad)])
    assert kept == [good]
    assert refused == bad


def test_one_input_with_two_outputs_refuses_all_instances() -> None:
    told = [Instance(input="night", output="day"), Instance(input="night", output="noon"), Instance(output="x")]
    kept, refused = sift_instances(told)
    assert kept == []
    assert {reason for _, reason in refused} == {"one input with two outputs"}
    assert len(refused) == 3


def test_several_outputs_without_input_are_kept() -> None:
    told = [Instance(output="a poem"), Instance(output="another poem")]
    assert sift_instances(told).kept == told
