"""Any server that speaks the OpenAI API: vLLM, SGLang, llama.cpp, hosted models. Nothing here imports torch."""

from __future__ import annotations

import os
from typing import Any

import openai
from openai import AsyncOpenAI, DefaultAioHttpClient

from solon.engines.calls import Answer, Feed, Request
from solon.engines.concurrency import ConcurrencyLimit
from solon.engines.config import EngineConfig
from solon.engines.loop_thread import LoopThread
from solon.engines.server_batch import Batch
from solon.engines.server_options import read_options
from solon.engines.server_requests import option_body, read_sample, sample_body
from solon.interfaces import SampleRequest

KEY_VARIABLE = "OPENAI_API_KEY"
_FIRST_LIMIT = 32
"""Calls under way at once when nothing is known of a server."""


class ServerEngine:
    """Implements `solon.engines.calls.FedEngine` over HTTP.

    Attempts that fail for a passing reason are made again, after growing random waits; what a server refuses for good
    (a request that it cannot read, a content filter) is an answer with a `failure`.

    Args:
        model: as the server calls it.
        base_url: up to and with `/v1`.
        key: None takes `$OPENAI_API_KEY`; servers of one's own need none.
    """

    def __init__(
        self, model: str, base_url: str, config: EngineConfig | None = None, *, key: str | None = None
    ) -> None:
        self._model, self._config = model, config or EngineConfig()
        self.identity = identity_of(model, base_url, self._config)
        self._limit = ConcurrencyLimit(start=_FIRST_LIMIT, most=self._config.concurrency)
        self._client = _connect(base_url, key_or_variable(key), self._config)
        self._thread = LoopThread(self._client.close)  # connections stay open between batches

    def run(self, feed: Feed) -> None:
        """Answer requests until the feed has none left and none is under way.

        Raises:
            EngineError: the server cannot be used, or one request failed in all its attempts.
        """
        batch = Batch(self.ask, feed, self._limit, self._config)
        self._thread.run(batch.run(), batch.end)

    async def ask(self, request: Request) -> Answer:
        """One attempt at one request; exceptions of the client and `BadAnswer` where it fails."""
        if isinstance(request, SampleRequest):
            path, body = sample_body(self._model, request, self._config)
            return read_sample(await self._post(path, body), request, self._config)
        body = option_body(self._model, request, self._config)
        return read_options(await self._post("/chat/completions", body), request.options)

    def close(self) -> None:
        """Close the connections; the end of the process does so too."""
        self._thread.close()

    async def _post(self, path: str, body: dict[str, Any]) -> Any:
        # `object` leaves the answer as parsed JSON: building the client's models nearly doubles the time of a call.
        return await self._client.post(path, body=body, cast_to=object)


def identity_of(model: str, base_url: str, config: EngineConfig) -> str:
    """A server's model, with what an answer depends on beside the request."""
    return f"openai:{model}@{base_url.rstrip('/')} {config.prefill} {config.top_logprobs}"


def key_or_variable(key: str | None) -> str:
    """The key, or what `$OPENAI_API_KEY` holds; servers of one's own need none."""
    return key or os.environ.get(KEY_VARIABLE) or "none"


def _connect(base_url: str, key: str, config: EngineConfig) -> AsyncOpenAI:
    most, seconds = config.concurrency, config.timeout_seconds
    limits = type(openai.DEFAULT_CONNECTION_LIMITS)(max_connections=most, max_keepalive_connections=most)
    http = DefaultAioHttpClient(limits=limits, timeout=seconds)
    return AsyncOpenAI(base_url=base_url, api_key=key, max_retries=0, timeout=seconds, http_client=http)
