"""`solon chat`: talk with one model, or with two side by side."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from solon.commands.shared import EngineSettings, MinP, Temperature, Tokens, TopK, TopP, config_from

if TYPE_CHECKING:
    from solon.chat import Talk

app = typer.Typer()

ADDRESS = "RUN@STAGE | PATH | hf:NAME | openai:MODEL@BASE_URL"
COMMANDS = (
    "/new begins a new conversation, as an empty line does; /undo takes back the last message and its answers; "
    "/again answers it anew; the end of input (Ctrl-D) leaves. A message that begins with / is typed with a space "
    "before it."
)


@app.command()
def chat(
    model: Annotated[str, typer.Argument(metavar=ADDRESS, help="who answers")],
    beside: Annotated[str | None, typer.Option("--beside", help="a second model that answers the same")] = None,
    seed: Annotated[int, typer.Option(help="decides the answers")] = 0,
    max_new_tokens: Tokens = 64,
    temperature: Temperature = 1.0,
    top_k: TopK = 0,
    top_p: TopP = 1.0,
    min_p: MinP = 0.0,
    engine_set: EngineSettings = None,
) -> None:
    """Talk with a model; an empty line begins a new conversation, the end of input leaves. Ctrl-C stops an answer."""
    from solon.addresses import open_streamed, whole_address
    from solon.chat import Talk, new_show
    from solon.engines.config import EngineConfig
    from solon.interfaces import SampleRequest

    config = config_from(EngineConfig, engine_set, "--engine-set")
    names = [name for name in (model, beside) if name is not None]
    models = [(name, open_streamed(whole_address(name), config, work="chat")) for name in names]
    options = SampleRequest(
        (), 0, max_new_tokens=max_new_tokens, temperature=temperature, top_k=top_k, top_p=top_p, min_p=min_p
    )
    talk = Talk(models, options, seed=seed, show=new_show(sys.stdout, len(models)))
    if sys.stdin.isatty():
        print("Say something. /help tells the commands.")
    while line := _line():
        _do(talk, line.rstrip("\n"))


def _do(talk: Talk, line: str) -> None:
    """One line of the person's."""
    command = line.strip() if line.startswith("/") else ""
    if not line.strip() or command == "/new":
        talk.new()
    elif command == "/undo":
        print("nothing to take back" if (text := talk.undo()) is None else f"taken back: {text}")
    elif command == "/again":
        if (text := talk.undo()) is None:
            print("nothing to answer again")
        else:
            talk.say(text)
    elif command:
        print(COMMANDS)
    else:
        talk.say(line.strip())


def _line() -> str:
    """The next line with its end; nothing when the input ends. Ctrl-C while a person types begins the line anew."""
    interactive = sys.stdin.isatty()
    while True:
        print("> " if interactive else "", end="", flush=True)
        try:
            return sys.stdin.readline()
        except KeyboardInterrupt:
            if not interactive:
                raise
            print("\nthe end of input (Ctrl-D) leaves")
