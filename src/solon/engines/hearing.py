"""Answers while they are sampled: the text so far, as far as further tokens leave it as it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from solon.interfaces import SampleRequest
from solon.models.template import ChatTemplate

Heard = Callable[[str], bool]
"""The text of an answer so far -> whether the answer ends here, as if a stop string were complete. Every text begins
with the one before it."""


def hearing(
    template: ChatTemplate,
    request: SampleRequest,
    heard: Heard,
    stops: Callable[[int, list[int]], bool] | None,
) -> Callable[[int, list[int]], bool]:
    """What the sampler asks after each token: tells how the text grew, then whether the answer ends here."""
    endings = [one for one in (*request.stop, template.frame.tail) if one]
    told = ""

    def after(newest: int, ids: list[int]) -> bool:
        nonlocal told
        if stops is not None and stops(newest, ids):
            return True
        text = settled(template.decode(ids, request.prefill), template.frame.lead, endings)
        if text.startswith(told):
            told = text
        return heard(told)

    return after


def settled(text: str, lead: str, endings: Sequence[str]) -> str:
    """The part of a text that is the same whatever follows.

    Args:
        text: of the tokens so far.
        lead: what is taken from the beginning of an answer, once it is whole.
        endings: what is taken from its end; a part of one may be there already.
    """
    if lead.startswith(text):
        return ""
    text = text.rstrip("\ufffd")  # the first bytes of a character
    begun = (n for ending in endings for n in range(1, len(ending) + 1) if text.endswith(ending[:n]))
    return text[: len(text) - max(begun, default=0)]
