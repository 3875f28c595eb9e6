"""What was written and is not used, with the reason."""

from __future__ import annotations

from typing import Literal

from solon.records import Record

Kind = Literal["harmful", "borderline"]
"""Of a prompt, as evaluation counts it: it asks for what a principle forbids, or only looks like it."""


class RejectedPrompt(Record):
    """A prompt that was written and is not used."""

    prompt: str
    kind: Kind
    principle: str
    """Its id."""
    reason: str
    like: str = ""
    """The prompt that it repeats, where that is the reason."""
    twin_of: str = ""
    """The text of the violating prompt, where it was to be its twin."""
    raw: str = ""
    """What the judge wrote, where it rejected the prompt."""
