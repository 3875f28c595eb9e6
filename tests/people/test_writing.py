import pytest
from tests.people.typed import TOLD, Typed

from solon.data.fields import prompt_of
from solon.people.page import Block
from solon.people.terminal import LineError
from solon.people.writing import Draft, WriteQuestion, WriteVisit
from solon.records import Demonstration, assistant

PROMPT = prompt_of("well?", {"kind": "small talk"}, ({"name": "f"},))
PLAIN = WriteQuestion(PROMPT)
DRAFTED = WriteQuestion(PROMPT, draft=Draft("d1", "i am fine"))


def text_of(visit: WriteVisit, typed: Typed) -> str | None:
    """What is kept where the first of the typed lines is an answer's."""
    finish = visit.take(typed.terminal.line("answer> "), typed.terminal)
    return finish(TOLD).messages[-1].content if finish else None


def test_an_answer_of_several_lines_is_a_demonstration() -> None:
    finish = PLAIN.visit(None).take("first", Typed("  second", "", "s", "third ", ".").terminal)
    assert finish is not None
    assert finish(TOLD) == Demonstration(
        id=f"ann/{PROMPT.id}",
        messages=(*PROMPT.messages, assistant("first\n  second\n\ns\nthird ")),
        source="ann",
        tools=PROMPT.tools,
        labels=PROMPT.labels,
        annotation=TOLD,
    )


def test_an_answer_that_begins_with_a_letter_of_a_command_begins_with_an_empty_line_that_is_not_kept() -> None:
    assert text_of(PLAIN.visit(None), Typed("", "q", ".")) == "q"
    assert text_of(PLAIN.visit(None), Typed("", "", ".")) is None


def test_a_full_stop_keeps_the_draft_as_it_stands_and_the_draft_is_recorded() -> None:
    assert text_of(DRAFTED.visit(None), Typed(".")) == "i am fine"
    told = DRAFTED.annotation(TOLD)
    assert (told.draft, told.draft_id) == ("i am fine", "d1")
    assert DRAFTED.visit(None).blocks()[-1] == Block("draft", "i am fine")


def test_without_a_draft_a_full_stop_alone_keeps_nothing() -> None:
    typed = Typed(".")
    assert text_of(PLAIN.visit(None), typed) is None
    assert "nothing is written yet" in typed.shown


def test_the_editor_opens_the_draft_and_its_text_waits_for_a_full_stop() -> None:
    typed = Typed("e", ".", edit=lambda text: f"{text}, thanks\n")
    visit = DRAFTED.visit(None)
    assert text_of(visit, typed) is None
    assert text_of(visit, typed) == "i am fine, thanks"


@pytest.mark.parametrize("text", ["\x1b[A", ""])
def test_an_editor_that_leaves_control_characters_or_nothing_gives_no_answer(text: str) -> None:
    typed, visit = Typed("e", ".", edit=lambda _: text), PLAIN.visit(None)
    assert text_of(visit, typed) is None and text_of(visit, typed) is None
    assert "control character" in typed.shown or "no text" in typed.shown


def test_an_editor_that_fails_leaves_the_draft() -> None:
    typed, visit = Typed("e", "."), DRAFTED.visit(None)
    assert text_of(visit, typed) is None
    assert "there is no editor; the text stays as it was" in typed.shown
    assert text_of(visit, typed) == "i am fine"


def test_the_earlier_answer_is_shown_and_can_be_kept() -> None:
    earlier = Demonstration(id="i", messages=(*PROMPT.messages, assistant("hello")), source="ann")
    visit = DRAFTED.visit(earlier)
    assert visit.blocks()[-2:] == [Block("draft", "i am fine"), Block("earlier", "hello")]
    assert text_of(visit, Typed(".")) == "hello"


def test_a_line_that_cannot_be_taken_is_typed_again_and_the_others_stay() -> None:
    typed = Typed("one", "two\x1b[D", LineError("it is too long"), "three", ".")
    assert text_of(PLAIN.visit(None), typed) == "one\nthree"
    assert "character 4 is a control character" in typed.shown and "it is too long; the line was not" in typed.shown


def test_an_answer_belongs_to_its_very_prompt() -> None:
    earlier = Demonstration(id="i", messages=(*PROMPT.messages, assistant("hello")), source="ann")
    assert PLAIN.is_answered_by(earlier)
    assert not PLAIN._replace(prompt=prompt_of("well, well?")).is_answered_by(earlier)
    assert PLAIN.key("ann", 0) != DRAFTED.key("ann", 0)
