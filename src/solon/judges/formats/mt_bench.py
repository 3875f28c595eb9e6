"""MT-bench: a judgement that ends with `Rating: [[7]]`, or with `[[A]]`, `[[B]]` or, for a tie, `[[C]]`.

Source of the output's form: Zheng et al. 2023, arXiv:2306.05685; the wording of the questions is ours.
"""

from __future__ import annotations

import re

from solon.judges.formats.asking import ask_of_pair, ask_of_response
from solon.judges.formats.auto_j import RATING
from solon.judges.grammar import TIE, one_of, read_verdict, score_on
from solon.judges.reading import PairCase, Reading, ResponseCase, Scale
from solon.records import Message

# Letters only: brackets with numbers in them are code.
_LETTER = re.compile(r"\[\[\s*(?P<said>[A-Za-z]{1,12})\s*\]\]")

_SINGLE = """Judge fairly how good one assistant's answer to a user is: helpful, to the point, correct, deep enough, \
detailed enough. Explain in a few sentences, then rate it from 1 to 10. End with the rating in exactly this form, for \
example:
Rating: [[5]]"""
_PAIRWISE = """Judge fairly which of two assistants answers a user better: who does what was asked, correctly and \
usefully. Neither order nor length nor names count. Explain in a few sentences, then end with exactly one of these:
[[A]] if assistant A is better,
[[B]] if assistant B is better,
[[C]] for a tie."""


class MTBenchSingle:
    """`... Rating: [[7]]`."""

    @property
    def scale(self) -> Scale:
        """1 to 10."""
        return Scale(1, 10, whole=False)

    def question(self, case: ResponseCase) -> tuple[Message, ...]:
        """An explanation and a rating."""
        return ask_of_response(case, _SINGLE, response="ASSISTANT'S ANSWER")

    def parse(self, completion: str) -> Reading:
        """The last rating."""
        return read_verdict(completion, RATING, score_on(self.scale), wanted="Rating: [[...]]")


class MTBenchPairwise:
    """`... [[A]]`."""

    def question(self, case: PairCase) -> tuple[Message, ...]:
        """An explanation and a verdict."""
        return ask_of_pair(case, _PAIRWISE, first="ASSISTANT A'S ANSWER", second="ASSISTANT B'S ANSWER")

    def parse(self, completion: str) -> Reading:
        """The last verdict."""
        return read_verdict(completion, _LETTER, one_of({"A": "a", "B": "b", "C": TIE}), wanted="[[A]], [[B]] or [[C]]")
