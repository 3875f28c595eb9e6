"""What an attempt says: its two parts, and the principles that its reasoning cites. Nothing is guessed."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import NamedTuple

from solon.constitution import Constitution, Principle
from solon.data.thinking import CLOSE, OPEN, without_thinking
from solon.deliberation.wording import ANSWER, CITATION, REASONING
from solon.errors import InputError
from solon.interfaces import Sample
from solon.records import PrincipleUsed


class Attempt(NamedTuple):
    """What was read; `reasoning` and `answer` are empty exactly where there is a `problem`."""

    reasoning: str = ""
    answer: str = ""
    cited: tuple[PrincipleUsed, ...] = ()
    problem: str = ""
    """Why the attempt is rejected without asking a judge: a class, and after a colon what is wrong."""


def read_attempt(sample: Sample, principles: Sequence[Principle]) -> Attempt:
    """Both parts of an attempt that is whole and cites principles that it was shown, and no others.

    Thinking that the model wrote before, between its own tags, is passed over.
    """
    if sample.truncated:
        return Attempt(problem="cut off by the token limit")
    # A server may have written the opening tag of the model's own thinking.
    text = without_thinking(sample.text, begun=not sample.text.lstrip().startswith(f"<{REASONING}>"))
    parts = _parts(text)
    if parts is None:
        return Attempt(problem=f"not in two parts: wanted are <{REASONING}>, then <{ANSWER}>, and nothing else")
    reasoning, answer = parts
    if not (reasoning and answer):
        return Attempt(problem=f"not in two parts: the {ANSWER if reasoning else REASONING} is empty")
    if OPEN in text or CLOSE in text:
        return Attempt(problem=f"not in two parts: {OPEN} or {CLOSE} in them, which chat templates would read")
    if CITATION.search(answer):
        return Attempt(problem="the answer cites: whoever asked knows no ids")
    known = {one.id: one for one in principles}
    ids = list(dict.fromkeys(one for cited in CITATION.findall(reasoning) for one in _ids(cited.strip(), known)))
    if not ids:
        return Attempt(problem="cites nothing: no [principle: ID] in the reasoning")
    if unknown := [one for one in ids if one not in known]:
        return Attempt(problem=f"cites no principle: {', '.join(unknown)}")
    return Attempt(reasoning, answer, tuple(PrincipleUsed(id=one, hash=known[one].hash) for one in ids))


def _ids(cited: str, known: Container[str]) -> list[str]:
    """What one citation names: an id, or several with commas between them."""
    return [cited] if cited in known else [one.strip() for one in cited.split(",")]


def check_citable(constitution: Constitution) -> None:
    """InputError where an id of a principle cannot be cited."""
    for one in constitution.principles:
        if CITATION.findall(f"[principle: {one.id}]") != [f" {one.id}"] or one.id != one.id.strip():
            raise InputError(
                f"principle `{one.id}` of constitution `{constitution.id}` cannot be cited as [principle: {one.id}]. "
                "Give it an id without brackets, line ends and outer spaces."
            )


def _parts(text: str) -> tuple[str, str] | None:
    """The reasoning and the answer, where each tag stands once, in order, with only white space between the parts."""
    places: list[tuple[int, int]] = []
    for tag in (f"<{REASONING}>", f"</{REASONING}>", f"<{ANSWER}>", f"</{ANSWER}>"):
        if text.count(tag) != 1:
            return None
        places.append((text.index(tag), text.index(tag) + len(tag)))
    if places != sorted(places):
        return None
    (before, begin), (end, between), (then, second), (last, after) = places
    if text[:before].strip() or text[between:then].strip() or text[after:].strip():
        return None
    return text[begin:end].strip(), text[second:last].strip()
