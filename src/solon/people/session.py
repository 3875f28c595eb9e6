"""Where a person stands in a list of questions. No input, no output, no clock."""

from __future__ import annotations

from collections.abc import Collection


class Session:
    """A cursor over questions of which some are done.

    Args:
        num_questions: all of them, done ones too.
        closed: the numbers (from 0) of those that need not be asked.
    """

    def __init__(self, num_questions: int, closed: Collection[int]) -> None:
        self._is_open = [number not in closed for number in range(num_questions)]
        self._seconds: dict[int, float] = {}
        self.notes: dict[int, str] = {}
        """Number of a question -> the note for its next answer."""
        self.current = self._next_from(0)
        """The number of the question to ask; None where all are closed."""

    @property
    def num_open(self) -> int:
        """Questions that wait."""
        return sum(self._is_open)

    def back(self) -> bool:
        """Go to the question before, whether it is closed or not; False where there is none."""
        if not self.current:
            return False
        self.current -= 1
        return True

    def close(self) -> None:
        """The current question is done: go on to the next open one. None before it is: the cursor passes none over."""
        if self.current is not None:
            self._is_open[self.current] = False
            self.notes.pop(self.current, None)
            self.current = self._next_from(self.current)

    def spend(self, seconds: float) -> None:
        """Count time on the current question, which may be left and come back to."""
        if self.current is not None:
            self._seconds[self.current] = self._seconds.get(self.current, 0.0) + seconds

    def take_seconds(self) -> float:
        """The time on the current question since it was last asked for."""
        return self._seconds.pop(self.current, 0.0) if self.current is not None else 0.0

    def _next_from(self, number: int) -> int | None:
        return next((one for one in range(number, len(self._is_open)) if self._is_open[one]), None)
