import pytest

from solon.evaluation.drift import Answered, detect_drift

WORDS = ["alder", "birk", "corvin", "drost", "elmar", "fenn", "gault", "hask", "ilves", "jorn", "keld", "lund", "maas"]
PROMPTS = [f"tell me about {one} and about {other}" for one in WORDS for other in WORDS[:4]]


def answers(make: str) -> list[Answered]:
    """Each answer names what its prompt asks for, in the form given."""
    return [Answered(prompt, make.format(prompt.split()[3], prompt.split()[-1], n)) for n, prompt in enumerate(PROMPTS)]


BEFORE = answers("{0} lives near {1} in house number {2}")


def raised(after: list[Answered]) -> set[str]:
    return {flag.name for flag in detect_drift(BEFORE, after) if flag.raised}


def test_the_same_answers_raise_nothing() -> None:
    assert raised(BEFORE) == set()
    assert raised(answers("{1} lives near {0} in house number {2}")) == set()


def test_longer_answers_are_flagged_as_longer() -> None:
    after = [
        Answered(one.prompt, one.response + " " + " ".join(f"w{n}-{i}" for i in range(9)))
        for n, one in enumerate(BEFORE)
    ]
    assert raised(after) == {"length"}


def test_a_phrase_that_everybody_now_says_is_flagged_as_boilerplate() -> None:
    assert raised(answers("{0} lives near {1}, please ask the priest {2}")) == {"boilerplate"}


def test_answers_to_something_else_are_flagged_as_off_topic() -> None:
    assert raised([Answered(one.prompt, f"w{n} x{n} y{n} z{n} u{n}") for n, one in enumerate(BEFORE)]) == {"off_topic"}


def test_a_change_in_a_few_answers_is_no_drift() -> None:
    after = [*answers("{0} lives near {1}, please ask the priest {2}")[:3], *BEFORE[3:]]
    assert raised(after) == set()


def test_other_prompts_are_refused() -> None:
    with pytest.raises(ValueError, match="same prompts"):
        detect_drift(BEFORE, BEFORE[1:])
