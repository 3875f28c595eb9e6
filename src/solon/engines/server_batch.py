"""Many requests to one server at once: as many under way as it bears, each made again until it is answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_random, wait_random_exponential

from solon.engines.calls import Answer, Attempt, Feed, Request
from solon.engines.concurrency import ConcurrencyLimit
from solon.engines.config import EngineConfig
from solon.engines.server_failures import Failure, failure_of
from solon.errors import EngineError
from solon.interfaces import OptionLogprobs, Sample, SampleRequest

_FIRST_WAIT_SECONDS = 0.25
_SHORT_WAIT = wait_random(0, _FIRST_WAIT_SECONDS)


class _AgainError(Exception):
    """An attempt failed, and another one may help."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.told)
        self.failure = failure


class Batch:
    """The requests of a feed, under way.

    Args:
        ask: one attempt at one request.
        limit: shared with earlier batches of the same server, so that what they found out is kept.
    """

    def __init__(
        self, ask: Callable[[Request], Awaitable[Answer]], feed: Feed, limit: ConcurrencyLimit, config: EngineConfig
    ) -> None:
        self._ask, self._feed, self._limit, self._config = ask, feed, limit, config
        self._tasks: set[asyncio.Task[None]] = set()
        self._num_active = 0
        self._last_answer = -1.0
        self._stuck: list[str] = []
        self._error: BaseException | None = None

    async def run(self) -> None:
        """Until the feed has none left and none is under way; see `ServerEngine.run`."""
        self._loop = asyncio.get_running_loop()
        self._over = self._loop.create_future()
        self._limit.begin()
        self._fill()
        try:
            await self._over
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._error is not None:
            raise self._error
        if self._stuck:
            raise EngineError(f"{len(self._stuck)} requests were not answered; {self._stuck[0]}")

    def end(self) -> None:
        """Give up what is under way."""
        if not self._over.done():
            self._over.set_result(None)

    def _fill(self) -> None:
        """Begin as many requests as there is room for."""
        while self._num_active < self._limit.value and (item := self._feed.take()) is not None:
            self._num_active += 1
            task = self._loop.create_task(self._answer(*item))
            self._tasks.add(task)
            task.add_done_callback(self._finished)
        if not self._tasks:
            self.end()

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled() or self._over.done():
            return
        if (error := task.exception()) is not None:
            self._error = self._error or error
            self.end()
            return
        try:
            self._fill()
        except BaseException as problem:  # of the feed: the caller is to see it
            self._error = problem
            self.end()

    async def _answer(self, index: int, request: Request) -> None:
        """Attempts at one request until it has an answer."""
        started = time.monotonic()
        retrying = AsyncRetrying(
            stop=stop_after_attempt(self._config.attempts),
            wait=self._wait_seconds,
            retry=retry_if_exception_type(_AgainError),
            reraise=True,
            before_sleep=self._rest,
        )
        try:
            async for attempt in retrying:
                with attempt:
                    # A request that waited takes its place again, even where that is one more than the limit.
                    self._num_active += attempt.retry_state.attempt_number > 1
                    await self._attempt(index, request)
        except _AgainError as error:
            self._num_active -= 1
            told = f"{request.name or f'request {index}'}: no answer in {self._config.attempts} attempts"
            self._stuck.append(f"{told}; the last one: {error.failure.outcome} {error}".strip())
            if self._last_answer < started:  # nothing else is answered either: the server is gone
                raise EngineError(self._stuck[-1]) from None

    async def _attempt(self, index: int, request: Request) -> None:
        began = time.monotonic()
        try:
            answer = await self._ask(request)
        except Exception as error:  # of any kind of the client's; what is none of the server's goes on below
            now = time.monotonic()
            if (failure := failure_of(error)) is None:
                raise
            if failure.overload:
                self._limit.ended(now, turned_away=True)
            if failure.again:
                self._feed.tell(Attempt(index, failure.outcome, now - began))
                raise _AgainError(failure) from None
            answer = _refused(request, failure)
        now = self._last_answer = time.monotonic()
        self._num_active -= 1
        self._limit.ended(now, turned_away=False)
        self._feed.tell(Attempt(index, "refused" if answer.failure else "done", now - began, answer))

    async def _rest(self, state: RetryCallState) -> None:
        """Before a wait: the place is free for another request."""
        self._num_active -= 1
        self._fill()

    def _wait_seconds(self, state: RetryCallState) -> float:
        """Random, so that requests do not come back all at once; growing only where the server is in trouble."""
        error = state.outcome.exception() if state.outcome else None
        failure = error.failure if isinstance(error, _AgainError) else None
        if failure is not None and failure.wait_seconds is not None:
            return failure.wait_seconds + _SHORT_WAIT(state)
        if failure is not None and not failure.trouble:
            return _SHORT_WAIT(state)
        longest = self._config.longest_wait_seconds
        return wait_random_exponential(multiplier=_FIRST_WAIT_SECONDS, max=longest)(state)


def _refused(request: Request, failure: Failure) -> Answer:
    told = f"the server refused it: {failure.outcome} {failure.told}"
    if isinstance(request, SampleRequest):
        return Sample("", False, 0, failure=told)
    return OptionLogprobs((), failure=told)
