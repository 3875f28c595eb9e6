"""What every importer gives, and the words in which it asks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from solon.constitution.schema import Constitution, PrincipleEntry

_ID_WORDS = 6
"""Words of a text that name it where it has no name of its own."""


class Imported(NamedTuple):
    """A constitution made from a source in another form."""

    constitution: Constitution
    counts: Mapping[str, int]
    """What was read, left out and kept."""
    notes: tuple[str, ...] = ()
    """What of the source became no principle, or needs a look; each with its file and line where it has one."""
    negatives: Constitution | None = None
    """The opposite of each principle, where the source has any: same ids and weights, to be drawn alike."""


def entry_of(
    name: str, text: str, *, source: str, tags: Iterable[str] = (), weight: float = 1.0, critique: bool = True
) -> PrincipleEntry:
    """A principle whose three requests say its text in our templates.

    Args:
        critique: False leaves it to judges alone: it is never drawn for a critique.
    """
    # Braces of a source are words; only ours are placeholders.
    text = re.sub(r"\{([a-z_]+)\}", r"{ \1 }", " ".join(text.split()))
    requests = {"comparison": f"Which answer keeps to this principle better? {text}"}
    if critique:
        requests["critique_request"] = (
            f"Check your last answer against this principle: {text} Point out what in it goes against the principle. "
            "If nothing does, say: no change needed."
        )
        requests["revision_request"] = (
            "Write your last answer again so that it keeps to the principle, and leave the rest of it as it is."
        )
    return PrincipleEntry(id=name, text=text, source=source, tags=tuple(tags), weight=weight, **requests)


def slug(text: str, words: int = _ID_WORDS) -> str:
    """A short name in lower case: the first words, joined by hyphens; `principle` where there are no letters."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("'", "").replace("\u2019", ""))
    found = re.findall(r"[^\W_]+", "".join(sign for sign in plain if not unicodedata.combining(sign)))
    return "-".join(found[:words]) or "principle"


class Names:
    """Gives every text a name that no other has: a second `honest` is `honest-2`."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def name(self, text: str) -> str:
        """The name of one more text."""
        first = name = slug(text)
        number = 1
        while name in self._given:
            number += 1
            name = f"{first}-{number}"
        self._given.add(name)
        return name
