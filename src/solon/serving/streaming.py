"""Answers as server-sent events, while they are written."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

from solon.serving.batching import Answer, Batcher, Wanted
from solon.serving.shapes import Shapes, refusal, usage

_END = "data: [DONE]\n\n"


class Stream:
    """The answers to several requests of one call, as they grow.

    Args:
        include_usage: end with an event that counts the tokens.
        num_prompts: how many of the requests have a prompt of their own.

    Raises:
        InputError: a request cannot be answered.
    """

    def __init__(
        self, batcher: Batcher, wanted: Sequence[Wanted], shapes: Shapes, *, include_usage: bool, num_prompts: int
    ) -> None:
        self._shapes, self._include_usage, self._num_prompts = shapes, include_usage, num_prompts
        self._with_logprobs = wanted[0].num_listed is not None
        self._loop = asyncio.get_running_loop()
        self._grown: asyncio.Queue[tuple[int, str | Answer | BaseException]] = asyncio.Queue()
        self._left = False
        self._count = len(wanted)
        for index, one in enumerate(wanted):
            self._submit(batcher, index, one)

    def _submit(self, batcher: Batcher, index: int, wanted: Wanted) -> None:
        def tell(what: str | Answer | BaseException) -> None:
            if not self._loop.is_closed():
                self._loop.call_soon_threadsafe(self._grown.put_nowait, (index, what))

        def hear(text: str) -> bool:
            tell(text)
            return self._left

        batcher.submit(wanted._replace(heard=hear)).add_done_callback(
            lambda done: tell(done.exception() or done.result())
        )

    async def lines(self) -> AsyncIterator[str]:
        """The events; whoever stops reading them stops the answers."""
        told = [""] * self._count
        begun: set[int] = set()
        answers: dict[int, Answer] = {}
        try:
            while len(answers) < self._count:
                index, what = await self._grown.get()
                if isinstance(what, BaseException):
                    yield _event(refusal(f"the answer failed ({type(what).__name__})", "server_error"))
                    return
                text = what if isinstance(what, str) else what.sample.text
                if len(text) > len(told[index]) and text.startswith(told[index]):
                    delta = self._shapes.delta(index, text[len(told[index]) :], first=index not in begun)
                    yield _event(self._shapes.piece([delta]))
                    told[index] = text
                    begun.add(index)
                if isinstance(what, Answer):
                    answers[index] = what
                    last = self._shapes.last(index, what, with_logprobs=self._with_logprobs)
                    yield _event(self._shapes.piece([last]))
            if self._include_usage:
                counted = usage([answers[index] for index in range(self._count)], self._num_prompts)
                yield _event(self._shapes.piece([], usage=counted))
            yield _END
        finally:
            self._left = True


def _event(body: dict[str, Any]) -> str:
    return f"data: {json.dumps(body, ensure_ascii=False)}\n\n"
