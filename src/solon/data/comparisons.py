"""Comparisons by people: pairs of responses, with or without a verdict."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from solon.data.fields import as_prompt, id_of, messages_of, text_of
from solon.data.prompts import prompt_id
from solon.data.quarantine import QuarantineWriter, Unusable, read_rows
from solon.data.transcripts import split_pair
from solon.records import Comparison, Preference, Prompt, Ranking

T = TypeVar("T")


def read_pairs(path: Path, quarantine: QuarantineWriter, *, limit: int | None = None) -> list[Comparison]:
    """Comparisons of a JSONL file, verdicts left aside: `{id?, prompt | messages, response_a, response_b}` or HH-RLHF.

    Raises:
        InputError: see `read_rows`.
    """
    return _read(path, quarantine, limit, pair)


def pair(row: dict[str, Any], name: str) -> Comparison:
    """One row as a comparison, its verdict left aside; `name` is its id where it has none."""
    return _comparison(row, name)[0]


def read_preferences(path: Path, quarantine: QuarantineWriter, *, limit: int | None = None) -> list[Preference]:
    """Judged pairs: `{id?, prompt | messages, response_a, response_b, prob_a}` or HH-RLHF (chosen is A, prob_a 1).

    Raises:
        InputError: see `read_rows`.
    """
    return _read(path, quarantine, limit, preference)


def preference(row: dict[str, Any], name: str) -> Preference:
    """One row as a judged pair; `name` is its id where it has none."""
    comparison, prob_a = _judged(row, name)
    return Preference(comparison=comparison, prob_a=prob_a, source=_rater(row))


def ranking(row: dict[str, Any], name: str) -> Ranking:
    """One row `{id?, prompt | messages, responses, ranks, rater?}` as a ranking; rank 0 is the best, equal ones tie."""
    messages = as_prompt(row["prompt"], "prompt") if "prompt" in row else as_prompt(_listed(row), "messages")
    responses, ranks = row.get("responses"), row.get("ranks")
    if not isinstance(responses, list) or not all(isinstance(text, str) for text in responses):
        raise Unusable("`responses` is not a list of strings")
    if not isinstance(ranks, list) or not all(isinstance(rank, int) and rank >= 0 for rank in ranks):
        raise Unusable("`ranks` is not a list of whole numbers from 0")
    if len(ranks) != len(responses) or len(responses) < 2:
        raise Unusable(f"{len(responses)} responses and {len(ranks)} ranks: give at least two, and a rank for each")
    prompt = Prompt(id=prompt_id(messages), messages=messages)
    return Ranking(id=id_of(row, name), prompt=prompt, responses=responses, ranks=ranks, rater=_rater(row))


def read_rankings(path: Path, quarantine: QuarantineWriter, *, limit: int | None = None) -> list[Ranking]:
    """The rows of `read_preferences` as rankings of two responses, the better first; prob_a of 0.5 is a tie.

    Raises:
        InputError: see `read_rows`.
    """

    def convert(row: dict[str, Any], name: str) -> Ranking:
        comparison, prob_a = _judged(row, name)
        return Ranking(
            id=comparison.id,
            prompt=comparison.prompt,
            responses=(comparison.response_a, comparison.response_b),
            ranks=(int(prob_a < 0.5), int(prob_a > 0.5)),
            rater=_rater(row),
        )

    return _read(path, quarantine, limit, convert)


def _read(
    path: Path, quarantine: QuarantineWriter, limit: int | None, convert: Callable[[dict[str, Any], str], T]
) -> list[T]:
    return read_rows(path, convert, quarantine, limit=limit)


def _comparison(row: dict[str, Any], name: str) -> tuple[Comparison, float | None]:
    """The pair, and the verdict that its form implies."""
    if "chosen" in row or "rejected" in row:
        messages, response_a, response_b = split_pair(row)
        implied: float | None = 1.0
    else:
        messages = as_prompt(row["prompt"], "prompt") if "prompt" in row else as_prompt(_listed(row), "messages")
        response_a, response_b = text_of(row, "response_a"), text_of(row, "response_b")
        implied = None
        if response_a == response_b:
            raise Unusable("both responses are the same")
    prompt = Prompt(id=prompt_id(messages), messages=messages)
    return Comparison(id=id_of(row, name), prompt=prompt, response_a=response_a, response_b=response_b), implied


def _listed(row: dict[str, Any]) -> Any:
    if "messages" not in row:
        raise Unusable("no pair: a row needs `prompt`, `response_a` and `response_b`, or `chosen` and `rejected`")
    messages_of(row)
    return row["messages"]


def _judged(row: dict[str, Any], name: str) -> tuple[Comparison, float]:
    comparison, implied = _comparison(row, name)
    if implied is not None:
        return comparison, implied
    prob_a = row.get("prob_a")
    if prob_a is None:
        raise Unusable("`prob_a` is missing: nobody has judged this pair")
    if isinstance(prob_a, bool) or not isinstance(prob_a, int | float) or not 0 <= prob_a <= 1:
        raise Unusable(f"`prob_a` is {prob_a!r}, not a number from 0 to 1")
    return comparison, float(prob_a)


def _rater(row: dict[str, Any]) -> str:
    # A verdict of `judge run`, known by its status, names its judge as source.
    rater = row.get("source" if "status" in row else "rater")
    return rater if isinstance(rater, str) and rater else "people"
