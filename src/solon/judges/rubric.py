"""What a response is scored by: a criterion and what each score from 1 to 5 means."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from solon.constitution.marked_yaml import located, read_yaml
from solon.constitution.schema import PlacedError

SCORES = (1, 2, 3, 4, 5)


class Rubric(BaseModel):
    """A criterion with five described scores.

    Source: the form of Kim et al. 2024, arXiv:2405.01535 (Prometheus 2).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    criterion: str = Field(min_length=1)
    """What is asked of the response, as a question."""
    scores: dict[int, str]
    """What each of the scores 1 to 5 means."""

    @field_validator("scores")
    @classmethod
    def _every_score_is_described(cls, scores: dict[int, str]) -> dict[int, str]:
        if set(scores) != set(SCORES):
            raise ValueError(f"describe the scores 1 to 5, each once; there are {sorted(scores)}")
        for score, text in scores.items():
            if not text.strip():
                raise PlacedError(f"the description of score {score} is empty; say what earns it", score)
        return scores

    @property
    def text(self) -> str:
        """The rubric as a judge reads it."""
        return "\n".join([f"[{self.criterion}]", *(f"Score {score}: {self.scores[score]}" for score in SCORES)])


QUALITY = Rubric(
    criterion="How well does the response do what the user asked, correctly, completely and clearly?",
    scores={
        1: "It misses what was asked, or what it says is wrong throughout.",
        2: "It touches on what was asked, with serious errors or gaps.",
        3: "It does the main part, with some errors, gaps or unclear places.",
        4: "It does what was asked, with slight shortcomings.",
        5: "It does all that was asked, correctly and clearly, with nothing to add or to leave out.",
    },
)
"""For responses that bring no rubric of their own."""


def load_rubric(path: Path | str) -> Rubric:
    """Read a rubric from a YAML file with `criterion` and `scores` (1 to 5).

    Raises:
        InputError: the file is missing or not YAML, or a key is unknown, missing or does not fit; with file and line.
    """
    source = read_yaml(Path(path))
    try:
        return Rubric.model_validate(source.data)
    except ValidationError as error:
        raise located(error, source) from None
