"""The worked examples of a Model Spec: a conversation, and answers marked as good and bad."""

from __future__ import annotations

import html
import re
from typing import NamedTuple

from solon.constitution.schema import ComparisonExample, CritiqueExample, PrincipleEntry
from solon.records import Message

_TURN = re.compile(
    r"<(?P<role>user|developer|system|assistant|tool)(?P<more>[^>]*)>[ \t]*(?:<!--\s*(?P<mark>.*?)\s*-->)?\s*\n"
    r"(?P<text>.*?)\n?</(?P=role)>",
    re.DOTALL,
)
_MARK = re.compile(r"^(GOOD|BAD)(?:\[[^\]]*\])?(?::\s*(?P<why>.*))?$", re.DOTALL)
_GAP = re.compile(r"\[[^\]]*\](?!\()")
_ROLES = {"developer": "system", "system": "system", "user": "user", "assistant": "assistant"}


class SpecExample(NamedTuple):
    """An example with a good and a bad answer."""

    line: int
    messages: tuple[Message, ...]
    good: str
    bad: str
    why_bad: str
    """What the spec says of the bad answer; may be empty."""

    @property
    def whole(self) -> bool:
        """Whether every text is given in full: specs shorten by `[...]` and leave out by `[song]`."""
        return not any(_GAP.search(text) for text in (*(turn.content for turn in self.messages), self.good, self.bad))

    @property
    def length(self) -> int:
        """Characters that a judge would read."""
        return sum(len(turn.content) for turn in self.messages) + len(self.good) + len(self.bad)

    def comparison(self, principle: PrincipleEntry, number: int) -> ComparisonExample:
        """A few-shot comparison; the good answer stands first in even numbers, second in odd ones."""
        first, second = (self.good, self.bad) if number % 2 == 0 else (self.bad, self.good)
        return ComparisonExample(
            prompt=self.messages,
            response_a=first,
            response_b=second,
            comparison=principle.comparison,
            answer="A" if number % 2 == 0 else "B",
        )

    def critique(self, principle: PrincipleEntry, number: int) -> CritiqueExample:
        """A few-shot critique: of the bad answer in even numbers, of the good one, left as it is, in odd ones."""
        shown = {"prompt": self.messages, "critique_request": principle.critique_request}
        if number % 2:
            return CritiqueExample(response=self.good, critique="The answer keeps to it: no change needed.", **shown)
        why = self.why_bad or "it does what the principle asks an answer not to do"
        return CritiqueExample(
            response=self.bad,
            critique=f"The answer goes against the principle: {why.rstrip('.')}.",
            revision_request=principle.revision_request,
            revision=self.good,
            **shown,
        )


def example_in(text: str, line: int) -> SpecExample | None:
    """The example in a fenced block that begins at `line`.

    None where it has no good or no bad answer, calls a tool, or does not end in a user's turn before the answers.
    """
    before, found, rest = text.partition("<comparison>")
    turns, answers = list(_TURN.finditer(before)), list(_TURN.finditer(rest.partition("</comparison>")[0]))
    if not found or not turns or turns[-1]["role"] != "user":
        return None
    if any(turn["role"] == "tool" or "recipient" in turn["more"] for turn in (*turns, *answers)):
        return None
    marked = {"GOOD": ("", ""), "BAD": ("", "")}
    for answer in answers:
        if (mark := _MARK.match(answer["mark"] or "")) and not marked[mark[1]][0]:
            marked[mark[1]] = (_text(answer), mark["why"] or "")
    (good, _), (bad, why_bad) = marked["GOOD"], marked["BAD"]
    if not good or not bad:
        return None
    messages = tuple(Message(role=_ROLES[turn["role"]], content=_text(turn)) for turn in turns)
    return SpecExample(line, messages, good, bad, why_bad)


def _text(turn: re.Match[str]) -> str:
    return html.unescape(turn["text"]).strip()
