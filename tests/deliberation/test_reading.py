import pytest

from solon.constitution import Constitution, PrincipleEntry
from solon.deliberation.reading import check_citable, read_attempt
from solon.errors import InputError
from solon.interfaces import Sample


def constitution(*names: str) -> Constitution:
    entries = tuple(PrincipleEntry(id=name, text=f"Be {name}.", comparison="?") for name in names)
    return Constitution(id="c", version="1", principles=entries)


PRINCIPLES = constitution("kind", "no-injury").principles
WELL = "<reasoning>As [principle: kind] asks.</reasoning>\n<answer>Dear friend.</answer>"


def problem(text: str, *, truncated: bool = False) -> str:
    return read_attempt(Sample(text, truncated, 1), PRINCIPLES).problem


def test_both_parts_and_the_cited_principles_are_read() -> None:
    text = (
        "\n<reasoning>\nBy [Principle:no-injury] and [principle: kind ], "
        "again [principle: kind].\n</reasoning>\n\n<answer>\nNo.\n</answer>\n"
    )
    read = read_attempt(Sample(text, False, 1), PRINCIPLES)
    assert (read.reasoning[:3], read.answer, read.problem) == ("By ", "No.", "")
    assert [(one.id, one.hash) for one in read.cited] == [(one.id, one.hash) for one in reversed(PRINCIPLES)]


def test_ids_with_commas_between_them_are_several_unless_they_are_one() -> None:
    principles = constitution("kind", "no-injury", "a, b").principles
    text = WELL.replace("principle: kind", "principle: no-injury, kind").replace("asks", "[principle: a, b]")
    assert [one.id for one in read_attempt(Sample(text, False, 1), principles).cited] == ["no-injury", "kind", "a, b"]


def test_thinking_that_a_model_writes_of_itself_is_passed_over() -> None:
    for before in ("<think>hm <answer></think>\n", "hm <answer></think>"):
        assert read_attempt(Sample(before + WELL, False, 1), PRINCIPLES).answer == "Dear friend."


@pytest.mark.parametrize(
    "text",
    [
        "Dear friend.",
        "Here it is. " + WELL,
        WELL + " I hope so.",
        WELL.replace("\n", " and so "),
        WELL.replace("</answer>", ""),
        WELL + WELL,
        WELL.replace("Dear", "</reasoning>"),
        "<answer>Dear friend.</answer><reasoning>[principle: kind]</reasoning>",
        "<reasoning>[principle: kind]<answer>Dear</reasoning> friend.</answer>",
        WELL.replace("Dear friend.", " "),
        WELL.replace("As [principle: kind] asks.", ""),
        WELL.replace("Dear friend.", "<think>Dear friend."),
    ],
)
def test_what_is_not_in_two_whole_parts_is_rejected(text: str) -> None:
    assert problem(text).startswith("not in two parts: ")


@pytest.mark.parametrize("cited", ["[kind]", "principle: kind", "the principle of kindness"])
def test_reasoning_without_a_citation_is_rejected(cited: str) -> None:
    assert problem(WELL.replace("[principle: kind]", cited)).startswith("cites nothing")


def test_ids_that_are_no_principles_are_rejected_beside_real_ones() -> None:
    text = WELL.replace("asks", "[principle: Kind] and [principle: 7] ask")
    assert problem(text) == "cites no principle: Kind, 7"


def test_an_answer_that_cites_is_rejected() -> None:
    assert problem(WELL.replace("Dear", "[principle: kind] Dear")).startswith("the answer cites")


def test_a_cut_attempt_is_rejected_though_it_looks_whole() -> None:
    assert problem(WELL, truncated=True) == "cut off by the token limit"


@pytest.mark.parametrize("name", ["a]", " a", "a\nb"])
def test_an_id_that_cannot_be_cited_is_told(name: str) -> None:
    with pytest.raises(InputError, match="cannot be cited"):
        check_citable(constitution("kind", name))
    check_citable(constitution("kind", "2.1 (b): c, d"))
