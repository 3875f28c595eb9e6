"""The endpoints: /v1/chat/completions, /v1/completions, /v1/models, /health."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response, StreamingResponse
from starlette.exceptions import HTTPException

from solon.errors import InputError
from solon.serving.batching import Answer, Batcher, Wanted
from solon.serving.bodies import Body, ChatBody, CompletionBody
from solon.serving.shapes import Shapes, refusal
from solon.serving.streaming import Stream

_LOG = logging.getLogger("uvicorn.error")


def new_app(batcher: Batcher, name: str, *, key: str | None = None) -> FastAPI:
    """The application.

    Args:
        name: what the model is called.
        key: who asks must send it as bearer token; None lets everyone ask.
    """
    app = FastAPI(title="Solon", docs_url=None, redoc_url=None, openapi_url=None)
    serving = _Serving(batcher, name)

    @app.middleware("http")
    async def guard(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
        given = request.headers.get("authorization", "").removeprefix("Bearer ").encode()
        if key and request.url.path != "/health" and not secrets.compare_digest(given, key.encode()):
            told = refusal("a key is needed: send it as Authorization: Bearer KEY", "authentication_error")
            return JSONResponse(told, 401)
        return await go_on(request)

    @app.exception_handler(RequestValidationError)
    async def unreadable(_: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"] if part != "body") or "body"
        told = "not known here, or not done here; leave it out" if first["type"] == "extra_forbidden" else first["msg"]
        return JSONResponse(refusal(f"{field}: {told}", param=field), 400)

    @app.exception_handler(InputError)
    async def unanswerable(_: Request, error: InputError) -> JSONResponse:
        return JSONResponse(refusal(str(error)), 400)

    @app.exception_handler(HTTPException)
    async def elsewhere(request: Request, error: HTTPException) -> JSONResponse:
        known = "/v1/chat/completions, /v1/completions, /v1/models, /health"
        told = f"{request.method} {request.url.path}: {error.detail}; there are {known}"
        return JSONResponse(refusal(told), error.status_code)

    @app.exception_handler(_FailedError)
    async def failed(_: Request, error: _FailedError) -> JSONResponse:
        return JSONResponse(refusal(f"the answer failed ({error}); the server's log has the rest", "server_error"), 500)

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/v1/models")
    async def models() -> dict[str, Any]:
        context = batcher.model.context_tokens
        one = {"id": name, "object": "model", "created": 0, "owned_by": "solon", "max_model_len": context}
        return {"object": "list", "data": [one]}

    app.post("/v1/chat/completions", response_model=None)(serving.chat)
    app.post("/v1/completions", response_model=None)(serving.complete)
    return app


class _FailedError(Exception):
    """A batch could not be computed; whose fault that is, the log tells."""


class _Serving:
    def __init__(self, batcher: Batcher, name: str) -> None:
        self._batcher, self._name = batcher, name
        self._template = batcher.model.template
        self._texts = self._template.token_texts()

    async def chat(self, body: ChatBody) -> Response:
        """Answer a conversation."""
        if (unknown := self._unknown(body)) is not None:
            return unknown
        messages, prefill = body.conversation()
        room = self._batcher.model.context_tokens - len(self._template.prompt_ids(messages, prefill))
        limit = body.limit or max(room, 1)
        wanted = [Wanted(one, body.num_listed) for one in body.sample_requests(messages, prefill, limit)]
        shapes = Shapes("chat.completion", self._name, self._texts)
        if body.stream:
            return self._streamed(body, wanted, shapes, 1)
        answers = await self._answers(wanted)
        choices = [shapes.message(n, one, with_logprobs=body.logprobs) for n, one in enumerate(answers)]
        return JSONResponse(shapes.whole(answers, choices, 1))

    async def complete(self, body: CompletionBody) -> Response:
        """Go on with a text."""
        if (unknown := self._unknown(body)) is not None:
            return unknown
        wanted = [
            Wanted(one, body.logprobs, of_prompt=body.echo)
            for prompt in body.prompts
            for one in body.sample_requests((), prompt, body.max_tokens)
        ]
        shapes = Shapes("text_completion", self._name, self._texts)
        with_logprobs = body.logprobs is not None
        if body.stream:
            return self._streamed(body, wanted, shapes, len(body.prompts))
        answers = await self._answers(wanted)
        choices = [
            shapes.text(n, one, wanted[n].request.prefill if body.echo else "", with_logprobs=with_logprobs)
            for n, one in enumerate(answers)
        ]
        return JSONResponse(shapes.whole(answers, choices, len(body.prompts)))

    def _unknown(self, body: Body) -> JSONResponse | None:
        if body.model == self._name:
            return None
        told = f"there is no model {body.model!r} here; this server has {self._name!r}"
        return JSONResponse(refusal(told, param="model", code="model_not_found"), 404)

    async def _answers(self, wanted: list[Wanted]) -> list[Answer]:
        coming = [asyncio.wrap_future(self._batcher.submit(one)) for one in wanted]
        try:
            return list(await asyncio.gather(*coming))
        except Exception as error:  # of any kind: it is logged whole, and the client is told of a 500
            _LOG.exception("a batch failed")
            raise _FailedError(type(error).__name__) from None

    def _streamed(self, body: Body, wanted: list[Wanted], shapes: Shapes, num_prompts: int) -> StreamingResponse:
        stream = Stream(
            self._batcher, wanted, shapes, include_usage=body.stream_options.include_usage, num_prompts=num_prompts
        )
        return StreamingResponse(stream.lines(), media_type="text/event-stream")
