"""The local engine as one that is fed: its calls can stand in a ledger too."""

from __future__ import annotations

import time
from typing import cast

from solon.engines.calls import Answer, Attempt, Feed, Request
from solon.interfaces import Engine, OptionRequest, SampleRequest

_SHARD_REQUESTS = 1024
"""Asked at once: enough to keep the engine's batch full, few enough that a kill loses little."""


class FedLocalEngine:
    """Implements `solon.engines.calls.FedEngine`; the seconds of a shard are told in equal parts.

    Args:
        identity: a hash of the weights and of what else decides its answers.
    """

    def __init__(self, engine: Engine, identity: str) -> None:
        self._engine, self.identity = engine, identity

    def run(self, feed: Feed) -> None:
        """Answer shard by shard."""
        while shard := self._shard(feed):
            began = time.monotonic()
            answers = self._answers([request for _, request in shard])
            seconds = (time.monotonic() - began) / len(shard)
            for (index, _), answer in zip(shard, answers, strict=True):
                feed.tell(Attempt(index, "done", seconds, answer))

    def _shard(self, feed: Feed) -> list[tuple[int, Request]]:
        shard: list[tuple[int, Request]] = []
        while len(shard) < _SHARD_REQUESTS and (item := feed.take()) is not None:
            shard.append(item)
        return shard

    def _answers(self, requests: list[Request]) -> list[Answer]:
        # A feed holds requests of one kind.
        if isinstance(requests[0], SampleRequest):
            return cast(list[Answer], self._engine.sample(cast(list[SampleRequest], requests)))
        return cast(list[Answer], self._engine.option_logprobs(cast(list[OptionRequest], requests)))
