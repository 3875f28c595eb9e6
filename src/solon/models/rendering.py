"""Conversations as a list of pieces: scaffolding (special tokens, role names) and contents.

Two renderings: Solon's own (`render_own`), and the Jinja chat template of a foreign model (`render_jinja`), where
the assistant's contents are found by rendering prefixes of the conversation, never by searching for a string.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from solon.errors import InputError, ModelError
from solon.records import Message

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
    kind: str
    """`marked`: special tokens are read from it; `content`: they are not; `end`: closes an assistant's turn."""
    message: int | None = None
    """Index of the message whose content or end this is."""


def render_own(messages: Sequence[Message], bos: str, *, add_generation_prompt: bool) -> list[Piece]:
    """BOS, then `<|role|>` content `<|end|>` per message, without any white space between."""
    pieces = [Piece(bos, "marked")]
    for index, message in enumerate(messages):
        if message.role not in ROLE_TOKENS:
            raise InputError(
                f"message {index} has the role {message.role!r}, and Solon's chat template knows only "
                f"{', '.join(ROLE_TOKENS)}. Use a model whose own chat template has that role."
            )
        pieces.append(Piece(ROLE_TOKENS[message.role], "marked"))
        pieces.append(Piece(message.content, "content", index))
        pieces.append(Piece(END, "end" if message.role == "assistant" else "marked", index))
    if add_generation_prompt:
        pieces.append(Piece(ASSISTANT, "marked"))
    return pieces


Render = Callable[[Sequence[Message], bool], str]
"""(messages, add_generation_prompt) -> text, by the model's own template."""


def render_jinja(
    render: Render,
    messages: Sequence[Message],
    apart: Sequence[int],
    specials: Sequence[str],
    name: str,
    *,
    add_generation_prompt: bool,
) -> list[Piece]:
    """Pieces of a foreign chat template; the assistant turns listed in `apart` (ascending) become contents.

    Raises:
        ModelError: a longer conversation does not begin with the rendering of its beginning, so that no loss mask
            can be told; or the template changes what an assistant says.
        InputError: a message spells a special token where the template hides its place.
    """
    pieces: list[Piece] = []
    done, pending = "", 0  # what the pieces spell so far, and the first message that is not in them
    for index in apart:
        opened, closed = render(messages[:index], True), render(messages[: index + 1], False)
        if not (opened.startswith(done) and closed.startswith(opened)):
            raise _rewrites_turns(name)
        pieces += _scaffold(render, messages, range(pending, index), opened, len(done), specials)
        said, content = closed[len(opened) :], messages[index].content
        if not said.startswith(content):
            raise ModelError(
                f"{name}: its chat template does not repeat the assistant's words as they are ({content[:40]!r} "
                f"became {said[:40]!r}), so no loss mask can be told. Give the model Solon's template: "
                f"solon models adapt"
            )
        pieces += [Piece(content, "content", index), Piece(said[len(content) :], "end", index)]
        done, pending = closed, index + 1
    if pending < len(messages) or add_generation_prompt:
        whole = render(messages, add_generation_prompt)
        if not whole.startswith(done):
            raise _rewrites_turns(name)
        pieces += _scaffold(render, messages, range(pending, len(messages)), whole, len(done), specials)
    return pieces


def _rewrites_turns(name: str) -> ModelError:
    return ModelError(
        f"{name}: its chat template rewrites earlier turns when a later one is added, so no loss mask can be told. "
        f"Train on the last turn only, or give the model Solon's template: solon models adapt"
    )


def _scaffold(
    render: Render, messages: Sequence[Message], turns: range, whole: str, begin: int, specials: Sequence[str]
) -> list[Piece]:
    """`whole[begin:]`, which renders these turns, as one piece; contents that spell a special token are set apart.

    Where such a content stands is found by rendering a stand-in of private-use characters in its place.
    """
    pieces: list[Piece] = []
    for index in turns:
        content = messages[index].content
        spelled = [special for special in specials if special in content]
        if not spelled:
            continue
        stand_in = "\ue000\ue001\ue002"
        replaced = [*messages[:index], messages[index].model_copy(update={"content": stand_in, "spans": ()})]
        before = render(replaced, False).split(stand_in)[0]
        if len(before) < begin or not whole.startswith(before + content):
            raise InputError(
                f"message {index} spells the special token {spelled[0]!r}, and the model's chat template does not "
                f"show where that text stands. Remove it from the text."
            )
        pieces += [Piece(whole[begin : len(before)], "marked"), Piece(content, "content", index)]
        begin = len(before) + len(content)
    return [*pieces, Piece(whole[begin:], "marked")] if begin < len(whole) else pieces
