"""What there is to tell of a constitution: wording, shares of draws, clauses, tags."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from solon.constitution.schema import Constitution, Principle, PrincipleEntry, Use

USES: tuple[Use, ...] = ("critique", "comparison")


class Shown(NamedTuple):
    """One principle, for people."""

    principle: Principle
    entry: PrincipleEntry
    shares: dict[Use, float]
    """Use -> the probability that a draw for it gives this principle."""

    @property
    def marked(self) -> str:
        """Its tags, and its clauses with theirs, on one line each."""
        lines = [f"tags: {', '.join(self.entry.tags)}"] if self.entry.tags else []
        for clause in self.entry.clauses:
            lines.append(f"clause: {clause.text}" + (f"  [{', '.join(clause.tags)}]" if clause.tags else ""))
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """Everything, flat."""
        entry = self.entry.model_dump(include={"source", "tags", "clauses"})
        return {"hash": self.principle.hash, **self.principle.model_dump(), **entry, "shares": self.shares}


def shown(constitution: Constitution) -> list[Shown]:
    """The principles in the order of the file."""
    totals = {use: sum(one.weight for one in constitution.principles if one.serves(use)) for use in USES}
    return [
        Shown(principle, entry, {use: principle.weight / totals[use] for use in USES if principle.serves(use)})
        for principle, entry in zip(constitution.principles, constitution.entries, strict=True)
    ]


def listed(principles: Sequence[Principle], *, ids: bool = False) -> str:
    """The principles as a list for a model to read, one a line; with `ids` each stands after its own."""
    return "\n".join(f"- {one.id}: {one.text}" if ids else f"- {one.text}" for one in principles)


def whole_hash(constitution: Constitution) -> str:
    """12 hex digits over all that decides draws or is read by a model, in any order of the principles."""
    told = constitution.model_dump(mode="json", exclude={"id", "version", "entries"})
    told["principles"] = sorted([one.id, one.hash, one.weight] for one in constitution.principles)
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:12]
