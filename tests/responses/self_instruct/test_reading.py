import pytest

from solon.interfaces import Sample
from solon.responses.self_instruct.reading import read_input_first, read_labels_answer, read_output_first
from solon.responses.self_instruct.tasks import Instance, Task
from solon.responses.self_instruct.wording import begun_input_first, begun_output_first


def sample(text: str, truncated: bool = False) -> Sample:
    return Sample(text, truncated, 9)


def test_inputs_and_outputs_of_several_lines_are_read() -> None:
    text = "Input: one\ntwo\nOutput: three\n\nfour\n\nExample 2\nOutput: five\n\nExample 3\nInput: six"
    assert read_input_first(sample(text)) == (
        [Instance(input="one\ntwo", output="three\n\nfour"), Instance(output="five")],
        [("Input: six", "no `Output:`")],
    )


@pytest.mark.parametrize("more", ["Output: two", "Input: two\nOutput: three"])
def test_an_output_ends_where_another_pair_begins(more: str) -> None:
    found = read_input_first(sample(f"Input: a\nOutput: one\n{more}"))
    assert found == ([Instance(input="a", output="one")], [])


def test_labels_come_before_their_inputs() -> None:
    text = " yes\nInput: is it\nlate?\nLabel: no\nInput: it is late\nLabel: maybe\n"
    assert read_output_first(sample(text)) == (
        [Instance(input="is it\nlate?", output="yes"), Instance(input="it is late", output="no")],
        [("maybe", "a label without an input")],
    )


def test_the_instance_that_the_token_limit_cut_is_left_out() -> None:
    found = read_input_first(sample("Output: whole\nExample 2\nOutput: ha", truncated=True))
    assert found == ([Instance(output="whole")], [("Output: ha", "cut by the token limit")])


def test_a_prompt_is_read_back_as_its_examples() -> None:
    given = (Instance(input="a\nb", output="c"), Instance(output="d"))
    task = Task(id="1", instruction="Do it", is_classification=False, instances=given)
    begun = (
        begun_input_first([task], "next")
        .removeprefix("Task: Do it\nExample 1\n")
        .removesuffix("Task: next\nExample 1\n")
    )
    assert read_input_first(sample(begun)).instances == list(given)
    with_inputs = task.model_copy(update={"instances": (given[0], Instance(input="e", output="f"))})
    begun = (
        begun_output_first([with_inputs], "next").removeprefix("Task: Do it\nLabel:").removesuffix("Task: next\nLabel:")
    )
    assert read_output_first(sample(begun)).instances == list(with_inputs.instances)


@pytest.mark.parametrize(("text", "answer"), [(" Yes.", True), ("no", False), (" none", None), ("", None)])
def test_only_yes_and_no_are_answers(text: str, answer: bool | None) -> None:
    assert read_labels_answer(sample(text)) is answer
