"""Conversations as a list of pieces: scaffolding (special tokens, role names) and what is said.

Solon's own rendering is here (`render_own`); the chat template of a foreign model is read in `foreign.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from solon.errors import InputError, ModelError
from solon.records import Message, ToolDefinition

USER, ASSISTANT, SYSTEM, END = "<|user|>", "<|assistant|>", "<|system|>", "<|end|>"
BOS, PAD = "<|bos|>", "<|pad|>"
ROLE_TOKENS = {"user": USER, "assistant": ASSISTANT, "system": SYSTEM}
OWN_TOKENS = (USER, ASSISTANT, SYSTEM, END)

OWN_JINJA = (
    "{{ bos_token or '' }}{% for message in messages %}"
    "{{ '<|' + message['role'] + '|>' + message['content'] + '<|end|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)
"""What `render_own` does, for other programs that read the tokenizer's folder."""


class Piece(NamedTuple):
    """A part of a rendered conversation."""

    text: str
    kind: Literal["marked", "content", "sign", "end"]
    """`marked`: scaffolding, special tokens are read from it; `content`: text, they are not. Of an assistant's turn
    also `sign`: a special token within the turn; `end`: a special token that closes it, and what follows."""
    message: int | None = None
    """Index of the message whose content, sign or end this is."""
    begin: int = 0
    """Where in `text` the message's content begins; negative where the template left out its first characters."""


class Frame(NamedTuple):
    """What a chat template writes around the words of an assistant's plain turn."""

    lead: str
    """Between the generation prompt and the words: Llama-2 writes a space there."""
    tail: str
    """Between the words and the token that ends the turn."""
    end: str
    """From that token to the end of the turn."""
    trims: bool
    """White space at both ends of the words is left out."""


class LeftOut(NamedTuple):
    """A field of a message that a chat template does not show."""

    message: int
    field: str

    def __str__(self) -> str:
        return f"message {self.message}: {self.field.replace('_', ' ')}"


class TemplateError(ModelError):
    """A chat template that cannot be trained on. `check` names the doctor's check that it fails."""

    def __init__(self, message: str, check: str) -> None:
        super().__init__(message)
        self.check = check


class TurnsRewritten(TemplateError):
    """A chat template that writes earlier turns in another way when later ones come."""

    def __init__(self, name: str, consequence: str) -> None:
        super().__init__(f"{name}: its chat template rewrites earlier turns {consequence}", "prefix-stable")


OWN_FRAME = Frame("", "", END, trims=False)


def render_own(
    messages: Sequence[Message], tools: Sequence[ToolDefinition], bos: str, *, add_generation_prompt: bool
) -> list[Piece]:
    """BOS, then `<|role|>` content `<|end|>` per message, without any white space between.

    Raises:
        InputError: there are tools, or a message has a role, thinking or tool calls, for which this template has no
            place.
    """
    if tools:
        raise _no_place("the conversation has definitions of tools", "what is said to the user")
    pieces = [Piece(bos, "marked")]
    for index, message in enumerate(messages):
        if message.role not in ROLE_TOKENS:
            raise _no_place(f"message {index} has the role {message.role!r}", f"the roles {', '.join(ROLE_TOKENS)}")
        if message.tool_calls or message.thinking:
            what = "tool calls" if message.tool_calls else "thinking"
            raise _no_place(f"message {index} has {what}", "what is said to the user")
        pieces.append(Piece(ROLE_TOKENS[message.role], "marked"))
        pieces.append(Piece(message.content, "content", index))
        pieces.append(Piece(END, "end" if message.role == "assistant" else "marked", index))
    if add_generation_prompt:
        pieces.append(Piece(ASSISTANT, "marked"))
    return pieces


def _no_place(what: str, known: str) -> InputError:
    return InputError(
        f"{what}, and Solon's chat template knows only {known}. "
        f"Use a model whose own chat template has a place for that."
    )
