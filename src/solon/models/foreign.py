"""The Jinja chat template of a model that is not Solon's, read from outside.

Where an assistant's turn begins and ends is found by rendering the conversation up to it and with it, and never
searched for in its text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from transformers import PreTrainedTokenizerBase

from solon.errors import InputError
from solon.models.codec import Codec
from solon.models.openai_shape import openai_shape
from solon.models.parts import STAND_INS, Part, locate, runs
from solon.models.rendering import Frame, Piece, TemplateError
from solon.records import Message, ToolCall, assistant, user


class _PromptMismatch(InputError):
    """What stands before a turn is not the generation prompt."""


class ForeignTemplate:
    """Conversations as pieces, by a tokenizer's own chat template.

    Attributes:
        frame: what stands around the words of a plain answer.

    Args:
        tokenizer: has a chat template.
        name: of the model, for messages.
        codec: the same tokenizer, for what it reads as special tokens and whether it adds spaces.

    Raises:
        TemplateError: no loss mask can be told with this template; says why.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, name: str, codec: Codec) -> None:
        self._tokenizer = tokenizer
        self._name = name
        longest_first = sorted(filter(None, codec.specials), key=len, reverse=True)
        self._special = re.compile("|".join(map(re.escape, longest_first)) or "(?!)")
        self._adds_space = codec.adds_space
        self._arguments_as_text: bool | None = None
        self.frame = self._probe()

    def render(self, messages: Sequence[Message], add_generation_prompt: bool, *, thinks: bool = False) -> str:
        """The text of a conversation; `thinks` where the answer that is waited for begins with thinking.

        Raises:
            InputError: the template refuses the conversation; in its own words.
        """
        if not messages:
            return ""
        as_text = not any(message.tool_calls for message in messages) or self._takes_text()
        turns = [openai_shape(message, arguments_as_text=as_text) for message in messages]
        try:
            text = self._tokenizer.apply_chat_template(
                turns, tokenize=False, add_generation_prompt=add_generation_prompt, enable_thinking=thinks
            )
        except Exception as error:  # a template is a program of others, and fails in any way
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise InputError(
                f"{self._name}: its chat template refuses this conversation "
                f"({', '.join(message.role for message in messages)}): {reason}"
            ) from error
        return str(text)

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
            opened, closed = self._around(messages, index)
            if not opened.startswith(done):
                raise self._rewrites()
            thinks = bool(messages[index].thinking)
            pieces += self._scaffold(messages[:index], pending, opened, len(done), True, thinks=thinks)
            pieces += self._turn(messages[: index + 1], opened, closed)
            done, pending = closed, index + 1
        if pending < len(messages) or add_generation_prompt:
            whole = self.render(messages, add_generation_prompt)
            if not whole.startswith(done):
                raise self._rewrites()
            pieces += self._scaffold(messages, pending, whole, len(done), add_generation_prompt)
        return pieces

    def leaves_out(self, messages: Sequence[Message], index: int, field: str) -> bool:
        """Whether the conversation reads the same without this field of this message."""
        empty = {field: () if field == "tool_calls" else "", "spans": ()}
        without = [*messages[:index], messages[index].model_copy(update=empty), *messages[index + 1 :]]
        try:
            return self.render(without, False) == self.render(messages, False)
        except InputError:  # it is missed
            return False

    def _probe(self) -> Frame:
        stand_in, question = STAND_INS["content"], user("a")
        try:
            opened, closed = self._around((question, assistant(stand_in)), 1)
            spaced = self.render((question, assistant(" b ")), False)[len(opened) :]
            bare = self.render((question,), False)
        except InputError as error:
            check = "generation prompt" if isinstance(error, _PromptMismatch) else "chat template"
            raise TemplateError(str(error), check) from error
        parts = closed[len(opened) :].split(stand_in)
        if len(parts) != 2:
            raise TemplateError(
                f"{self._name}: its chat template does not write an answer as it is (it is there {len(parts) - 1} "
                f"times), so no loss mask can be told. Give the model Solon's template: solon models adapt",
                "contents unchanged",
            )
        lead, rest = parts
        if lead.strip() and opened == bare:
            raise TemplateError(
                f"{self._name}: its chat template writes {lead!r} before an answer, and not where an answer is waited "
                f"for. Write it there too: {{% if add_generation_prompt %}}...{{% endif %}}",
                "generation prompt",
            )
        end = self._special.search(rest)
        if end is None:
            raise self._unclosed("an assistant's turn")
        return Frame(lead, rest[: end.start()], rest[end.start() :], trims=spaced == lead + "b" + rest)

    def _around(self, messages: Sequence[Message], index: int) -> tuple[str, str]:
        """What the template writes before the words of a turn, generation prompt included, and up to its end."""
        if index == 0:
            raise InputError(
                "message 0 is an assistant's turn with nothing before it, and the model's chat template cannot show "
                "where its words begin. Put the turn that it answers before it."
            )
        thinks = bool(messages[index].thinking)
        opened = self.render(messages[:index], True, thinks=thinks)
        closed = self.render(messages[: index + 1], False, thinks=thinks)
        if closed.startswith(opened):
            return opened, closed
        before = self.render(messages[:index], False, thinks=thinks)
        if not (closed.startswith(before) and opened.startswith(before)):
            raise self._rewrites()
        waiting, answered = opened[len(before) :], closed[len(before) : len(opened)]
        raise _PromptMismatch(
            f"{self._name}: its chat template ends with {waiting!r} where an answer is waited for, and writes "
            f"{answered!r} before message {index}, so training would not show what sampling begins with. Make both "
            f"alike in the template; if the text spells something that it reads, such as </think>, take it out."
        )

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
                raise self._unclosed(f"message {index}")
            end = last.text[found[-1].start() :]
        body.append(Part(last.text.removesuffix(end)))
        if self._adds_space:  # encoding supplies the space that the template writes before the words
            body[0] = Part(body[0].text.removeprefix(" "))
        return [*runs(body, index, message.content, self._special), Piece(end, "end", index)]

    def _said_parts(self, messages: Sequence[Message], opened: str, said: str) -> list[Part]:
        index, message = len(messages) - 1, messages[-1]
        thinks = bool(message.thinking)
        self._refuse_hidden(index, message)
        if message.tool_calls and self.leaves_out(messages, index, "tool_calls"):
            raise self._left_out(index, "tool calls")
        parts = locate(lambda turns: self.render(turns, False, thinks=thinks), messages, index, tuple(STAND_INS))
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
            return self.render(turns, add_generation_prompt, thinks=thinks)

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

    def _takes_text(self) -> bool:
        """Whether arguments of a call that are given as JSON text are written as they are, not as a quoted string."""
        if self._arguments_as_text is None:
            probe = '{"a": 1}'
            call = Message(role="assistant", content="", tool_calls=(ToolCall(name="f", arguments=probe, id="a" * 9),))
            self._arguments_as_text = True
            try:
                self._arguments_as_text = probe in self.render((user("a"), call), False)
            except InputError:
                self._arguments_as_text = False
        return self._arguments_as_text

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

    def _left_out(self, index: int, what: str) -> InputError:
        return InputError(
            f"{self._name}: its chat template leaves out the {what} of message {index}, which would not be trained. "
            f"Remove it from the row, or use a model whose template has a place for it."
        )

    def _unclosed(self, what: str) -> TemplateError:
        return TemplateError(
            f"{self._name}: its chat template does not close {what} with a special token, so the model would never "
            f"learn to stop. Give it Solon's template: solon models adapt",
            "end of turn",
        )

    def _rewrites(self) -> TemplateError:
        return TemplateError(
            f"{self._name}: its chat template rewrites earlier turns when a later one is added, so no loss mask can be "
            f"told. Train on the last turn only, or give the model Solon's template: solon models adapt",
            "prefix-stable",
        )
