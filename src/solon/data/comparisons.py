"""Comparisons by people: pairs of responses, with or without a verdict."""

from __future__ import annotations

from pathlib import Path

from solon.data.images import text_alone
from solon.data.load import read_as
from solon.data.quarantine import QuarantineWriter, Unusable
from solon.records import Comparison, Preference, Ranking, Record

FORMS = "; a pair needs `prompt`, `response_a` and `response_b`, or `chosen` and `rejected`"
_TIE = 0.5


def read_pairs(path: Path, quarantine: QuarantineWriter, *, limit: int | None = None) -> list[Comparison]:
    """The pairs of a file, whatever its kind and format (see `load`), verdicts left aside.

    Raises:
        InputError: see `read_as`.
    """
    return read_as(path, as_pair, quarantine, limit=limit, hint=FORMS)


def as_pair(record: Record, name: str) -> Comparison:
    """The record as a comparison, its verdict left aside."""
    if isinstance(record, Comparison):
        return record
    if isinstance(record, Preference):
        return record.comparison
    if isinstance(record, Ranking) and len(record.responses) == 2:
        text_a, text_b = record.responses
        if text_a == text_b:
            raise Unusable("both responses are the same")
        return Comparison(id=record.id, prompt=record.prompt, response_a=text_a, response_b=text_b)
    raise Unusable(f"a {_told(record)} is no pair")


def read_preferences(path: Path, quarantine: QuarantineWriter, *, limit: int | None = None) -> list[Preference]:
    """The judged pairs of a file, whatever its kind and format (see `load`); of HH-RLHF chosen is A, prob_a 1.

    Raises:
        InputError: see `read_as`.
    """
    return read_as(path, as_preference, quarantine, limit=limit, hint=FORMS)


def as_preference(record: Record, name: str) -> Preference:
    """The record as a judged pair."""
    if isinstance(record, Preference) and record.prob_a is not None:
        return record
    if isinstance(record, Ranking) and len(record.responses) == 2:
        rank_a, rank_b = record.ranks
        prob_a = _TIE if rank_a == rank_b else float(rank_a < rank_b)
        return Preference(comparison=as_pair(record, name), prob_a=prob_a, source=record.rater)
    if isinstance(record, Comparison | Preference):
        raise Unusable("`prob_a` is missing: nobody has judged this pair")
    raise Unusable(f"a {_told(record)} is no judged pair")


def read_rankings(path: Path, quarantine: QuarantineWriter, *, limit: int | None = None) -> list[Ranking]:
    """The rankings of a file, whatever its kind and format (see `load`).

    A judged pair is a ranking of two responses; its prob_a of 0.5 is a tie.

    Raises:
        InputError: see `read_as`.
    """
    return read_as(path, as_ranking, quarantine, limit=limit, hint=FORMS)


def as_ranking(record: Record, name: str) -> Ranking:
    """The record as a ranking to train on."""
    if isinstance(record, Ranking):
        text_alone(record.prompt.messages)
        return record
    judged = as_preference(record, name)
    pair, prob_a = judged.comparison, judged.prob_a
    text_alone(pair.prompt.messages)
    assert prob_a is not None, "a pair that nobody judged is refused above"
    texts = (pair.response_a, pair.response_b)
    ranks = (int(prob_a < _TIE), int(prob_a > _TIE))
    return Ranking(id=pair.id, prompt=pair.prompt, responses=texts, ranks=ranks, rater=judged.source)


def _told(record: Record) -> str:
    kind = type(record).__name__
    return f"{kind} of {len(record.responses)}" if isinstance(record, Ranking) else kind
