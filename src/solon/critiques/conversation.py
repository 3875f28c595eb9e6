"""The conversations in which critiques and revisions are written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Self

from solon.constitution import CritiqueExample, Principle
from solon.records import Message, Prompt, assistant, user


class Requests(NamedTuple):
    """What a round asks: the requests of its principles, a line for each."""

    critique: str
    revision: str

    @classmethod
    def of(cls, principles: Sequence[Principle]) -> Self:
        """The requests of one or several principles."""
        return cls(
            "\n".join(one.critique_request for one in principles),
            "\n".join(dict.fromkeys(one.revision_request for one in principles)),
        )


def critique_conversation(
    prompt: Prompt, answer: str, requests: Requests, examples: Sequence[CritiqueExample]
) -> tuple[Message, ...]:
    """Few-shots, the whole prompt, the answer, the critique request. Earlier rounds are not seen.

    A system message of the prompt stays first, before the examples.
    """
    shots = [turn for example in examples for turn in _example_turns(example, requests)]
    return (*_after_shots(shots, prompt), assistant(answer), user(requests.critique))


def revision_conversation(
    critique_turns: tuple[Message, ...], critique: str, requests: Requests
) -> tuple[Message, ...]:
    """The critique's conversation, the critique, the revision request."""
    return (*critique_turns, assistant(critique), user(requests.revision))


def direct_conversation(
    prompt: Prompt, answer: str, requests: Requests, examples: Sequence[CritiqueExample]
) -> tuple[Message, ...]:
    """As `critique_conversation`, but the revision is asked for at once; examples that were fine as they are show none
    and are left out."""
    shots = [turn for example in examples if example.revision for turn in _direct_turns(example, requests)]
    return (*_after_shots(shots, prompt), assistant(answer), user(requests.revision))


def _after_shots(shots: Sequence[Message], prompt: Prompt) -> tuple[Message, ...]:
    num_system = next((i for i, turn in enumerate(prompt.messages) if turn.role != "system"), len(prompt.messages))
    return (*prompt.messages[:num_system], *shots, *prompt.messages[num_system:])


def finds_nothing(critique: str, phrases: Sequence[str]) -> bool:
    """Whether the critique holds one of the phrases, in any case and spacing."""
    text = " ".join(critique.casefold().split())
    return any(" ".join(phrase.casefold().split()) in text for phrase in phrases)


def _example_turns(example: CritiqueExample, requests: Requests) -> list[Message]:
    turns = [
        *example.messages,
        assistant(example.response),
        user(example.critique_request or requests.critique),
        assistant(example.critique),
    ]
    if example.revision is not None:
        turns += [user(example.revision_request or requests.revision), assistant(example.revision)]
    return turns


def _direct_turns(example: CritiqueExample, requests: Requests) -> list[Message]:
    asked = user(example.revision_request or requests.revision)
    return [*example.messages, assistant(example.response), asked, assistant(example.revision or "")]
