"""Demonstrations of any file."""

from __future__ import annotations

from pathlib import Path

from solon.data.images import text_alone
from solon.data.load import read_as
from solon.data.quarantine import QuarantineWriter, Unusable
from solon.records import Demonstration, Document, Prompt, Record

FORMS = "; a demonstration needs `messages`, `instruction` and `output`, or `prompt` and `response`"


def read_demonstrations(path: Path, quarantine: QuarantineWriter, *, limit: int | None = None) -> list[Demonstration]:
    """The demonstrations of a file, whatever its kind and format (see `load`).

    Alpaca rows and `{prompt, response}` are trained on the answer, `{messages}` on every assistant turn. Ids that rows
    do not bring are FILE-STEM:LINE.

    Raises:
        InputError: see `read_as`.
    """
    return read_as(path, as_demonstration, quarantine, limit=limit, hint=FORMS)


def as_demonstration(record: Record, name: str) -> Demonstration:
    """The record, if it is one to imitate."""
    if isinstance(record, Demonstration):
        text_alone(record.messages)
        return record
    if isinstance(record, Prompt):
        raise Unusable("it asks and holds no answer, so there is nothing to imitate")
    raise Unusable(f"a {type(record).__name__} is nothing to imitate")


def as_document_or_demonstration(record: Record, name: str) -> Document | Demonstration:
    """The record, if it is text or a conversation to train on."""
    return record if isinstance(record, Document) else as_demonstration(record, name)
