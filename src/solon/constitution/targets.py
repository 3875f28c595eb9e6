"""Principles as a red team reads them: what is to be broken, and under which name that is counted."""

from __future__ import annotations

from typing import NamedTuple

from solon.constitution.schema import Constitution


class Target(NamedTuple):
    """A principle that prompts and dialogues are to break."""

    id: str
    hash: str
    rule: str
    """Its text; of a principle that is a list of clauses alone, what a judge or critic is asked of it."""
    category: str
    """For labels that evaluation groups by, never for a model: its tags, else its id."""


def targets(constitution: Constitution) -> list[Target]:
    """One for each principle, in the order of the file."""
    pairs = zip(constitution.principles, constitution.entries, strict=True)
    return [
        Target(
            id=one.id,
            hash=one.hash,
            rule=one.text if entry.text else one.comparison or one.critique_request,
            category="+".join(entry.tags) or one.id,
        )
        for one, entry in pairs
    ]
