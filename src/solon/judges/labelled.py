"""What people said of the things a judge is tested on."""

from __future__ import annotations

from typing import Literal, NamedTuple

from solon.judges.reading import ChoiceCase, PairCase, ResponseCase

Truth = Literal["a", "b", "tie"]


class LabelledPair(NamedTuple):
    """A pair and which response is better."""

    case: PairCase
    truth: Truth
    category: str
    cluster: str
    """Pairs of one prompt rise and fall together."""
    generators: tuple[str, str] | None = None
    """Who wrote A and who B, where the set tells."""

    @property
    def losing(self) -> Literal["a", "b"] | None:
        """The side that people did not prefer; None of a tie."""
        return {"a": "b", "b": "a"}.get(self.truth)  # type: ignore[return-value]


class LabelledResponse(NamedTuple):
    """A response with a score or a class."""

    case: ResponseCase
    truth: float | str
    category: str
    cluster: str


class LabelledChoice(NamedTuple):
    """A question with options and the number of the right one, from 0."""

    case: ChoiceCase
    truth: int
    category: str
    cluster: str


class LabelledSet(NamedTuple):
    """All cases of one file; exactly one of the three is not empty."""

    pairs: list[LabelledPair]
    responses: list[LabelledResponse]
    choices: list[LabelledChoice]
