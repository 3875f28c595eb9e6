"""The Jinja chat template of a model that is not Solon's, read from outside.

Where an assistant's turn begins and ends is found by rendering the conversation up to it and with it, and never
searched for in its text.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Sequence
from typing import Self

from solon.errors import InputError
from solon.models.codec import Codec
from solon.models.framing import around, frame_of, unclosed
from solon.models.jinja import Jinja
from solon.models.parts import STAND_INS, Part, locate, runs
from solon.models.rendering import LeftOut, Piece, TurnsRewritten
from solon.records import Message, ToolDefinition


class ForeignTemplate:
    """Conversations as pieces, by a tokenizer's own chat template.

    Attributes:
        jinja: the template.
        frame: what stands around the words of a plain answer.

    Args:
        jinja: the template.
        codec: its tokenizer, for what it reads as special tokens and whether it adds spaces.

    Raises:
        TemplateError: no loss mask can be told with this template; says why.
    """

    def __init__(self, jinja: Jinja, codec: Codec) -> None:
        self.jinja = jinja
        self._name = jinja.name
        longest_first = sorted(filter(None, codec.specials), key=len, reverse=True)
        self._special = re.compile("|".join(map(re.escape, longest_first)) or "(?!)")
        self._adds_space = codec.adds_space
        self.frame = frame_of(self.jinja, self._special)

    def given(self, tools: Sequence[ToolDefinition]) -> Self:
        """The same template for conversations with these tools.

        Raises:
            InputError: a definition spells a special token: where it stands is not looked for.
        """
        if not tools:
            return self
        if found := self._special.search(json.dumps(tools, ensure_ascii=False)):
            raise InputError(
                f"a definition of a tool spells the special token {found.group()!r}, and the model's chat template "
                f"does not show where that text stands. Remove it from the text."
            )
        other = copy.copy(self)
        other.jinja = self.jinja.given(tools)
        return other

    def expect_shown(self, messages: Sequence[Message]) -> None:
        """Refuse a conversation whose tools or calls of tools the template does not show.

        A model would be trained to call what it was not told of, or see an answer to a call that nobody made.

        Raises:
            InputError: naming what is left out.
        """
        if self.jinja.leaves_out_tools(messages):
            raise self._no_place("definitions of tools")
        calls = [LeftOut(index, "tool_calls") for index, message in enumerate(messages) if message.tool_calls]
        for one in self.jinja.left_out(messages, calls) if calls else ():
            raise self._no_place(f"tool calls of message {one.message}")

    def pieces(
        self, messages: Sequence[Message], *, apart: Sequence[int] = (), add_generation_prompt: bool = False
    ) -> list[Piece]:
        """The conversation in pieces; the assistant turns listed in `apart` (ascending) are taken apart.

        Raises:
            TemplateError: a longer conversation does not begin with the rendering of its beginning.
            InputError: the template refuses the conversation, changes or leaves out what a turn in `apart` says, or
                hides where a text stands that spells a special token.
        """
        pieces: list[Piece] = []
        done, pending = "", 0  # what the pieces spell so far, and the first message that is not in them
        for index in apart:
            opened, closed = around(self.jinja, messages, index)
            if not opened.startswith(done):
                raise self._rewrites()
            thinks = bool(messages[index].thinking)
            pieces += self._scaffold(messages[:index], pending, opened, len(done), True, thinks=thinks)
            pieces += self._turn(messages[: index + 1], opened, closed)
            done, pending = closed, index + 1
        if pending < len(messages) or add_generation_prompt:
            whole = self.jinja.render(messages, add_generation_prompt)
            if not whole.startswith(done):
                raise self._rewrites()
            pieces += self._scaffold(messages, pending, whole, len(done), add_generation_prompt)
        return pieces

    def _turn(self, messages: Sequence[Message], opened: str, closed: str) -> list[Piece]:
        """The last message, an assistant's, in pieces: what the template writes for it, to its end."""
        index, message, said = len(messages) - 1, messages[-1], closed[len(opened) :]
        lead, tail, end, trims = self.frame
        written = message.content.strip() if trims else message.content
        if not (message.thinking or message.tool_calls) and said == lead + written + tail + end:
            parts = [Part(lead), Part(written, "content"), Part(tail + end)]
        else:
            parts = self._said_parts(messages, opened, said)
        *body, last = parts
        if not last.text.endswith(end):  # some close a turn with calls of tools by another token
            found = list(self._special.finditer(last.text))
            if not found:
                raise unclosed(self._name, f"message {index}")
            end = last.text[found[-1].start() :]
        body.append(Part(last.text.removesuffix(end)))
        if self._adds_space:  # encoding supplies the space that the template writes before the words
            body[0] = Part(body[0].text.removeprefix(" "))
        return [*runs(body, index, message.content, self._special), Piece(end, "end", index)]

    def _said_parts(self, messages: Sequence[Message], opened: str, said: str) -> list[Part]:
        index, message = len(messages) - 1, messages[-1]
        thinks = bool(message.thinking)
        self._refuse_hidden(index, message)
        parts = locate(lambda turns: self.jinja.render(turns, False, thinks=thinks), messages, index, tuple(STAND_INS))
        if parts is None or not parts[0].text.startswith(opened):
            raise InputError(
                f"{self._name}: its chat template does not repeat the words of message {index} as they are "
                f"({message.content[:40]!r} became {said[:80]!r}), so no loss mask can be told. Mend the template; if "
                f"the text spells something that it reads, such as </think>, take it out."
            )
        for field in STAND_INS:
            if getattr(message, field).strip() and not any(part.field == field for part in parts):
                raise self._left_out(index, field)
        return [Part(parts[0].text[len(opened) :]), *parts[1:]]

    def _scaffold(
        self, messages: Sequence[Message], first: int, whole: str, begin: int, add_generation_prompt: bool,
        *, thinks: bool = False,
    ) -> list[Piece]:  # fmt: skip
        """`whole[begin:]`, where `whole` renders the messages; texts that spell a special token stand apart."""

        def render(turns: Sequence[Message]) -> str:
            return self.jinja.render(turns, add_generation_prompt, thinks=thinks)

        pieces: list[Piece] = []
        for index in range(first, len(messages)):
            self._refuse_hidden(index, messages[index])
            fields = [field for field in STAND_INS if self._special.search(getattr(messages[index], field))]
            parts = locate(render, messages, index, fields) if fields else []
            at = 0
            for part in parts or ():
                if part.field:
                    if at < begin:
                        parts = None
                        break
                    pieces += [Piece(whole[begin:at], "marked"), Piece(part.text, "content", index)]
                    begin = at + len(part.text)
                at += len(part.text)
            if parts is None:
                raise self._hides(index, getattr(messages[index], fields[0]))
        return [*pieces, Piece(whole[begin:], "marked")] if begin < len(whole) else pieces

    def _refuse_hidden(self, index: int, message: Message) -> None:
        """Names and calls of tools may not spell special tokens: where they stand is not looked for."""
        calls = [text for call in message.tool_calls for text in (call.id, call.name, call.arguments)]
        for text in (message.name, message.tool_call_id, *calls):
            if self._special.search(text):
                raise self._hides(index, text)

    def _hides(self, index: int, text: str) -> InputError:
        found = self._special.search(text)
        return InputError(
            f"message {index} spells the special token {found.group() if found else text!r}, and the model's chat "
            f"template does not show where that text stands. Remove it from the text."
        )

    def _no_place(self, what: str) -> InputError:
        return InputError(
            f"{self._name}: its chat template leaves out the {what}. "
            f"Use a model whose template has a place for them, or leave the row out."
        )

    def _left_out(self, index: int, what: str) -> InputError:
        return InputError(
            f"{self._name}: its chat template leaves out the {what} of message {index}, which would not be trained. "
            f"Remove it from the row, or use a model whose template has a place for it."
        )

    def _rewrites(self) -> TurnsRewritten:
        return TurnsRewritten(self._name, "when a later one is added, so one row cannot show all that is to be trained")
