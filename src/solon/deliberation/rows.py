"""What is imitated: the prompt without the principles, then the reasoning as thinking, then the answer."""

from __future__ import annotations

from typing import Literal

from solon.data.thinking import with_thinking
from solon.deliberation.record import Deliberation
from solon.records import Demonstration, Message

ThinkingForm = Literal["field", "text", "none"]
"""Where the reasoning goes: the message's `thinking`, which the chat template must have a place for; the text of the
answer, between tags; or nowhere."""


def demonstration_of(one: Deliberation, thinking: ThinkingForm = "field") -> Demonstration:
    """A row for supervised fine-tuning. Its labels tell score and judgements, and the principles cited with hashes."""
    content = with_thinking(one.reasoning, one.answer) if thinking == "text" else one.answer
    turn = Message(role="assistant", content=content, thinking=one.reasoning if thinking == "field" else "")
    labels = {
        "score": "" if one.score is None else f"{one.score:g}",
        "judgements": " ".join("-" if score is None else f"{score:g}" for score in one.scores),
        "principles": ", ".join(f"{used.id}:{used.hash}" for used in one.cited),
        "sampler": one.sampler,
        "judge": one.judge,
    }
    return Demonstration(
        id=one.id, messages=(*one.prompt.messages, turn), source="deliberation", tools=one.prompt.tools, labels=labels
    )
