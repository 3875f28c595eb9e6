"""A text that a model reads before a conversation, and that is taken away before anybody learns from the answer."""

from __future__ import annotations

from typing import Literal

from solon.errors import InputError
from solon.records import Message, Prompt

Place = Literal["system", "user"]
"""Where the text stands: a system turn, or the first user's turn, for chat templates that know no system turns."""


def in_context(prompt: Prompt, text: str, place: Place = "system") -> Prompt:
    """The prompt with a text before it: in its own system turn, before what that says, or in its first user's turn.

    Raises:
        InputError: `place` is `user`, and the prompt has no user's turn.
    """
    turns = list(prompt.messages)
    if place == "system" and turns[0].role != "system":
        return prompt.model_copy(update={"messages": (Message(role="system", content=text), *turns)})
    first = next((index for index, turn in enumerate(turns) if turn.role == place), None)
    if first is None:
        raise InputError(f"{prompt.named} has no {place} turn to put the context into; put it into a system turn")
    turns[first] = turns[first].model_copy(update={"content": f"{text}\n\n{turns[first].content}", "spans": ()})
    return prompt.model_copy(update={"messages": tuple(turns)})
