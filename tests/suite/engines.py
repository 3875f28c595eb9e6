"""Engines with known answers, and what scorers are called with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from solon.constitution import load_constitution
from solon.interfaces import OptionLogprobs, OptionRequest, Sample, SampleRequest
from solon.progress import Silent
from solon.records import Message, user
from solon.suite.refusals import RefusalLabel
from solon.suite.task import Answer, Asking, Case, Instruments, Score

FAILS = "a server that refuses"
CONSTITUTION = Path(__file__).parents[2] / "constitutions" / "helpful-honest-harmless.yaml"


class Scripted:
    """Says what a function of the last words to it says, and weighs options by another; keeps what it was asked."""

    def __init__(
        self,
        says: Callable[[str], str] = lambda asked: asked,
        weighs: Callable[[str, str], float] = lambda asked, option: -1.0,
    ) -> None:
        self.says, self.weighs = says, weighs
        self.samples: list[SampleRequest] = []
        self.options: list[OptionRequest] = []

    def sample(self, requests: Sequence[SampleRequest]) -> list[Sample]:
        self.samples += requests
        texts = [self.says(request.messages[-1].content) for request in requests]
        return [Sample("", False, 0, failure=FAILS) if text == FAILS else Sample(text, False, 1) for text in texts]

    def option_logprobs(self, requests: Sequence[OptionRequest]) -> list[OptionLogprobs]:
        self.options += requests
        return [
            OptionLogprobs(tuple(self.weighs(_asked(request), option) for option in request.options))
            for request in requests
        ]


class SaidLabels:
    """A classifier of refusals that knows partial ones: a response is its own label, and others have none."""

    instrument = "classifier"
    tells_partial = True

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[RefusalLabel | None]:
        labels: Mapping[str, RefusalLabel] = {"full": "full", "partial": "partial", "none": "none"}
        return [labels.get(response) for _, response in pairs]


class Phrases:
    """Takes a response that says so in the first person for a refusal, and knows no partial ones."""

    instrument = "rule"
    tells_partial = False

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[RefusalLabel | None]:
        return [_declines(response) if response.strip() else None for _, response in pairs]


def _declines(response: str) -> RefusalLabel:
    said = response.replace("\u2019", "'").lower()
    return "full" if any(words in said for words in ("i cannot", "i can't", "i won't", "i'm sorry", "i am")) else "none"


def _asked(request: OptionRequest) -> str:
    return request.messages[-1].content if request.messages else request.prefill


def asking(engine: Scripted, **changes: object) -> Asking:
    plain = Asking(engine, 0, Silent(), load_constitution(CONSTITUTION))
    return plain._replace(**changes)  # type: ignore[arg-type]


def instruments(**changes: object) -> Instruments:
    return Instruments(Phrases(), 0, Silent())._replace(**changes)  # type: ignore[arg-type]


def case(question: str = "well?", *others: str, **fields: object) -> Case:
    asked = tuple((user(text),) for text in (question, *others))
    told: dict[str, object] = {"id": question, "asked": asked, "cluster": question, **fields}
    return Case.model_validate(told)


def answer(*responses: str | None, **fields: object) -> Answer:
    question = str(fields.pop("question", "well?"))
    return Answer(case=case(question, **fields), responses=responses)


def weighed(logprobs: Mapping[str, float | None], right: Sequence[str] = (), **fields: object) -> Answer:
    told = case("well?", options=tuple(logprobs), right=tuple(right), **fields)
    return Answer(case=told, logprobs=tuple(logprobs.values()))


def values(scores: Sequence[Score]) -> dict[str, bool | float | None]:
    return {score.name: score.value for score in scores}


def turns(*texts: str) -> tuple[Message, ...]:
    return tuple(user(text) for text in texts)
