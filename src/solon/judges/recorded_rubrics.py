"""Rubrics and reference answers that stand in the labels of published sets."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import NamedTuple

from pydantic import ValidationError

from solon.data.quarantine import Unusable
from solon.judges.rubric import SCORES, Rubric

_PROMETHEUS = re.compile(
    r"\AReference Answer \(Score 5\):\s*\n(?P<reference>.*?)\n+###Score Rubrics:\n"
    r"\[(?P<criterion>.*?)\]\n(?P<scores>Score 1:.*?)\n+###Feedback:",
    re.DOTALL,
)
_SCORE = re.compile(r"^Score ([1-5]): ?(.*?)(?=^Score [1-5]:|\Z)", re.DOTALL | re.MULTILINE)


class RubricAndReference(NamedTuple):
    """What a response is scored by, and a good answer; the first None, the second empty where there is none."""

    rubric: Rubric | None
    reference: str


def rubric_of(labels: Mapping[str, str]) -> RubricAndReference:
    """What the labels of a prompt hold: Prometheus's text, Prometheus-Vision's object, or BiGGen-Bench's.

    Raises:
        Unusable: a rubric is there and cannot be read.
    """
    if "rubric" in labels and (told := _of_vision(labels["rubric"])) is not None:
        return RubricAndReference(told, labels.get("reference", ""))
    if "rubric" in labels:
        found = _PROMETHEUS.match(labels["rubric"])
        if found is None:
            raise Unusable("the rubric is not a reference answer, a criterion and five scores")
        scores = {int(score): text.strip() for score, text in _SCORE.findall(found["scores"])}
        return RubricAndReference(_rubric(found["criterion"], scores), found["reference"])
    if "score_rubric" in labels:
        told = json.loads(labels["score_rubric"])
        scores = {score: str(told.get(f"score{score}_description", "")) for score in SCORES}
        return RubricAndReference(_rubric(str(told.get("criteria", "")), scores), labels.get("reference_answer", ""))
    return RubricAndReference(None, labels.get("reference", ""))


def _of_vision(text: str) -> Rubric | None:
    """`{NAME: {Description, Scoring: {"1": ...}}}`; None of any other text."""
    try:
        told = json.loads(text)
        ((_, one),) = told.items()
        scores = {int(score): str(said) for score, said in one["Scoring"].items()}
        return _rubric(str(one["Description"]), scores)
    except (ValueError, AttributeError, TypeError, KeyError):
        return None


def _rubric(criterion: str, scores: dict[int, str]) -> Rubric:
    try:
        return Rubric(criterion=criterion, scores=scores)
    except ValidationError as error:
        raise Unusable(f"the rubric cannot be used: {error.errors()[0]['msg']}") from None
