"""Auto-J: a critique that ends with `Rating: [[5]]`, or a comparison that ends with `the final decision is Response 1`.

Source of the output's form: Li et al. 2023, arXiv:2310.05470; the wording of the questions is ours.
"""

from __future__ import annotations

import re

from solon.judges.formats.asking import ask_of_pair, ask_of_response
from solon.judges.grammar import TIE, one_of, read_verdict, score_on
from solon.judges.reading import PairCase, Reading, ResponseCase, Scale
from solon.records import Message

RATING = re.compile(r"\bRating[\s:*_]*\[\[(?P<said>[^\[\]\n]*)\]\]")
"""Shared with MT-bench. Double brackets alone are not enough: they stand in the code of critiques, too."""
_DECISION = re.compile(r"\bfinal decision is:?[\s*_\"']*(?P<said>[^\n.;,*\"']*)", re.IGNORECASE)
_DECISIONS = {"response 1": "a", "response 2": "b", "tie": TIE}

_SINGLE = """Write a critique of one response to a user: what is wrong with it and what it lacks. Then rate it from 1 \
(useless) to 10 (could not be better). End with the rating in exactly this form, for example:
Rating: [[5]]"""
_PAIRWISE = """Compare two responses to one user. First name what distinguishes them, then decide which is better; \
their order and length do not count. End with one of these three sentences:
So, the final decision is Response 1.
So, the final decision is Response 2.
So, the final decision is Tie."""


class AutoJSingle:
    """`... Rating: [[5]]`, halves allowed."""

    @property
    def scale(self) -> Scale:
        """1 to 10."""
        return Scale(1, 10, whole=False)

    def question(self, case: ResponseCase) -> tuple[Message, ...]:
        """A critique and a rating."""
        return ask_of_response(case, _SINGLE)

    def parse(self, completion: str) -> Reading:
        """The last rating."""
        return read_verdict(completion, RATING, score_on(self.scale), wanted="Rating: [[...]]")


class AutoJPairwise:
    """`... final decision is Response 1`, `Response 2` or `Tie`."""

    def question(self, case: PairCase) -> tuple[Message, ...]:
        """A comparison and a decision."""
        return ask_of_pair(case, _PAIRWISE, first="RESPONSE 1", second="RESPONSE 2")

    def parse(self, completion: str) -> Reading:
        """The last decision."""
        return read_verdict(completion, _DECISION, _decided, wanted="`final decision is ...`")


def _decided(text: str) -> float | str:
    return one_of(_DECISIONS)(text.strip().lower())
