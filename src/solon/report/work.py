"""What a run took and what it was made of: calls and money from the ledger, trained tokens, rows of files, mixtures."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from solon.errors import StorageError
from solon.store.query import RunTables

_CALLS = """
SELECT stage, sum((outcome = 'done')::INT), sum((outcome = 'reused')::INT),
       sum((outcome NOT IN ('done', 'reused'))::INT), sum(num_prompt_tokens), sum(num_tokens), sum(price)
FROM calls GROUP BY stage
"""


class Calls(NamedTuple):
    """What engines were asked for by a stage."""

    done: int
    reused: int
    """Answered from the ledger: they cost nothing again."""
    failed: int
    """Attempts without an answer."""
    read_tokens: int
    written_tokens: int
    money: float


class FileRows(NamedTuple):
    """What became of the rows of one of the recipe's files."""

    key: str
    """Of `source.data`."""
    file: str
    rows_in: int
    used: int
    quarantined: int


class Share(BaseModel):
    """A source within a phase of a mixture. Shares are of the weighed tokens; None: rows added beside the shares."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    asked: float | None
    realised: float | None
    tokens: int
    rows: int


class MixtureRead(BaseModel):
    """`mixture.json` of a stage, as far as the report shows it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    tokens: int
    largest_difference: float
    phases: Mapping[str, Mapping[str, Share]]


def read_calls(run: Path) -> dict[str, Calls]:
    """The calls of each stage that made any."""
    tables = RunTables(run)
    try:
        return {stage: Calls(*(number or 0 for number in numbers)) for stage, *numbers in tables.ask(_CALLS).rows}
    finally:
        tables.close()


def read_file_rows(run: Path) -> tuple[FileRows, ...]:
    """What became of the rows of the recipe's files; none where the source is no files.

    Raises:
        StorageError: the file is damaged.
    """
    path = run / "rows.json"
    if not path.is_file():
        return ()
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return tuple(
            FileRows(key, Path(file).name, **counts)
            for key, one in told.items()
            for file, counts in one["files"].items()
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise StorageError(f"{path}: damaged; remove it and run again") from None


def read_mixture(folder: Path) -> MixtureRead | None:
    """The mixture that a stage read, where it read one.

    Raises:
        StorageError: the file is damaged.
    """
    path = folder / "mixture.json"
    if not path.is_file():
        return None
    try:
        return TypeAdapter(MixtureRead).validate_json(path.read_text(encoding="utf-8"))
    except (ValidationError, UnicodeDecodeError):
        raise StorageError(f"{path}: damaged; run the stage again") from None


def trained_tokens(curves: Mapping[str, tuple[Sequence[float], Sequence[float]]]) -> int | None:
    """Tokens that a supervised stage read, where its steps logged them."""
    return int(sum(curves["tokens"][1])) if "tokens" in curves else None
