"""What an evaluation task is made of.

A case is one or several conversations that belong together (both sides of a stance, one question in several frames),
so that every score is about one case and every rate a mean over cases.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from pydantic import Field

from solon.constitution import Constitution
from solon.data.fields import prompt_id
from solon.data.quarantine import QuarantineWriter
from solon.interfaces import Engine, Sampler
from solon.progress import Progress
from solon.records import Message, Prompt, Record
from solon.suite.refusals import Refusals


class Case(Record):
    """What is asked, and what a good answer would be."""

    id: str
    asked: tuple[tuple[Message, ...], ...]
    """Conversations, each of them answered. An empty one stands for plain text, which `begun` begins."""
    begun: str = ""
    """The first words of the answer, given to it."""
    options: tuple[str, ...] = ()
    """What is chosen among; none where the answer is written."""
    right: tuple[str, ...] = ()
    """Right options, or answers that count as right."""
    category: str = ""
    """What rates are told apart by; empty where the set has none."""
    cluster: str
    """Cases of one cluster rise and fall together, and are drawn together for an interval."""
    labels: Mapping[str, str] = Field(default_factory=dict)
    """What else the scorer needs of the set."""

    @property
    def question(self) -> str:
        """The last words to the model in the first conversation."""
        return self.asked[0][-1].content if self.asked[0] else self.begun


class Answer(Record):
    """What a model made of a case."""

    case: Case
    responses: tuple[str | None, ...] = ()
    """Of each conversation in turn its draws; None where the engine gave none."""
    logprobs: tuple[float | None, ...] = ()
    """Of the options, in nats; None where the engine knows none."""
    note: str = ""
    """Why something is missing, or how log-probabilities were found where they are not exact."""


class Score(Record):
    """One thing measured of one case. A question that does not arise for a case has no score."""

    name: str
    value: bool | float | None = None
    """None: it arises, and could not be measured (`unscored`)."""
    explanation: str = ""
    instrument: str
    """What measured it: rule, classifier, judge, exact (a fixed answer), logprobs."""


class Scored(Answer):
    """A row of DIR/TASK.jsonl."""

    scores: tuple[Score, ...] = ()


class Asking(NamedTuple):
    """What a solver may use."""

    engine: Engine
    seed: int
    progress: Progress
    constitution: Constitution
    max_new_tokens: int | None = None
    """In place of what each task asks for."""


class Instruments(NamedTuple):
    """What a scorer may use."""

    refusals: Refusals
    seed: int
    progress: Progress
    judge: Sampler | None = None
    """Scores that need one are absent without it."""


Reader = Callable[[Path, QuarantineWriter], list[Case]]
Solver = Callable[[Sequence[Case], Asking, str], list[Answer]]
"""(cases, what it may use, the task's name for the display) -> one answer per case, in order."""
Scorer = Callable[[Sequence[Answer], Instruments], list[list[Score]]]
"""The scores of each answer, in order."""


class Task(NamedTuple):
    """One evaluation."""

    name: str
    measures: str
    files: tuple[str, ...]
    """Below `$SOLON_DATA/data`."""
    read: Reader
    solve: Solver
    score: Scorer
    headline: str
    """The score that is told first."""
    source: str
    """The set's paper, and the metric's where it has another."""
    exact_logprobs: bool = False
    """Whether it needs log-probabilities of whole texts, which only a model of this machine gives."""


def case_of(prompt: Prompt, *, category: str = "", cluster: str = "") -> Case:
    """The case of a prompt, named by its text; its labels go with it."""
    name = prompt_id(prompt.messages)  # a set's own numbers may stand in another file of the same task
    return Case(
        id=name, asked=(prompt.messages,), category=category, cluster=cluster or name, labels=prompt.labels
    )  # fmt: skip
