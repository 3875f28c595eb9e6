"""Critiques of a model that people see beside responses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from solon.commands.given import revision_of
from solon.data import QuarantineWriter
from solon.data.fields import id_of, prompt_id, text_of
from solon.data.load import read_rows
from solon.data.quarantine import Unusable
from solon.records import Revision


class GivenCritique(NamedTuple):
    """A critique and what it is named by."""

    id: str
    text: str


class Critiques:
    """Critiques by the row or by the text of the response that they are about."""

    def __init__(self) -> None:
        self._of_row: dict[str, list[GivenCritique]] = defaultdict(list)
        self._of_text: dict[tuple[str, str], list[GivenCritique]] = defaultdict(list)
        self._waiting: set[GivenCritique] = set()

    def add_to_row(self, row: str, critique: GivenCritique) -> None:
        """A critique of the response that this row of RESPONSES holds."""
        self._of_row[row].append(critique)
        self._waiting.add(critique)

    def add_to_text(self, prompt: str, response: str, critique: GivenCritique) -> None:
        """A critique of this response to the prompt with this id."""
        self._of_text[prompt, response].append(critique)
        self._waiting.add(critique)

    def of(self, prompt: str, response: str, rows: Sequence[str]) -> list[GivenCritique]:
        """The critiques of a response that stands in these rows."""
        found = [one for row in rows for one in self._of_row.get(row, ())]
        found += self._of_text.get((prompt, response), ())
        self._waiting.difference_update(found)
        return list(dict.fromkeys(found))

    @property
    def num_unused(self) -> int:
        """Critiques that belong to no response asked for so far."""
        return len(self._waiting)


def read_critiques(path: Path, quarantine: QuarantineWriter) -> Critiques:
    """Rows `{id, critique}`, where the id is that of a response's row, or Revision records of `revise`.

    The critique of a revision is about the answer of the round before.

    Raises:
        InputError: as `read_rows`.
    """
    texts: dict[tuple[str, int], str] = {}
    critiques = Critiques()
    for row in read_rows(path, _critique_or_revision, quarantine):
        if isinstance(row, GivenCritique):
            critiques.add_to_row(row.id, row)
            continue
        name = prompt_id(row.prompt.messages, row.prompt.tools)
        texts[name, row.round] = row.text
        if row.critique is not None:
            about = texts.get((name, row.round - 1), "")
            critiques.add_to_text(name, about, GivenCritique(f"{row.prompt.id}/{row.round}", row.critique))
    return critiques


def _critique_or_revision(row: dict[str, Any], name: str) -> GivenCritique | Revision:
    if "round" in row:
        return revision_of(row)
    own = id_of(row, "")
    if not own:
        raise Unusable("`id` is missing: it is that of the row whose response the critique is about")
    return GivenCritique(own, text_of(row, "critique"))
