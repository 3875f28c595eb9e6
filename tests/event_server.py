"""A server that sends an answer piece by piece, as the OpenAI API streams it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

DONE = "data: [DONE]\n\n"


def event(text: str, reason: str | None = None) -> str:
    """A piece of an answer."""
    return f"data: {json.dumps({'choices': [{'index': 0, 'delta': {'content': text}, 'finish_reason': reason}]})}\n\n"


@contextmanager
def event_server(
    reply: Callable[[dict[str, Any]], Iterable[str]], status: int = 200
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The URL of a server that sends these pieces, and the bodies it was asked."""
    asked: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(status)
            self.send_header("content-type", "text/event-stream" if status == 200 else "application/json")
            self.end_headers()
            try:
                for piece in reply(asked[-1]):
                    self.wfile.write(piece.encode())
                    self.wfile.flush()
            except OSError:  # whoever asked has left
                self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=lambda: listening.serve_forever(poll_interval=0.02), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.server_address[1]}/v1", asked
    finally:
        listening.shutdown()
        listening.server_close()
