"""One attempt at a prompt, and what became of it."""

from __future__ import annotations

from typing import Literal

from solon.records import PrincipleUsed, Prompt, Record

Status = Literal["kept", "outdone", "rejected", "unscored"]
"""`outdone`: it passes, and others of its prompt are better. `unscored`: no verdict of the judge can be read."""


class Deliberation(Record):
    """Reasoning under a constitution and the answer that came of it."""

    id: str
    """`PROMPT/deliberation-DRAW`."""
    prompt: Prompt
    reasoning: str = ""
    answer: str = ""
    raw: str = ""
    """What the model wrote, where reasoning and answer could not be told apart or cannot be used."""
    cited: tuple[PrincipleUsed, ...] = ()
    """In the order in which they are first cited."""
    status: Status
    reason: str = ""
    """Why it is not kept: a class, and after a colon what is wrong."""
    score: float | None = None
    """The lowest of the judgements, from 1 to 10; None where one of them cannot be read and none is too low."""
    scores: tuple[float | None, ...] = ()
    """Of each judgement; None where none can be read in it."""
    judgements: tuple[str, ...] = ()
    """What the judge wrote."""
    sampler: str
    judge: str
