"""Conversations with scripted models."""

import io
import os
import signal
from collections.abc import Callable

import pytest

from solon.chat import Columns, Said, Straight, Talk, answer_together, new_show
from solon.errors import EngineError
from solon.interfaces import Sample, SampleRequest
from solon.records import Message, assistant, user

OPTIONS = SampleRequest((), 0)


class Echo:
    """Says what it was told last, word by word, with its own name; keeps what it was asked."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.asked: list[SampleRequest] = []

    def answer(self, request: SampleRequest, heard: Callable[[str], None]) -> Sample:
        self.asked.append(request)
        text = ""
        for word in (self.name, request.messages[-1].content):
            text = f"{text} {word}".strip()
            heard(text)
        return Sample(text, False, 2)

    @property
    def histories(self) -> list[list[str]]:
        return [[message.content for message in one.messages] for one in self.asked]


class Fails:
    def answer(self, request: SampleRequest, heard: Callable[[str], None]) -> Sample:
        raise EngineError("gone")


def talk(*models: tuple[str, Echo | Fails]) -> tuple[Talk, io.StringIO]:
    out = io.StringIO()
    return Talk(models, OPTIONS, seed=1, show=Straight(out)), out


def test_each_model_has_a_history_of_its_own() -> None:
    a, b = Echo("a"), Echo("b")
    both, out = talk(("first", a), ("second", b))
    both.say("x")
    both.say("y")
    assert a.histories == [["x"], ["x", "a x", "y"]]
    assert b.histories == [["x"], ["x", "b x", "y"]]
    assert out.getvalue() == "first: a x\nsecond: b x\nfirst: a y\nsecond: b y\n"


def test_what_is_taken_back_was_never_said() -> None:
    a = Echo("a")
    one, _ = talk(("m", a))
    one.say("x")
    one.say("y")
    assert one.undo() == "y"
    one.say("z")
    assert a.histories[-1] == ["x", "a x", "z"]
    assert [one.undo(), one.undo(), one.undo()] == ["z", "x", None]


def test_a_message_that_is_answered_again_has_another_seed() -> None:
    a = Echo("a")
    one, _ = talk(("m", a))
    for _ in range(2):
        one.say("x")
        one.undo()
    assert len({request.seed for request in a.asked}) == 2


def test_a_new_conversation_knows_nothing_of_the_one_before() -> None:
    a = Echo("a")
    one, _ = talk(("m", a))
    one.say("x")
    one.new()
    one.say("y")
    assert a.histories[-1] == ["y"] and one.undo() == "y" and one.undo() is None


def test_a_model_that_fails_is_told_and_the_other_goes_on() -> None:
    a = Echo("a")
    both, out = talk(("bad", Fails()), ("good", a))
    both.say("x")
    both.say("y")
    assert "bad: [no answer: gone]" in out.getvalue() and a.histories[-1] == ["x", "a x", "y"]


def test_ctrl_c_stops_an_answer_and_keeps_what_was_said() -> None:
    class Endless:
        def answer(self, request: SampleRequest, heard: Callable[[str], None]) -> Sample:
            text = "so"
            os.kill(os.getpid(), signal.SIGINT)
            while True:
                text += " on"
                heard(text)

    before = signal.getsignal(signal.SIGINT)
    said = answer_together([Endless()], [OPTIONS], lambda index, text: None)[0]
    assert said.stopped and said.text.startswith("so on")
    assert signal.getsignal(signal.SIGINT) is before


def test_a_stopped_answer_is_part_of_the_history() -> None:
    class Stopped(Talk):
        def _ask_all(self, requests: object) -> list[Said]:
            return [Said("half", stopped=True)]

    one = Stopped([("m", Echo("a"))], OPTIONS, seed=1, show=Straight(io.StringIO()))
    one.say("x")
    expected: tuple[Message, ...] = (user("x"), assistant("half"))
    assert one._now == [expected]


def test_a_model_that_said_nothing_has_said_so_and_one_that_was_stopped_before_has_not() -> None:
    class Silent(Talk):
        def _ask_all(self, requests: object) -> list[Said]:
            return [Said(""), Said("", stopped=True)]

    both = Silent([("a", Echo("a")), ("b", Echo("b"))], OPTIONS, seed=1, show=Straight(io.StringIO()))
    both.say("x")
    assert both._now == [(user("x"), assistant("")), ()]


def test_control_characters_of_a_model_never_reach_the_terminal() -> None:
    both, out = talk(("m", Echo("\x1b[2J\x07")))
    both.say("x")
    assert out.getvalue() == "\\x1b[2J\\x07 x\n"


@pytest.mark.parametrize("models", [1, 2])
def test_what_is_no_terminal_gets_plain_lines(models: int) -> None:
    assert isinstance(new_show(io.StringIO(), models), Straight)


def test_columns_are_wrapped_to_half_the_width_and_keep_every_word() -> None:
    from rich.console import Console

    out = io.StringIO()
    show = Columns(Console(file=out, width=67, height=20, force_terminal=True, color_system=None))
    left, right = " ".join(f"l{n}" for n in range(40)), "short 面包店几点开门"
    show.begin(["one", "two"])
    show.grew(0, left[:9])
    show.end([Said(left), Said(right, stopped=True)])
    lines = out.getvalue().rpartition("one  ")[2].splitlines()[1:]
    cells = [line.split(" │ ") for line in lines if " │ " in line]
    assert " ".join(cell[0].strip() for cell in cells) == left
    assert "".join(cell[1] for cell in cells).strip() == f"{right} [stopped]"
    assert all(len(cell[0]) == 32 for cell in cells)
