"""Engines whose answers are heard while they are written, one at a time, and stand in the ledger like all calls."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, cast

from solon.engines.accounted import AccountedEngine
from solon.engines.calls import Answer, Attempt, Feed
from solon.interfaces import Sample, SampleRequest

if TYPE_CHECKING:
    from solon.engines.local import LocalEngine

Heard = Callable[[str], None]
"""Is given the text of an answer whenever it has grown; what it raises ends the answer."""


class Streaming(Protocol):
    """A FedEngine that tells of each answer while it is written."""

    heard: Heard

    @property
    def identity(self) -> str:
        """Two engines of one identity give one answer to one request."""
        ...

    def run(self, feed: Feed) -> None:
        """Answer requests one after another."""
        ...


class StreamedEngine:
    """Answers one request at a time, from the ledger where the answer stands there.

    Args:
        account: the engine as one whose calls all stand in a ledger.
    """

    def __init__(self, engine: Streaming, account: Callable[[Streaming], AccountedEngine]) -> None:
        self._engine, self._accounted = engine, account(engine)

    def answer(self, request: SampleRequest, heard: Heard) -> Sample:
        """The answer; `heard` is called on the way, and not at all where the ledger has it.

        Raises:
            EngineError: a server does not answer.
            BudgetError, InputError: as all engines.
        """
        self._engine.heard = heard
        return self._accounted.sample([request])[0]


class StreamedLocal:
    """Implements `Streaming` over the local engine."""

    heard: Heard

    def __init__(self, engine: LocalEngine, identity: str) -> None:
        self._engine, self.identity = engine, identity

    def run(self, feed: Feed) -> None:
        """Answer requests one after another."""
        while (item := feed.take()) is not None:
            number, request = item
            with attempt(feed, number) as answers:
                rows = self._engine.stream([cast(SampleRequest, request)], [self._told])
                answers.append(rows[0].sample)

    def _told(self, text: str) -> bool:
        self.heard(text)
        return False


@contextmanager
def attempt(feed: Feed, number: int) -> Iterator[list[Answer]]:
    """Tell the feed of one attempt: of the answer that the block puts into the list, or that it was broken off."""
    began, answers = time.monotonic(), list[Answer]()
    try:
        yield answers
    except BaseException:
        feed.tell(Attempt(number, "stopped", time.monotonic() - began))
        raise
    answer = answers[0]
    feed.tell(Attempt(number, "refused" if answer.failure else "done", time.monotonic() - began, answer))
