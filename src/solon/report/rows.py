"""Rows of a run's files as the report reads them: an odd one is told with its file and line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError

from solon.errors import InputError


@contextmanager
def told_with_its_line(file: Path, number: int) -> Iterator[None]:
    """Name the row that something inside cannot use.

    Raises:
        InputError: a key is missing, or a value is of another kind.
    """
    try:
        yield
    except (KeyError, TypeError, AttributeError, ValidationError) as error:
        told = str(error).splitlines()[0]
        raise InputError.at(file, number, f"not a row that the report can show ({told}); run the stage again") from None


def files_of(folder: Path, name: str) -> list[Path]:
    """The file in the stage folder, or in those of its evaluation and its admission test; none where it is empty."""
    places = (folder / name, folder / "evaluation" / name, folder / "admission" / name)
    return [place for place in places if place.is_file() and place.stat().st_size][:1]
