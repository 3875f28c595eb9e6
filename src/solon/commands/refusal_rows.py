"""The rows that `solon refusals` reads and writes."""

from __future__ import annotations

from typing import Any, NamedTuple, Self

from pydantic import TypeAdapter, ValidationError

from solon.data.fields import id_of
from solon.data.quarantine import Unusable
from solon.evaluation.refusals import LABELS, Refusal, people_label
from solon.records import Message

_TURNS = TypeAdapter(tuple[Message, ...])


class Asked(NamedTuple):
    """A row that was read."""

    id: str
    prompt: str
    response: str
    people: str | None


class RefusalRow(Refusal):
    """A finding with the id of its row."""

    id: str

    @classmethod
    def of(cls, row: Asked, found: Refusal) -> Self:
        """The row of a finding."""
        return cls(id=row.id, **dict(found))


def asked(row: dict[str, Any], name: str, labels: str | None, seen: set[str]) -> Asked:
    """A row {id?, prompt? | messages, response}; `completion` as XSTest calls it, records of `respond`'s stages too."""
    own = id_of(row, name)
    if own in seen:
        raise Unusable(f"`id` {own} stands in an earlier row: findings could not be told apart")
    response = next((row[field] for field in ("response", "completion", "text") if field in row), None)
    if not isinstance(response, str):
        raise Unusable("`response` is missing or is no text")
    people = None
    if labels is not None and row.get(labels) is not None:
        people = people_label(row[labels])
        if people is None:
            raise Unusable(f"`{labels}` is {row[labels]!r}, none of {', '.join(LABELS)} and none of XSTest's labels")
    prompt = _prompt(row)
    seen.add(own)
    return Asked(own, prompt, response, people)


def _prompt(row: dict[str, Any]) -> str:
    """What the answer is to: `prompt`, or the last turn of a user; "" where the row tells neither."""
    prompt = row.get("prompt")
    if isinstance(prompt, str):
        return prompt
    messages = prompt.get("messages") if isinstance(prompt, dict) else row.get("messages")
    if messages is None and prompt is None:
        return ""
    try:
        turns = _TURNS.validate_python(messages)
    except ValidationError as error:
        raise Unusable(f"`prompt` is no text, and `messages` are no turns: {error.errors()[0]['msg']}") from None
    return next((turn.content for turn in reversed(turns) if turn.role == "user"), "")
