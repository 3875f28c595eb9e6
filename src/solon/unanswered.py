"""Requests that an engine refused for good: they are named and counted, never taken for answers."""

from __future__ import annotations

from solon.errors import EngineError
from solon.records import Prompt, Record


class Unanswered(Record):
    """What an engine did not answer, as it stands in a quarantine file."""

    id: str
    """Of the prompt."""
    what: str
    """`answer`, `critique` or `revision`; of red teaming `twin`, or which list."""
    reason: str


def note_unanswered(noted: list[Unanswered] | None, prompt: Prompt, what: str, reason: str) -> None:
    """Put a refusal on the list.

    Raises:
        EngineError: there is no list, so whoever asked counts on an answer.
    """
    if noted is None:
        raise EngineError(f"the {what} of {prompt.named}: {reason}")
    noted.append(Unanswered(id=prompt.id, what=what, reason=reason))
