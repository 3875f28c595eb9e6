"""The rows that a judge compares: pairs, and several responses to one prompt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from solon.commands.given import answered_prompt
from solon.commands.rows import AnsweredPrompt
from solon.data import QuarantineWriter
from solon.data.comparisons import as_pair
from solon.data.fields import asked_in, id_of, prompt_of
from solon.data.load import first_of, read_rows
from solon.data.quarantine import Unusable
from solon.data.tools import tools_of
from solon.errors import InputError
from solon.interfaces import PromptResponse
from solon.preferences.slates import LETTERS, Slate
from solon.records import Comparison, Ranking, Record


class Compared(NamedTuple):
    """What a judge is asked about."""

    comparisons: list[Comparison]
    slates: list[Slate]
    left_over: int
    """Answers of `respond` that have no partner, or none with another text."""


def read_compared(path: Path, quarantine: QuarantineWriter, *, together: bool = False) -> Compared:
    """Pairs; rows of several `responses`; and answers of `respond`, whose verdicts, if they have any, are left aside.

    Of the answers to a prompt the first is compared with the second, the third with the fourth.

    Args:
        together: instead all different answers to a prompt are compared at once, as many as there are letters.

    Raises:
        InputError: as `read_responses`; or no prompt has two answers that differ.
    """

    def convert(row: dict[str, Any], name: str) -> Comparison | Slate | AnsweredPrompt:
        if "response" in row:
            return answered_prompt(row, name)
        if "responses" in row and "ranks" not in row:
            return _slate(row, name)
        return first_of(row, name, _as_compared)

    rows = read_rows(path, convert, quarantine)
    answers: dict[str, list[PromptResponse]] = {}
    for row in rows:
        if isinstance(row, AnsweredPrompt):
            answers.setdefault(row.pair.prompt.id, []).append(row.pair)
    comparisons = [row for row in rows if isinstance(row, Comparison)]
    slates = [row for row in rows if isinstance(row, Slate)]
    if together:
        found = list(_slates_of(answers))
        slates += found
        compared = sum(len(one.responses) for one in found)
    else:
        paired = list(_pairs_of(answers))
        comparisons += paired
        compared = 2 * len(paired)
    if not comparisons and not slates:
        raise InputError.at(path, None, "no prompt has two answers that differ; `solon respond --draws 2` writes two")
    return Compared(comparisons, slates, sum(map(len, answers.values())) - compared)


def _pairs_of(answers: Mapping[str, Sequence[PromptResponse]]) -> Iterator[Comparison]:
    for name, of_prompt in answers.items():
        for draw, (one, other) in enumerate(zip(of_prompt[::2], of_prompt[1::2], strict=False)):
            if one.response != other.response:
                texts = {"response_a": one.response, "response_b": other.response}
                yield Comparison(id=f"{name}/{draw}", prompt=one.prompt, draw=draw, **texts)


def _slates_of(answers: Mapping[str, Sequence[PromptResponse]]) -> Iterator[Slate]:
    for name, of_prompt in answers.items():
        different = tuple(dict.fromkeys(one.response for one in of_prompt))[: len(LETTERS)]
        if len(different) > 1:
            yield Slate(name, of_prompt[0].prompt, different)


def _as_compared(record: Record, name: str) -> Comparison | Slate:
    if isinstance(record, Ranking) and len(record.responses) > 2:
        return Slate(record.id, record.prompt, _different(record.responses))
    return as_pair(record, name)


def _slate(row: dict[str, Any], name: str) -> Slate:
    """A row `{id?, prompt | messages, responses}`."""
    prompt = prompt_of(asked_in(row), tools=tools_of(row))
    texts = row["responses"]
    if not isinstance(texts, list) or not all(isinstance(text, str) and text.strip() for text in texts):
        raise Unusable("`responses` is not a list of texts with something in them")
    return Slate(id_of(row, name), prompt, _different(texts))


def _different(responses: Sequence[str]) -> tuple[str, ...]:
    """Each text once: an order of equal ones would be noise."""
    different = tuple(dict.fromkeys(responses))
    if not 2 <= len(different) <= len(LETTERS):
        raise Unusable(f"{len(different)} different responses; from 2 to {len(LETTERS)} can be compared at once")
    return different
