"""A server whose answers are heard while it writes them. Nothing here imports torch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import openai

from solon.engines.calls import Feed
from solon.engines.config import EngineConfig
from solon.engines.server import identity_of, key_or_variable
from solon.engines.server_failures import failure_of
from solon.engines.server_requests import BadAnswer, sample_body, token_counts
from solon.engines.streamed import Heard, attempt
from solon.errors import EngineError
from solon.interfaces import Sample, SampleRequest


class StreamedServer:
    """Implements `solon.engines.streamed.Streaming` over HTTP. Someone waits: a request is not asked many times.

    Args: as of `solon.engines.server.ServerEngine`.
    """

    heard: Heard

    def __init__(self, model: str, base_url: str, config: EngineConfig, *, key: str | None = None) -> None:
        self._model, self._config = model, config
        self.identity = identity_of(model, base_url, config)
        self._client = openai.OpenAI(
            base_url=base_url, api_key=key_or_variable(key), timeout=config.timeout_seconds, max_retries=2
        )

    def run(self, feed: Feed) -> None:
        """Answer requests one after another.

        Raises:
            EngineError: the server cannot be used, or does not answer.
        """
        while (item := feed.take()) is not None:
            number, request = item
            with attempt(feed, number) as answers:
                answers.append(self._answer(cast(SampleRequest, request)))

    def _answer(self, request: SampleRequest) -> Sample:
        try:
            return self._read(self._chunks(request))
        except Exception as error:  # what is none of the server's goes on below
            if (failure := failure_of(error)) is None:
                raise
            told = f"{failure.outcome} {failure.told}"
            if failure.again:
                raise EngineError(f"the server did not answer: {told}; ask again") from None
            return Sample("", False, 0, failure=f"the server refused it: {told}")

    def _chunks(self, request: SampleRequest) -> Iterator[Any]:
        path, body = sample_body(self._model, request, self._config)
        body |= {"stream": True, "stream_options": {"include_usage": True}}
        try:
            with self._client.post(
                path, body=body, cast_to=object, stream=True, stream_cls=openai.Stream[object]
            ) as chunks:
                yield from chunks
        except (openai.APIStatusError, openai.APIConnectionError):
            raise
        except Exception as error:  # within the stream: of the connection, of JSON, or what the server says went wrong
            raise BadAnswer(f"the answer broke off: {error}") from error

    def _read(self, chunks: Iterator[Any]) -> Sample:
        text, reason, counts = "", None, (0, 0)
        for chunk in chunks:
            if not isinstance(chunk, dict):
                raise BadAnswer("a piece of an answer that is no object")
            if chunk.get("usage"):
                counts = token_counts(chunk)
            for choice in chunk.get("choices") or ():
                reason = choice.get("finish_reason") or reason
                if piece := (choice.get("delta") or {}).get("content"):
                    text += piece
                    self.heard(text)
        if reason is None:
            raise BadAnswer("the answer broke off")
        if reason == "content_filter":
            return Sample("", False, *counts, failure="the server's content filter withheld the answer")
        return Sample(text, reason == "length", *counts)
