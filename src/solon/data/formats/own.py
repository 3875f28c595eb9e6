"""Solon's own records, and the rows that its commands write."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from solon.data.fields import asked_in, id_of, optional_text, prompt_of, ranking_of, shown, text_of
from solon.data.formats.format import LONG_FIELDS, Format
from solon.data.images import IMAGE_FIELDS
from solon.data.quarantine import Unusable
from solon.data.tools import tools_of
from solon.records import (
    Comparison,
    Demonstration,
    Document,
    LabelledResponse,
    Preference,
    Prompt,
    Ranking,
    Record,
    Response,
    Revision,
)

_RECORDS: tuple[type[Record], ...] = (
    Demonstration, Document, LabelledResponse, Ranking, Comparison, Preference, Response, Revision
)  # fmt: skip
_FIELDS = {
    kind: (
        frozenset(name for name, field in kind.model_fields.items() if field.is_required()),
        frozenset(kind.model_fields),
    )
    for kind in _RECORDS
}
"""Kind of record -> the fields it needs, and those it may have."""
_SINGLE = frozenset({"prompt", "comparison"})
"""Fields that hold a record in a record, and a text or a list in rows of others."""


def _record_kind(row: dict[str, Any]) -> type[Record] | None:
    """Which record a row is by its fields; a prompt only where it has labels, for else any row of messages is one."""
    if row.keys() - {"tools"} == {"id", "messages", "labels"}:
        return Prompt
    if not all(isinstance(row[field], dict) for field in _SINGLE & row.keys()):
        return None
    fits = (kind for kind, (needed, known) in _FIELDS.items() if needed <= row.keys() <= known)
    return next(fits, None)


def read_record(row: dict[str, Any], name: str) -> Sequence[Record]:
    """A record as it was written."""
    kind = _record_kind(row)
    if kind is None:
        raise Unusable("the fields are not those of a record")
    try:
        return (kind.model_validate(row),)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "row"
        raise Unusable(f"not a {kind.__name__} record: `{field}`: {first['msg'].lower()}") from None


def read_ranking(row: dict[str, Any], name: str) -> Sequence[Ranking]:
    """A row `{id?, prompt | messages, responses, ranks, rater?}`; rank 0 is the best, equal ones tie."""
    messages = asked_in(row)
    responses, ranks = row.get("responses"), row.get("ranks")
    if not isinstance(responses, list) or not all(isinstance(text, str) for text in responses):
        raise Unusable("`responses` is not a list of strings")
    if ranks is None:
        raise Unusable("`ranks` is null: nobody has ranked these responses")
    if not isinstance(ranks, list) or not all(_is_rank(rank) for rank in ranks):
        raise Unusable("`ranks` is not a list of whole numbers from 0")
    return (ranking_of(id_of(row, name), prompt_of(messages, tools=tools_of(row)), responses, ranks, _rater(row)),)


def read_pair(row: dict[str, Any], name: str) -> Sequence[Comparison | Preference]:
    """A row `{id?, prompt | messages, response_a, response_b, prob_a?}`: judged where it has `prob_a`."""
    messages = asked_in(row)
    text_a, text_b = text_of(row, "response_a"), text_of(row, "response_b")
    if text_a == text_b:
        raise Unusable("both responses are the same")
    draw = row.get("draw", 0)
    if not isinstance(draw, int) or isinstance(draw, bool):
        raise Unusable("`draw` is no whole number")
    comparison = Comparison(
        id=id_of(row, name),
        prompt=prompt_of(messages, tools=tools_of(row)),
        response_a=text_a,
        response_b=text_b,
        draw=draw,
    )
    prob_a = row.get("prob_a")
    if prob_a is None:
        return (comparison,)
    if isinstance(prob_a, bool) or not isinstance(prob_a, int | float) or not 0 <= prob_a <= 1:
        raise Unusable(f"`prob_a` is {prob_a!r}, not a number from 0 to 1")
    told = {
        field: row[field]
        for field in ("principle_id", "principle_hash", "principles", "log_odds", "raw")
        if row.get(field)
    }
    try:
        return (Preference(comparison=comparison, prob_a=float(prob_a), source=_rater(row), **told),)
    except ValidationError as error:
        raise Unusable(f"`{error.errors()[0]['loc'][0]}` is no judge's: {error.errors()[0]['msg'].lower()}") from None


def read_response(row: dict[str, Any], name: str) -> Sequence[Demonstration]:
    """A row `{id?, prompt | messages, response}`: an answer to imitate."""
    field = "prompt" if "prompt" in row else "messages"
    asked, answer = asked_in(row), optional_text(row, "response")
    taken = (field, "response", "tools", "functions", *IMAGE_FIELDS)
    return (shown(row, name, asked, answer, *taken, tools=tools_of(row)),)


def _is_rank(rank: Any) -> bool:
    return isinstance(rank, int) and not isinstance(rank, bool) and rank >= 0


def _rater(row: dict[str, Any]) -> str:
    # A verdict of `judge run`, known by its status, names its judge as source.
    rater = row.get("source" if "status" in row else "rater")
    return rater if isinstance(rater, str) and rater else "people"


def _asks(row: dict[str, Any]) -> bool:
    return "prompt" in row or "messages" in row


OWN = (
    Format("records", "the fields of a record of Solon", "the record", "nothing",
           lambda row: _record_kind(row) is not None, read_record),
    Format("rankings", "`responses`, `ranks`", "ranking", "all but prompt, responses, ranks, rater and id",
           lambda row: "responses" in row and "ranks" in row, read_ranking),
    Format("pairs", "`prompt` or `messages`, `response_a`, `response_b`", "comparison, with `prob_a` preference",
           "fields that are not Solon's", lambda row: _asks(row) and "response_a" in row and "response_b" in row,
           read_pair),
)  # fmt: skip
RESPONSES = (
    Format("responses", "`prompt` or `messages`, `response`", "demonstration", LONG_FIELDS,
           lambda row: _asks(row) and "response" in row, read_response),
)  # fmt: skip
