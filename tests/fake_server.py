"""A server that speaks just enough of the OpenAI API: it answers after a while, and fails as servers do.

    python -m tests.fake_server PORT [LATENCY_SECONDS] [SHARE_OF_FAULTS]

`GET /counts` tells how often it answered, and how many requests were answered more than once.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import sys
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any, cast

FAULTS = ("429", "500", "timeout", "truncated", "not json", "no choice")

Reply = Callable[[dict[str, Any]], dict[str, Any]]


def says(text: str, reason: str = "stop", **choice: Any) -> dict[str, Any]:
    """The body of a chat completion."""
    return {
        "id": "1",
        "object": "chat.completion",
        "created": 1,
        "model": "fake",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": reason, **choice}],
        "usage": {"prompt_tokens": 20, "completion_tokens": 5, "total_tokens": 25},
    }


def digest_of_request(body: dict[str, Any]) -> dict[str, Any]:
    """An answer that depends on the whole request."""
    text = json.dumps([body["messages"], body.get("seed")], sort_keys=True)
    return says(f"answer {hashlib.sha256(text.encode()).hexdigest()[:16]}")


class FakeServer:
    """Runs in a thread: `with FakeServer(reply) as server: ... server.url`.

    Args:
        reply: request body -> response body; raises Status for a status of its own.
        faults: this share of the calls fails, in one of the ways of `kinds`, drawn from `seed`.
    """

    def __init__(
        self,
        reply: Reply = digest_of_request,
        *,
        latency: float = 0.0,
        faults: float = 0.0,
        kinds: tuple[str, ...] = FAULTS,
        seed: int = 0,
    ) -> None:
        self.reply, self.latency, self.faults, self.kinds = reply, latency, faults, kinds
        self.bodies: list[dict[str, Any]] = []
        """What was asked, answered or not, in order."""
        self.answered: Counter[bytes] = Counter()
        """Hash of a request -> how often it was answered well."""
        self.num_open, self.most_open = 0, 0
        self.open: set[asyncio.Transport] = set()
        self._random = random.Random(seed)
        self._loop = asyncio.new_event_loop()

    def __enter__(self) -> FakeServer:
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def _serve(self) -> None:
        self._loop.run_until_complete(self.listen(self._loop, 0))
        self._ready.set()
        self._loop.run_forever()
        self._server.close()
        for transport in self.open:
            transport.abort()
        self._loop.run_until_complete(asyncio.sleep(0.01))
        self._loop.close()

    async def listen(self, loop: asyncio.AbstractEventLoop, port: int) -> None:
        self._loop = loop
        self._server = await loop.create_server(lambda: _Connection(self, loop), "127.0.0.1", port, backlog=1024)
        self.port = self._server.sockets[0].getsockname()[1]

    def fault(self) -> str | None:
        """How the next call fails, if it does."""
        if self.faults and self._random.random() < self.faults:
            return self._random.choice(self.kinds)
        return None


class Status(Exception):
    """An answer with a status of its own."""

    def __init__(self, status: int, body: dict[str, Any], **headers: str) -> None:
        super().__init__(status)
        self.status, self.body, self.headers = status, body, headers


class _Connection(asyncio.Protocol):
    """One connection; requests come one after another on it."""

    def __init__(self, server: FakeServer, loop: asyncio.AbstractEventLoop) -> None:
        self._server, self._loop, self._received = server, loop, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._server.open.add(self._transport)

    def connection_lost(self, _: Exception | None) -> None:
        self._server.open.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            head = self._received[:end]
            place = head.lower().find(b"content-length:")
            length = int(head[place + 15 :].split(b"\r\n", 1)[0]) if place >= 0 else 0
            if len(self._received) < end + 4 + length:
                return
            body = self._received[end + 4 : end + 4 + length]
            self._received = self._received[end + 4 + length :]
            if head.startswith(b"GET"):
                counts = self._server.answered
                repeated = sum(times > 1 for times in counts.values())
                self._send(200, {"answered": counts.total(), "requests": len(counts), "repeated": repeated})
                continue
            self._server.num_open += 1
            self._server.most_open = max(self._server.most_open, self._server.num_open)
            self._loop.call_later(self._server.latency, self._answer, body)

    def _answer(self, raw: bytes) -> None:
        server = self._server
        server.num_open -= 1
        if self._transport.is_closing():
            return
        body = json.loads(raw)
        server.bodies.append(body)
        match server.fault():
            case "429":
                self._send(429, {"error": {"message": "too many requests"}}, **{"retry-after": "0.05"})
            case "500":
                self._send(500, {"error": {"message": "out of order"}})
            case "timeout":
                pass
            case "truncated":
                self._transport.write(
                    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 999\r\n\r\n{"
                )
                self._transport.close()
            case "not json":
                self._write(200, b'{"choices": [}')
            case "no choice":
                self._send(200, {**says(""), "choices": []})
            case _:
                try:
                    told = server.reply(body)
                except Status as error:
                    self._send(error.status, error.body, **error.headers)
                    return
                server.answered[hashlib.sha256(raw).digest()] += 1
                self._send(200, told)

    def _send(self, status: int, body: dict[str, Any], **headers: str) -> None:
        self._write(status, json.dumps(body).encode(), **headers)

    def _write(self, status: int, body: bytes, **headers: str) -> None:
        extra = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n{extra}content-length: {len(body)}\r\n\r\n"
        self._transport.write(head.encode() + body)


async def _forever(port: int, latency: float, faults: float) -> None:
    server = FakeServer(latency=latency, faults=faults)
    await server.listen(asyncio.get_running_loop(), port)
    server.bodies = _Nothing()
    await asyncio.Event().wait()


class _Nothing(list[dict[str, Any]]):
    """Keeps nothing: a server of its own process would grow."""

    def append(self, _: dict[str, Any]) -> None:
        pass


if __name__ == "__main__":
    import uvloop

    _, port, *given = sys.argv
    latency, faults = [*map(float, given), 0.0, 0.0][:2]
    uvloop.run(_forever(int(port), latency, faults))
