"""Which licences a data set states, in its rows or in the files beside it, and what they ask for.

It finds words; it gives no legal advice. A licence that is stated nowhere near the file is `none stated`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from solon.data.doctor.rows import raw_rows

_CC = re.compile(r"\bCC[ -]?BY(?:[ -](?:NC|SA|ND))*(?:[ -]\d\.\d)?|\bCC0\b", re.I)
_CC_WORDS = re.compile(
    r"(?:Creative Commons )?Attribution(?:[ -](?:Non-?Commercial|Share-?Alike|No-?Deriv\w*))*(?: \d\.\d)? "
    r"(?:International|Unported|Generic)",
    re.I,
)
_OTHERS = {
    "Apache-2.0": r"\bapache(?: licen[cs]e)?[,\s-]*(?:version )?2(?:\.0)?\b",
    "MIT": r"\bMIT(?: licen[cs]e)?\b",
    "BSD": r"\bBSD\b",
    "GPL": r"\b[AL]?GPL(?:[ -]?v?\d(?:\.\d)?)?\b",
    "ODC-BY": r"\bODC-BY\b|\bopen data commons attribution\b",
    "OpenRAIL": r"\b\w*openrail\w*\b",
}
_NAMES = {name: re.compile(pattern, re.I) for name, pattern in _OTHERS.items()}
_NON_COMMERCIAL = re.compile(r"\b(?:non-?commercial|research (?:use|purposes?) only|only for research)\b", re.I)
_ROW_FIELDS = ("license", "licence")
_FILES = re.compile(r"(?:README|LICEN[CS]E|DATA_LICENSE|COPYING|dataset_?card)", re.I)
_MOST_CHARACTERS = 200_000


class Licence(NamedTuple):
    """A licence as it is stated."""

    name: str
    place: str
    """FILE:LINE."""

    @property
    def flags(self) -> tuple[str, ...]:
        """What it asks for that a user may not be able to give."""
        words = self.name.lower()
        known = {
            "non-commercial": r"\bnc\b|non-?commercial",
            "share-alike": r"\bsa\b|share-?alike|gpl",
            "no derivatives": r"\bnd\b|no-?deriv",
            "use restrictions": r"openrail",
        }
        return tuple(flag for flag, pattern in known.items() if re.search(pattern, words))


def licences_in(text: str, file: Path | str) -> list[Licence]:
    """The licences that a text names, each once, with the line."""
    found: dict[str, Licence] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        names = [match[0].replace(" ", "-").upper() for match in _CC.finditer(line)]
        names += [match[0] for match in _CC_WORDS.finditer(line)]
        names += [name for name, pattern in _NAMES.items() if pattern.search(line)]
        if not names and _NON_COMMERCIAL.search(line):
            names = ["non-commercial"]
        for name in names:
            found.setdefault(name, Licence(name, f"{file}:{number}"))
    return list(found.values())


def licences_beside(path: Path) -> list[Licence]:
    """What README, LICENSE, COPYING and data set cards in the file's own folder name."""
    beside = sorted(file for file in path.resolve().parent.iterdir() if file.is_file() and _FILES.match(file.name))
    return [
        licence
        for file in beside
        for licence in licences_in(file.read_text(encoding="utf-8", errors="replace")[:_MOST_CHARACTERS], file)
    ]


def licence_of_row(row: Any) -> str | None:
    """What the row itself states, in a field `license` or `licence`, at its top or under `metadata`."""
    if not isinstance(row, Mapping):
        return None
    for part in (row, row.get("metadata"), row.get("meta")):
        if isinstance(part, Mapping):
            for field in _ROW_FIELDS:
                value = part.get(field)
                if isinstance(value, str) and value.strip():
                    return value.strip()
    return None


def licences_of(path: Path) -> list[Licence]:
    """What a file's rows and the files beside it state, each licence once."""
    stated = {licence.name: licence for licence in licences_beside(path)}
    for line, row in raw_rows(path):
        if name := licence_of_row(row):
            stated.setdefault(name, Licence(name, f"{path}:{line}"))
    return list(stated.values())
