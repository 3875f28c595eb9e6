"""Answers on the screen while they grow: two columns in a terminal that is wide enough, else one after the other.

Control characters that a model wrote are shown as escapes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TextIO

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.live import Live
from rich.text import Text

from solon.chat.answering import Said
from solon.people.page import wrapped
from solon.people.visible import visible

NARROWEST = 30
"""Columns that each of two answers needs."""
_BETWEEN = " │ "
_LINES_PER_SECOND = 12


class Show(Protocol):
    """Where answers appear."""

    together: bool
    """Whether all models answer at once; else each is asked when the one before it is done."""

    def begin(self, names: Sequence[str]) -> None:
        """These models answer now."""
        ...

    def grew(self, index: int, text: str) -> None:
        """The text so far of the answer of one of them."""
        ...

    def end(self, said: Sequence[Said]) -> None:
        """What all of them said."""
        ...


def new_show(out: TextIO, num_models: int) -> Show:
    """What fits the output and the number of models."""
    console = Console(file=out, highlight=False)
    wide = console.is_terminal and console.width >= 2 * NARROWEST + len(_BETWEEN)
    return Columns(console) if num_models == 2 and wide else Straight(out)


class Straight:
    """Text as it comes, of one model after the other, with their names where there are several."""

    together = False

    def __init__(self, out: TextIO) -> None:
        self._out, self._shown = out, ""

    def begin(self, names: Sequence[str]) -> None:
        """One name, or none where it need not be said."""
        self._shown = ""
        self._write("".join(f"{name}: " for name in names))

    def grew(self, index: int, text: str) -> None:
        """Write what is new."""
        self._write(visible(text[len(self._shown) :]))
        self._shown = text

    def end(self, said: Sequence[Said]) -> None:
        """Write what is left of the answer, and its end."""
        for one in said:
            self.grew(0, one.text if one.text.startswith(self._shown) else self._shown)
            self._write(f"{_mark(one)}\n")

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()


class Columns:
    """Two answers side by side. While they grow their last lines are shown; in the end all of them stay."""

    together = True

    def __init__(self, console: Console) -> None:
        self._console, self._names, self._texts = console, [""], [""]
        self._live: Live | None = None

    def begin(self, names: Sequence[str]) -> None:
        """Two names."""
        self._names, self._texts = list(names), [""] * len(names)
        self._live = Live(
            get_renderable=lambda: self._page(last_lines=max(self._console.height - 2, 1)),
            console=self._console, transient=True, refresh_per_second=_LINES_PER_SECOND,
        )  # fmt: skip
        self._live.start()

    def grew(self, index: int, text: str) -> None:
        """Shown with the next refresh."""
        self._texts[index] = text

    def end(self, said: Sequence[Said]) -> None:
        """Take away what moved, and print what stays."""
        if self._live is not None:
            self._live.stop()
        self._texts = [one.text + _mark(one) for one in said]
        self._console.print(self._page())

    def _page(self, last_lines: int | None = None) -> Text:
        width = (self._console.width - len(_BETWEEN)) // 2
        left, right = (wrapped(text, width) for text in self._texts)
        rows = max(len(left), len(right))
        lines = [
            _row(self._names[0], self._names[1], width),
            *(_row(_at(left, n), _at(right, n), width) for n in range(rows)),
        ]
        return Text("\n".join(lines[-last_lines:] if last_lines else lines), no_wrap=True, overflow="crop")


def _row(left: str, right: str, width: int) -> str:
    left, right = left.replace("\t", " "), right.replace("\t", " ")
    return f"{set_cell_size(left, width)}{_BETWEEN}{right if cell_len(right) <= width else set_cell_size(right, width)}"


def _at(lines: Sequence[str], number: int) -> str:
    return lines[number] if number < len(lines) else ""


def _mark(said: Said) -> str:
    """What is said of an answer behind it."""
    if said.problem:
        return f"{' ' if said.text else ''}[no answer: {visible(said.problem)}]"
    return f"{' ' if said.text else ''}[stopped]" if said.stopped else ""
