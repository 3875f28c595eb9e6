"""A terminal at which lines are typed that stand in a list, and time passes as it says."""

from collections.abc import Callable

from solon.annotation import Annotation
from solon.people.terminal import LineError, Terminal

TOLD = Annotation(annotator="ann", key="k", seconds=1.0)


class Typed:
    """Gives the lines, then the end of input; an exception in their place is raised.

    Args:
        seconds: what each line takes.
    """

    def __init__(self, *lines: str | Exception, seconds: float = 1.0, edit: Callable[[str], str] | None = None) -> None:
        self.left, self.shown, self.now = list(lines), "", 0.0
        self._seconds = seconds
        self.terminal = Terminal(self._read, self._write, lambda: self.now, lambda: 60, edit or self._no_editor)

    def _read(self, prompt: str) -> str:
        self.shown += prompt
        if not self.left:
            raise EOFError
        self.now += self._seconds
        line = self.left.pop(0)
        if isinstance(line, Exception):
            raise line
        return line

    def _write(self, text: str) -> None:
        self.shown += text

    @staticmethod
    def _no_editor(text: str) -> str:
        raise LineError("there is no editor")
