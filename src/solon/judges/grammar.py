"""How a verdict is read: the last marker decides, and two that differ are no verdict.

A format gives the pattern of its marker, whose group `said` holds what the judge wrote there, and what that means. A
marker whose text means nothing ("[RESULT] (an integer number ...)", an echo of the question) is no verdict where one
follows it; as the last one it makes the completion unscored. Nothing is guessed from a completion without a marker.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from solon.judges.reading import Reading, Scale
from solon.judges.refusals import opens_with_refusal, opens_with_refusal_to_help

TIE = "tie"

_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")
_DRESS = " \t\r\n*_`\"'()."
"""What judges put around a verdict."""


class NoVerdict(Exception):
    """What stands at a marker means nothing; the message says why."""


class OutsideScale(Exception):
    """What stands at a marker is a verdict that the format does not have."""


Meaning = Callable[[str], float | str]
"""The text at a marker -> a value, or TIE. Raises NoVerdict or OutsideScale."""


def read_verdict(completion: str, marker: re.Pattern[str], meaning: Meaning, *, wanted: str) -> Reading:
    """What the markers of a completion say.

    Args:
        marker: with a group `said`.
        wanted: the marker as it should stand, for messages.
    """
    found = [match["said"] for match in marker.finditer(completion)]
    if not found:
        if opens_with_refusal(completion):
            return Reading(status="refused", reason="the judge declines to judge", raw=completion)
        return unscored(completion, f"no {wanted} in it")
    if opens_with_refusal_to_help(completion):
        return unscored(completion, "it declines to judge, and gives a verdict all the same")
    said = [_meant(text, meaning) for text in found]
    last = said[-1]
    if isinstance(last, Exception):
        return unscored(completion, str(last))
    for earlier in said[:-1]:
        if isinstance(earlier, OutsideScale) or (not isinstance(earlier, Exception) and earlier != last):
            return unscored(completion, f"contradictory verdicts: {earlier} and {last}")
    if last == TIE:
        return Reading(status="tie", reason="the judge calls it a tie", raw=completion)
    return Reading(status="scored", value=last, raw=completion)


def unscored(completion: str, reason: str) -> Reading:
    """A completion without a verdict."""
    return Reading(status="unscored", reason=reason, raw=completion)


def score_on(scale: Scale) -> Meaning:
    """Reads a number on a scale: nothing but the number may stand at the marker."""

    def meaning(text: str) -> float:
        said = text.strip(_DRESS)
        if not _NUMBER.fullmatch(said):
            raise NoVerdict(f"{text.strip()[:40]!r} is no number")
        value = float(said)
        if not scale.low <= value <= scale.high:
            raise OutsideScale(f"{said} is outside the scale of {scale.low:g} to {scale.high:g}")
        if scale.whole and not value.is_integer():
            raise OutsideScale(f"{said} is no whole number")
        return value

    return meaning


def one_of(values: Mapping[str, float | str]) -> Meaning:
    """Reads one of these words, which must stand there whole: `incorrect` is not `correct`."""

    def meaning(text: str) -> float | str:
        said = text.strip(_DRESS)
        if said not in values:
            raise NoVerdict(f"{text.strip()[:40]!r} is none of {', '.join(values)}")
        return values[said]

    return meaning


def _meant(text: str, meaning: Meaning) -> float | str | Exception:
    try:
        return meaning(text)
    except (NoVerdict, OutsideScale) as problem:
        return problem
