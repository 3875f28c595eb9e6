"""A tokenizer's Jinja chat template as a function from conversations to text."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Self

from transformers import PreTrainedTokenizerBase

from solon.errors import InputError
from solon.models.openai_shape import openai_shape, openai_tool
from solon.models.rendering import LeftOut
from solon.records import Message, ToolCall, ToolDefinition, user


class Jinja:
    """A chat template that is asked; it is a program of others, and may do anything with what it is given.

    Args:
        tokenizer: has a chat template.
        name: of the model, for messages.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, name: str) -> None:
        self.name = name
        self._tokenizer = tokenizer
        self._tools: tuple[ToolDefinition, ...] = ()
        self._arguments_as_text = True  # while it is asked whether that is so
        self._arguments_as_text = self._takes_text()

    def given(self, tools: Sequence[ToolDefinition]) -> Self:
        """The same template, which is told of these tools whenever it renders."""
        other = copy.copy(self)
        other._tools = tuple(tools)
        return other

    def render(self, messages: Sequence[Message], add_generation_prompt: bool, *, thinks: bool = False) -> str:
        """The text of a conversation; `thinks` where the answer that is waited for begins with thinking.

        Raises:
            InputError: the template refuses the conversation; in its own words.
        """
        if not messages:
            return ""
        turns = [openai_shape(message, arguments_as_text=self._arguments_as_text) for message in messages]
        try:
            text = self._tokenizer.apply_chat_template(
                turns,
                tools=[openai_tool(tool) for tool in self._tools] or None,
                tokenize=False,
                add_generation_prompt=add_generation_prompt,
                enable_thinking=thinks,
            )
        except Exception as error:  # a template is a program of others, and fails in any way
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise InputError(
                f"{self.name}: its chat template refuses this conversation "
                f"({', '.join(message.role for message in messages)}{' with tools' if self._tools else ''}): {reason}"
            ) from error
        return str(text)

    def left_out(self, messages: Sequence[Message], given: Sequence[LeftOut]) -> list[LeftOut]:
        """Those of the given fields without which the conversation reads the same; none where it is refused."""
        whole = self._text_or_none(messages)
        return [one for one in given if whole is not None and self._text_or_none(_without(messages, one)) == whole]

    def leaves_out_tools(self, messages: Sequence[Message]) -> bool:
        """Whether there are tools, and the conversation reads the same without their definitions."""
        if not self._tools:
            return False
        whole = self._text_or_none(messages)
        return whole is not None and self.given(())._text_or_none(messages) == whole

    def _text_or_none(self, messages: Sequence[Message]) -> str | None:
        try:
            return self.render(messages, False)
        except InputError:
            return None

    def _takes_text(self) -> bool:
        """Whether arguments of a call that are given as JSON text are written as they are, not as a quoted string."""
        probe = '{"a": 1}'
        call = Message(role="assistant", content="", tool_calls=(ToolCall(name="f", arguments=probe, id="a" * 9),))
        try:
            return probe in self.render((user("a"), call), False)
        except InputError:
            return False


def _without(messages: Sequence[Message], left_out: LeftOut) -> list[Message]:
    index, field = left_out
    empty = {field: () if field == "tool_calls" else "", "spans": ()}
    return [*messages[:index], messages[index].model_copy(update=empty), *messages[index + 1 :]]
