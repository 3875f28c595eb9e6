"""What is asked: questions, one visit at each, and the keys that the ledger knows them by."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol, TypeVar

from solon.annotation import Annotation, ShownPrinciple
from solon.people.page import Block
from solon.people.terminal import Terminal
from solon.records import Prompt


class Answer(Protocol):
    """A record that a person gave."""

    @property
    def id(self) -> str:
        """ANNOTATOR/PROMPT-ID."""
        ...

    @property
    def annotation(self) -> Annotation | None:
        """How it was given."""
        ...


A = TypeVar("A", bound=Answer)
A_co = TypeVar("A_co", bound=Answer, covariant=True)

Finish = Callable[[Annotation], A]
"""Makes the record of an answer that was taken."""


class Visit(Protocol[A_co]):
    """One showing of a question."""

    def blocks(self) -> list[Block]:
        """What is shown."""
        ...

    def take(self, line: str, terminal: Terminal) -> Finish[A_co] | None:
        """The answer that a line gives or begins; None where it gives none, and the person was told why."""
        ...


class Question(Protocol[A]):
    """Something to ask a person."""

    @property
    def prompt(self) -> Prompt:
        """What it is about."""
        ...

    def key(self, annotator: str, revision: int) -> str:
        """Hash of the annotator, of all that is shown, and of how often it was answered before."""
        ...

    def annotation(self, told: Annotation) -> Annotation:
        """The annotation with what this question shows."""
        ...

    def visit(self, earlier: A | None) -> Visit[A]:
        """A showing of it, to a person who gave the earlier answer."""
        ...

    def summary(self, answer: A) -> str:
        """What was answered, in a few words."""
        ...

    def is_answered_by(self, answer: A) -> bool:
        """Whether the answer is one to this question, and to no other with the same prompt id."""
        ...

    def fit(self, answer: A) -> A:
        """An answer of the ledger as one to this question, whose rows may have other ids now."""
        ...


class Principle(NamedTuple):
    """A principle as people read it."""

    id: str
    hash: str
    text: str


class Task(NamedTuple):
    """What people do."""

    kind: str
    """As the ledger names it."""
    asks: str
    """What stands before the line that is typed."""
    help: str


COMMANDS = """s  skip this one (kept as skipped)     n  add a note to the answer
b  back to the one before             q  quit; the same command goes on from here
?  this help"""


def answer_id(annotator: str, prompt: Prompt) -> str:
    """The id of an annotator's answer to a prompt."""
    return f"{annotator}/{prompt.id}"


def principle_blocks(principles: Sequence[Principle]) -> list[Block]:
    """The principles as they are shown."""
    return [Block("principle", f"{one.id}: {one.text}") for one in principles]


def shown_principles(principles: Sequence[Principle]) -> tuple[ShownPrinciple, ...]:
    """The principles as they are recorded."""
    return tuple(ShownPrinciple(id=one.id, hash=one.hash) for one in principles)


def question_key(kind: str, annotator: str, prompt: Prompt, shown: Sequence[object], revision: int) -> str:
    """The sha256 of who is asked what; `shown` holds JSON values. Each further answer to it has a key of its own."""
    turns = [turn.model_dump_json(exclude_defaults=True) for turn in prompt.messages]
    told = [kind, annotator, prompt.id, turns, prompt.tools, shown, *([revision] if revision else [])]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
