"""The conversations in which critiques and revisions are written."""

from __future__ import annotations

from collections.abc import Sequence

from solon.constitution import CritiqueExample, Principle
from solon.records import Message, Prompt, assistant, user


def critique_conversation(
    prompt: Prompt, answer: str, principle: Principle, examples: Sequence[CritiqueExample]
) -> tuple[Message, ...]:
    """Few-shots, the whole prompt, the answer, the principle's critique request. Earlier rounds are not seen.

    A system message of the prompt stays first, before the examples.
    """
    num_system = next((i for i, turn in enumerate(prompt.messages) if turn.role != "system"), len(prompt.messages))
    shots = [turn for example in examples for turn in _example_turns(example, principle)]
    return (
        *prompt.messages[:num_system],
        *shots,
        *prompt.messages[num_system:],
        assistant(answer),
        user(principle.critique_request),
    )


def revision_conversation(
    critique_turns: tuple[Message, ...], critique: str, principle: Principle
) -> tuple[Message, ...]:
    """The critique's conversation, the critique, the principle's revision request."""
    return (*critique_turns, assistant(critique), user(principle.revision_request))


def finds_nothing(critique: str, phrases: Sequence[str]) -> bool:
    """Whether the critique holds one of the phrases, in any case and spacing."""
    text = " ".join(critique.casefold().split())
    return any(" ".join(phrase.casefold().split()) in text for phrase in phrases)


def _example_turns(example: CritiqueExample, principle: Principle) -> list[Message]:
    turns = [
        *example.messages,
        assistant(example.response),
        user(example.critique_request or principle.critique_request),
        assistant(example.critique),
    ]
    if example.revision is not None:
        turns += [user(example.revision_request or principle.revision_request), assistant(example.revision)]
    return turns
