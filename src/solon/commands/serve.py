"""`solon serve`: one model behind the OpenAI API."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from solon.errors import InputError

if TYPE_CHECKING:
    import socket

app = typer.Typer()

_HERE = ("127.0.0.1", "::1", "localhost")


@app.command()
def serve(
    model: Annotated[str, typer.Argument(metavar="RUN@STAGE | PATH | hf:NAME", help="who answers")],
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0 takes a free one")] = 8000,
    host: Annotated[str, typer.Option("--host", help="the address to listen on; others can ask only if told")] = _HERE[
        0
    ],
    name: Annotated[str | None, typer.Option("--name", help="what the model is called in requests")] = None,
    key_env: Annotated[
        str, typer.Option("--key-env", help="the variable with the key that whoever asks must send; empty lets all ask")
    ] = "SOLON_SERVE_KEY",
) -> None:
    """Answer on an OpenAI-compatible endpoint: /v1/chat/completions, /v1/completions, /v1/models, /health."""
    from solon.addresses import is_server, whole_address

    if importlib.util.find_spec("fastapi") is None or importlib.util.find_spec("uvicorn") is None:
        raise InputError("the packages of the server are missing; pip install 'solon[serve]'")
    address = whole_address(model)
    if is_server(address):
        raise InputError(f"{model} is a server already; name a model of this machine")
    key = os.environ.get(key_env) or None
    served = name or _name_of(address)
    with _listening(host, port) as listening:  # before the model is loaded, which may take minutes
        import uvicorn

        from solon.commands.shared import open_model
        from solon.serving import Batcher, new_app

        batcher = Batcher(open_model(address))
        place = f"[{host}]" if ":" in host else host
        url = f"http://{place}:{listening.getsockname()[1]}/v1"
        print(f"{served} answers at {url}; engine address: openai:{served}@{url}", file=sys.stderr, flush=True)
        if key is None and host not in _HERE:
            print(f"anyone who reaches {host} may ask: set ${key_env} to a key that only you know", file=sys.stderr)
        config = uvicorn.Config(new_app(batcher, served, key=key), log_level="warning", ws="none")
        uvicorn.Server(config).run(sockets=[listening])


def _name_of(address: str) -> str:
    """The last part of a path or name: `runs/quickstart@rl_cai` is `quickstart@rl_cai`."""
    return Path(address.partition(":")[2].rstrip("/")).name or "model"


def _listening(host: str, port: int) -> socket.socket:
    """A socket that listens.

    Raises:
        InputError: the port is taken, or the address is none of this machine.
    """
    import socket

    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else error  # not `strerror`, which repeats the address
        raise InputError(f"cannot listen on {host}:{port} ({why}); choose another --port or --host") from None
