"""An event loop in a thread of its own: synchronous callers ask, whether or not a loop runs in their thread."""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_CLOSING_SECONDS = 5.0


class LoopThread:
    """Runs coroutines until it is closed, collected, or the process ends; then `at_end` is awaited."""

    def __init__(self, at_end: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._loop = _new_loop()
        self._thread = threading.Thread(target=_serve, args=(self._loop, at_end), daemon=True, name="solon-loop")
        self._thread.start()
        self.close = weakref.finalize(self, _close, self._loop, self._thread)

    def run(self, work: Coroutine[Any, Any, T], interrupt: Callable[[], None] = lambda: None) -> T:
        """The result of a coroutine; at Ctrl-C `interrupt` is called in the loop, and the coroutine's end awaited."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except KeyboardInterrupt:
            self._loop.call_soon_threadsafe(interrupt)
            future.exception()
            raise


def _serve(loop: asyncio.AbstractEventLoop, at_end: Callable[[], Coroutine[Any, Any, None]]) -> None:
    loop.run_forever()
    loop.run_until_complete(at_end())
    loop.close()


def _close(loop: asyncio.AbstractEventLoop, thread: threading.Thread) -> None:
    # The collector may call this in any thread, in the loop's own too.
    loop.call_soon_threadsafe(loop.stop)
    if threading.current_thread() is not thread:
        thread.join(_CLOSING_SECONDS)


def _new_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ImportError:  # there is none for this platform
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
