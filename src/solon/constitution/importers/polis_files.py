"""The files of a Polis conversation: statements, and who voted what."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from solon.errors import InputError

_STATEMENTS, _VOTES = ("comments", "clean_comments"), ("participants-votes", "clean_votes")
_ENDINGS = (".csv", ".jsonl", ".jsonl.gz")
_NO_STATEMENT = ("participant", "xid", "group-id", "n-comments", "n-votes", "n-agree", "n-disagree")


class Statement(NamedTuple):
    """What people voted on."""

    id: str
    text: str
    moderated: int
    """1 let in, -1 rejected, 0 never looked at."""


class Participant(NamedTuple):
    """One person's votes."""

    id: str
    votes: dict[str, float]
    """Statement id -> 1 agree, 0 pass, -1 disagree; statements not seen are absent."""
    num_votes: int
    """On all statements, those that moderation took out among them."""


class PolisFiles(NamedTuple):
    """One conversation."""

    statements: list[Statement]
    participants: list[Participant]
    statements_file: Path
    votes_file: Path


def read_polis(folder: Path) -> PolisFiles:
    """A folder as Polis exports it (comments.csv, participants-votes.csv), or the same tables as JSONL.

    Raises:
        InputError: a file is missing, or a row is not as exported; named by file and line.
    """
    statements_file, votes_file = _find(folder, _STATEMENTS), _find(folder, _VOTES)
    statements = []
    for line, row in _rows(statements_file):
        try:
            statements.append(Statement(str(row["comment-id"]), str(row["comment-body"]), int(row["moderated"])))
        except (KeyError, ValueError, TypeError) as error:
            problem = f"not as Polis exports it ({error}); it has comment-id, comment-body, moderated (1, 0 or -1)"
            raise InputError.at(statements_file, line, problem) from None
    participants = [_participant(votes_file, line, row) for line, row in _rows(votes_file)]
    return PolisFiles(statements, participants, statements_file, votes_file)


def _participant(path: Path, line: int, row: dict[str, Any]) -> Participant:
    votes = {}
    for key, value in row.items():
        if key in _NO_STATEMENT or value in ("", None):
            continue
        try:
            votes[key] = float(value)
        except (ValueError, TypeError):
            votes[key] = 9.0
        if votes[key] not in (1.0, 0.0, -1.0):
            problem = (
                f"the vote on statement {key} is {value!r}; it must be 1 (agree), 0 (pass), -1 (disagree) or empty"
            )
            raise InputError.at(path, line, problem)
    if "participant" not in row:
        raise InputError.at(path, line, "not as Polis exports it: no `participant`")
    counted = row.get("n-votes") or len(votes)
    if not str(counted).isdigit():
        raise InputError.at(path, line, f"n-votes is {counted!r}; it must be a whole number")
    return Participant(str(row["participant"]), votes, int(counted))


def _find(folder: Path, names: tuple[str, ...]) -> Path:
    for name in names:
        for ending in _ENDINGS:
            if (path := folder / f"{name}{ending}").is_file():
                return path
    wanted = " or ".join(f"{name}{ending}" for name in names for ending in _ENDINGS)
    raise InputError.at(folder, None, f"a Polis conversation has a file {wanted}; there is none here")


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line, row) of a CSV or JSONL table; a CSV row's line is the one on which it ends."""
    try:
        raw = path.read_bytes()
        text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8-sig")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise InputError.at(path, None, f"cannot be read: {error}") from None
    if path.suffix == ".csv":
        reader = csv.DictReader(io.StringIO(text, newline=""))
        for row in reader:
            yield reader.line_num, row
        return
    for line, part in enumerate(text.split("\n"), 1):
        if part.strip():
            try:
                value = json.loads(part)
            except json.JSONDecodeError as error:
                raise InputError.at(path, line, f"not valid JSON: {error.msg}") from None
            if not isinstance(value, dict):
                raise InputError.at(path, line, "must hold a JSON object")
            yield line, value
