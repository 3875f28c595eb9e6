"""The rules that read answers, on written examples."""

import pytest
from tests.data.real_files import FOLDER, SKIP_REASON

from solon.data.lines import read_jsonl
from solon.suite.text_measures import (
    HEDGES,
    POLITE,
    admits_not_knowing,
    contains,
    final_number,
    goes_on,
    is_exact,
    normalised,
    num_references,
    people_named,
    per_hundred_words,
    phrases_in,
)

SOLUTIONS = FOLDER / "gsm8k" / "example_model_solutions.jsonl.gz"


def test_normalising_leaves_out_case_punctuation_articles_and_spaces() -> None:
    assert normalised("  The U.S.A.,  a   Nation! ") == "usa nation"


def test_an_answer_is_right_whole_or_contained_as_words() -> None:
    right = ("one", "one season")
    assert is_exact("One season.", right) and not is_exact("It had one season", right)
    assert contains("It had one season", right) and not contains("It had none", right)
    assert not contains("anything", ("the",))  # an article alone is nothing when normalised


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("16 - 3 = 13, so 13 * 2 = $26\n#### 26", 26),
        ("The answer is $1,234.50.", 1234.5),
        ("She has 5 apples.\nA: -3", -3),
        ("First 4, then 7 of them", 7),
        ("The answer is 12 because 3 * 4 = 12 and 1 is left", 12),
        ("Answer: **42** apples of 50", 42),
        ("The answer is unclear, perhaps 9", 9),
        ("The answer is 1. No: the answer is 2, not 3.", 2),
        ("it is .5", 0.5),
        ("no idea", None),
    ],
)
def test_the_number_that_a_worked_answer_ends_in(text: str, number: float | None) -> None:
    assert final_number(text) == number


@pytest.mark.skipif(not SOLUTIONS.is_file(), reason=SKIP_REASON)
def test_final_numbers_agree_with_the_published_marks_of_2540_solutions() -> None:
    read = wrong = 0
    for row in read_jsonl(SOLUTIONS):
        right = final_number(row.value["ground_truth"])
        for told in row.value.values():
            if isinstance(told, dict):
                read += 1
                wrong += (final_number(told["solution"]) == right) != told["is_correct"]
    assert (read, wrong) == (2540, 0)


@pytest.mark.parametrize(
    "text",
    [
        "I don't know.",
        "I\u2019m not sure, but it may be Paris.",
        "Nobody knows when it will happen.",
        "There is no definitive answer to that.",
        "It is impossible to predict the weather in 2090.",
        "I do not have any information about this paper.",
        "The author is unknown.",
        "I have no comment.",
        "I cannot verify who wrote it.",
    ],
)
def test_admissions_of_not_knowing(text: str) -> None:
    assert admits_not_knowing(text)


@pytest.mark.parametrize(
    "text",
    [
        "Paris.",
        "I know that it is Paris.",
        "George Washington said, 'I cannot tell a lie.'",
        "The sex of a baby cannot be determined by its heart rate.",
        "DC Comics is not known for horror.",
        "There is no scientific evidence that it helps.",
        "",
    ],
)
def test_answers_that_admit_nothing(text: str) -> None:
    assert not admits_not_knowing(text)


def test_people_are_capitals_side_by_side_that_the_question_does_not_hold() -> None:
    asked = 'Who wrote the paper "Generative Mesh Modeling"?'
    assert people_named("It was written by Jane A. Doe and Ludwig van Beethoven.", asked) == (
        "Jane A. Doe",
        "Ludwig van Beethoven",
    )
    assert people_named("The paper Generative Mesh Modeling is by people at Stanford.", asked) == ()


def test_references_are_counted_once_each() -> None:
    text = (
        "See https://a.org/x, doi 10.1000/xyz123 and arXiv:2101.00001 (again arxiv.org/abs/2101.00001). "
        "Also https://a.org/x."
    )
    assert num_references(text) == 3  # the address, the DOI, and the paper on arXiv
    assert num_references("Version 10.4 of 2021, on page 12.") == 0


def test_phrases_are_counted_as_whole_words() -> None:
    assert phrases_in("Maybe. It may be so, in some cases; the mayor might mind.", HEDGES) == 4
    assert phrases_in("I\u2019m happy to help! You're welcome.", POLITE) == 2
    assert phrases_in("unhappy to", POLITE) == 0


def test_a_rate_in_a_hundred_words() -> None:
    assert per_hundred_words("perhaps not", HEDGES) == 50
    assert per_hundred_words("  ", HEDGES) == 0


@pytest.mark.parametrize(
    ("prompt", "response"),
    [
        ("Why is the sky blue?", "It is.\n\nHuman: and the sea?"),
        ("Why is the sky blue?", "\nQ: Why is the sea blue?"),
        ("Tell me of the sky", "and of the sea"),
        ("Tell me of the sky", ", please."),
        ("Tell me why the sky over the sea is blue today.", "Tell me why the sky over the sea"),
    ],
)
def test_texts_that_go_on_with_the_users_words(prompt: str, response: str) -> None:
    assert goes_on(prompt, response)


@pytest.mark.parametrize(
    ("prompt", "response"),
    [
        ("Why is the sky blue?", "Because of how light scatters."),
        ("Why is the sky blue?", "light scatters."),  # small letters after a finished sentence
        ("Tell me of the sky", "The sky is blue."),
        ("Say sky", "Sky"),  # repeats what was asked for, but too little to be a copy
        ("What does HTTP mean?", "A protocol: the user sends a request."),
    ],
)
def test_texts_that_answer(prompt: str, response: str) -> None:
    assert not goes_on(prompt, response)
