"""What long work tells its caller; the terminal shows it, tests ignore it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Progress(Protocol):
    """Receives what long work has to tell."""

    def start(self, what: str, total: int) -> None:
        """A piece of work begins that counts up to `total`."""
        ...

    def advance(self, done: int, figures: Mapping[str, float]) -> None:
        """`done` of the total are finished; the figures are the latest loss, reward, KL ..."""
        ...

    def say(self, line: str) -> None:
        """One line worth keeping on the screen."""
        ...


class Silent:
    """A Progress that says nothing."""

    def start(self, what: str, total: int) -> None:
        """Nothing."""

    def advance(self, done: int, figures: Mapping[str, float]) -> None:
        """Nothing."""

    def say(self, line: str) -> None:
        """Nothing."""
