"""The terminal as the loop sees it: four callables, so that it runs without one."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from solon.people.visible import first_control


class LineError(Exception):
    """Raised by what reads a line that cannot be taken, with the reason; it is asked for again."""


class Terminal(NamedTuple):
    """Where questions are shown and lines come from."""

    read_line: Callable[[str], str]
    """Shows a prompt and gives the line typed, without its end. Raises EOFError at the end, LineError."""
    write: Callable[[str], None]
    clock: Callable[[], float]
    """Seconds that only grow."""
    width: Callable[[], int]
    """Columns."""
    edit: Callable[[str], str]
    """Lets the person edit a text with an editor of theirs. Raises LineError."""

    def say(self, line: str) -> None:
        """Write one line of ours."""
        self.write(f"{line}\n")

    def line(self, prompt: str) -> str:
        """A line of text; one with control characters in it, as an arrow key leaves them, is asked for again.

        Raises:
            EOFError: there is none any more.
        """
        while True:
            try:
                return check_typed(self.read_line(prompt))
            except LineError as problem:
                self.say(f"{problem}; the line was not taken, type it again")


def check_typed(text: str) -> str:
    """The text, if a person can have meant every character of it.

    Raises:
        LineError: it holds a control character.
    """
    place = first_control(text)
    if place is not None:
        raise LineError(f"character {place + 1} is a control character, perhaps of an arrow key")
    return text
