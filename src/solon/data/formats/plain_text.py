"""Plain text: a corpus."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from solon.data.fields import id_of, source_of, text_of
from solon.data.formats.format import Format, has
from solon.records import Document, Span


def read_text(row: dict[str, Any], name: str) -> Sequence[Document]:
    """A row `{text}`, or a paragraph of a text file."""
    return (Document(id=id_of(row, name), spans=(Span(text=text_of(row, "text")),), source=source_of(name)),)


TEXT = (Format("text", "`text`", "document", "all other fields", has("text"), read_text),)
