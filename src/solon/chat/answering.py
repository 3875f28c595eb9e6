"""Several models answer at once, each in a thread of its own, until they are done or Ctrl-C is pressed."""

from __future__ import annotations

import queue
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import NamedTuple, Protocol

from solon.errors import SolonError
from solon.interfaces import Sample, SampleRequest

_POLL_SECONDS = 0.05


class Answerer(Protocol):
    """A model that is heard while it answers."""

    def answer(self, request: SampleRequest, heard: Callable[[str], None]) -> Sample:
        """The answer; `heard` is given its text as it grows, and what it raises ends it."""
        ...


class Said(NamedTuple):
    """What came of one request."""

    text: str
    stopped: bool = False
    """By Ctrl-C."""
    problem: str = ""
    """Why there is no answer."""


class _Stopped(Exception):
    """Raised within an answer that is not wanted any more."""


def answer_together(
    models: Sequence[Answerer], requests: Sequence[SampleRequest], grew: Callable[[int, str], None]
) -> list[Said]:
    """What each model says to its request; `grew(index, text so far)` is called in this thread.

    Ctrl-C stops all answers, and what was said stays; pressed once more it is a KeyboardInterrupt.
    """
    heard: queue.SimpleQueue[tuple[int, str]] = queue.SimpleQueue()
    found: list[Said | BaseException] = [Said("")] * len(models)
    stop = threading.Event()

    def work(index: int) -> None:
        so_far = ""

        def hear(text: str) -> None:
            nonlocal so_far
            so_far = text
            heard.put((index, text))
            if stop.is_set():
                raise _Stopped

        try:
            sample = models[index].answer(requests[index], hear)
            found[index] = Said(sample.text, problem=sample.failure)
        except _Stopped:
            found[index] = Said(so_far, stopped=True)
        except SolonError as error:
            found[index] = Said(so_far, problem=str(error))
        except BaseException as error:  # of a thread nobody would see it
            found[index] = error

    threads = [threading.Thread(target=work, args=(index,), daemon=True) for index in range(len(models))]
    with _interrupts_set(stop):
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads) or not heard.empty():
            try:
                grew(*heard.get(timeout=_POLL_SECONDS))
            except queue.Empty:
                continue
    for one in found:
        if isinstance(one, BaseException):
            raise one
    return [one for one in found if isinstance(one, Said)]


@contextmanager
def _interrupts_set(stop: threading.Event) -> Iterator[None]:
    """Within the block the first SIGINT sets the event."""

    def handle(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    before = signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
