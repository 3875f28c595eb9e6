"""Who answers, and where answers are kept."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

from solon.annotation import Skip
from solon.interfaces import Call
from solon.people.pay import Pay
from solon.people.questions import A, Question, answer_id


class Notebook(Protocol[A]):
    """Where answers are kept, of all annotators. What it was given outlives a kill of the process when it returns."""

    @property
    def answers(self) -> Mapping[str, A]:
        """Id -> the newest answer."""
        ...

    @property
    def skipped(self) -> Collection[str]:
        """The ids of what was ever skipped, even if it was answered later."""
        ...

    @property
    def money(self) -> float:
        """What all answers have cost so far."""
        ...

    def find(self, keys: Sequence[str]) -> Mapping[str, A]:
        """Key -> answer, of all that were ever given, here or elsewhere."""
        ...

    def keep(self, answer: A, call: Call) -> None:
        """Keep an answer; one with the same id is set aside for it."""
        ...

    def skip(self, skip: Skip, call: Call) -> None:
        """Keep that a question was skipped."""
        ...


class Annotator(NamedTuple):
    """Who answers, for what pay."""

    name: str
    pay: Pay = Pay()


def recover(questions: Sequence[Question[A]], notebook: Notebook[A], annotator: str, kind: str, *, seed: int) -> int:
    """Keep the newest answers that were given before and are not in the notebook; tells how many.

    A process that is killed after an answer was written down, and before it was kept, leaves such ones; so does a
    notebook that was removed.
    """
    waiting: dict[str, tuple[Question[A], int]] = {}
    for question in questions:
        here = notebook.answers.get(answer_id(annotator, question.prompt))
        revision = here.annotation.revision + 1 if here is not None and here.annotation is not None else 0
        waiting[question.key(annotator, revision)] = (question, revision)
    newest: dict[str, tuple[str, A]] = {}
    while found := notebook.find(list(waiting)):
        further: dict[str, tuple[Question[A], int]] = {}
        for key, (question, revision) in waiting.items():
            if key in found:
                newest[found[key].id] = (key, question.fit(found[key]))
                further[question.key(annotator, revision + 1)] = (question, revision + 1)
        waiting = further
    for key, answer in newest.values():
        notebook.keep(answer, Call(key, annotator, kind, seed, "reused"))
    return len(newest)
