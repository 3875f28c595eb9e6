"""Plain text as documents for pretraining."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from solon.data.hub import is_hub_name
from solon.data.lines import read_lines
from solon.data.load import read_as
from solon.data.quarantine import QuarantineWriter, RowCounts, Unusable
from solon.data.tables import kind_of
from solon.errors import InputError
from solon.records import Document, Record, Span


def is_text(path: Path) -> bool:
    """Whether a file is plain text.

    Raises:
        InputError: the file is missing, empty, cannot be read, or is of no known kind.
    """
    return not is_hub_name(path) and kind_of(path) == "text"


def read_documents(
    path: Path, quarantine: QuarantineWriter, *, document_characters: int, limit: int | None = None
) -> list[Document]:
    """Documents of a plain text file (.txt, .md, also compressed) or of the `text` fields of a table of any kind.

    A text is cut at blank lines into documents of at most `document_characters`; a longer paragraph at a space.
    Nothing is left out.

    Raises:
        InputError: the file is missing, empty or not UTF-8, or see `read_as`.
    """
    if is_text(path):
        documents = _documents(path.name, _paragraphs(path), document_characters)
        if not documents:
            raise InputError.at(path, None, "the file holds nothing but blank lines")
        used = len(documents[:limit])
        quarantine.counts[path] = RowCounts(used, used, 0)
    else:

        def accept(record: Record, name: str) -> list[Document]:
            if not isinstance(record, Document):
                raise Unusable(f"a {type(record).__name__} is no text: a row needs `text`")
            return _documents(name, iter(record.text.split("\n\n")), document_characters)

        documents = [part for parts in read_as(path, accept, quarantine, limit=limit) for part in parts]
    return documents[:limit]


def _paragraphs(path: Path) -> Iterator[str]:
    lines: list[str] = []
    for _, line in read_lines(path):
        if line.strip():
            lines.append(line)
        elif lines:
            yield "\n".join(lines)
            lines = []
    if lines:
        yield "\n".join(lines)


def _documents(name: str, paragraphs: Iterator[str], most: int) -> list[Document]:
    pieces = [piece for paragraph in paragraphs if paragraph.strip() for piece in _pieces(paragraph, most)]
    texts: list[str] = []
    for piece in pieces:
        if texts and len(texts[-1]) + 2 + len(piece) <= most:
            texts[-1] += "\n\n" + piece
        else:
            texts.append(piece)
    return [
        Document(id=f"{name}#{number}", spans=(Span(text=text),), source="text")
        for number, text in enumerate(texts, start=1)
    ]


def _pieces(paragraph: str, most: int) -> Iterator[str]:
    while len(paragraph) > most:
        cut = paragraph.rfind(" ", 1, most + 1)
        cut = cut if cut > 0 else most
        yield paragraph[:cut]
        paragraph = paragraph[cut:].removeprefix(" ")
    if paragraph:
        yield paragraph
