"""Whether a response declines, for scorers that count it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from solon.evaluation.refusals.classify import INSTRUMENT, classify

RefusalLabel = Literal["full", "partial", "none"]


class Refusals(Protocol):
    """Tells refusals of (prompt, response) pairs."""

    @property
    def instrument(self) -> str:
        """What scores name."""
        ...

    @property
    def tells_partial(self) -> bool:
        """Whether it knows partial refusals; scores about them are absent where it does not."""
        ...

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[RefusalLabel | None]:
        """The label of each pair, in order; None where it has none to give."""
        ...


def open_refusals() -> Refusals:
    """The instrument that the tasks use."""
    return ClassifiedRefusals()


class ClassifiedRefusals:
    """The classifier of `solon refusals`, whose labels are those of XSTest's annotators. English alone.

    An empty response, and one in another language, has no label.
    """

    instrument = INSTRUMENT
    tells_partial = True

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[RefusalLabel | None]:
        """The likeliest label of each pair."""
        return [found.label for found in classify([prompt for prompt, _ in pairs], [text for _, text in pairs])]
