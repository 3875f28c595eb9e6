"""What differs between two constitutions, principle by principle."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import Any, Literal, NamedTuple

from solon.constitution.schema import Constitution, Principle, PrincipleEntry

READ = ("critique_request", "revision_request", "comparison")
_FOR_PEOPLE = ("text", "source", "tags")

Stage = Literal["critiques", "labels", "reasoned labels"]
"""What a part of the file decides: critiques and revisions, the judge's labels, or those with reasoning alone."""

SHARED: dict[str, Stage] = {
    "examples.critiques": "critiques",
    "no_change": "critiques",
    "examples.comparisons": "labels",
    "judge_prompt": "labels",
    "judge_prefill": "labels",
    "options": "labels",
    "reasoning_prefill": "reasoned labels",
}
"""Parts of the file that every critique or every label reads. Joiners are not among them: they show in the wording of
the principles whose clauses they join."""


class FieldChange(NamedTuple):
    """One field of one principle, or of the file."""

    field: str
    before: str
    after: str

    @property
    def words(self) -> str:
        """The new text with what went in [-brackets-] and what came in {+braces+}, by words."""
        old, new = self.before.split(), self.after.split()
        parts: list[str] = []
        for kind, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            if kind == "equal":
                parts.append(" ".join(new[k:m]))
                continue
            if j > i:
                parts.append(f"[-{' '.join(old[i:j])}-]")
            if m > k:
                parts.append(f"{{+{' '.join(new[k:m])}+}}")
        return " ".join(parts)

    def as_json(self) -> dict[str, str]:
        """The three texts."""
        return {**self._asdict(), "words": self.words}


class PrincipleChange(NamedTuple):
    """A principle of one id that is not what it was."""

    id: str
    fields: tuple[FieldChange, ...]
    weight: tuple[float, float] | None = None
    """Before and after, where it changed."""

    @property
    def read(self) -> bool:
        """Whether what a model reads changed, and with it the hash."""
        return any(change.field in READ for change in self.fields)


class Changes(NamedTuple):
    """Everything that differs."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]
    """(old id, new id) of the same wording."""
    changed: tuple[PrincipleChange, ...]
    shared: tuple[FieldChange, ...]
    """Parts of the file that all critiques or all labels read, and joiners."""

    def as_json(self) -> dict[str, Any]:
        """Ids by kind of change, and the details."""
        return {
            "added": list(self.added),
            "removed": list(self.removed),
            "changed": [one.id for one in self.changed if one.read],
            "renamed": [{"before": old, "after": new} for old, new in self.renamed],
            "weights": {one.id: list(one.weight) for one in self.changed if one.weight},
            "fields": {one.id: [field.as_json() for field in one.fields] for one in self.changed if one.fields},
            "shared": [field.as_json() for field in self.shared],
        }


def changes(before: Constitution, after: Constitution) -> Changes:
    """Compare by id. A principle that left and one that came with the same wording are one that was renamed."""
    old, new = _by_id(before), _by_id(after)
    came, left = [name for name in new if name not in old], [name for name in old if name not in new]
    renamed: list[tuple[str, str]] = []
    for name in left:
        taken = {second for _, second in renamed}
        same = [other for other in came if other not in taken and new[other][0].hash == old[name][0].hash]
        renamed += [(name, same[0])] if same else []
    moved_from, moved_to = {first for first, _ in renamed}, {second for _, second in renamed}
    pairs = [(name, name) for name in old if name in new]
    compared = [_change(*old[first], *new[second]) for first, second in (*pairs, *renamed)]
    return Changes(
        added=tuple(name for name in came if name not in moved_to),
        removed=tuple(name for name in left if name not in moved_from),
        renamed=tuple(renamed),
        changed=tuple(one for one in compared if one.fields or one.weight),
        shared=_shared(before, after),
    )


def _by_id(constitution: Constitution) -> dict[str, tuple[Principle, PrincipleEntry]]:
    both = zip(constitution.principles, constitution.entries, strict=True)
    return {principle.id: (principle, entry) for principle, entry in both}


def _change(old: Principle, old_entry: PrincipleEntry, new: Principle, new_entry: PrincipleEntry) -> PrincipleChange:
    before = {**old.model_dump(), "source": old_entry.source, "tags": _tags(old_entry)}
    after = {**new.model_dump(), "source": new_entry.source, "tags": _tags(new_entry)}
    fields = [
        FieldChange(field, before[field], after[field])
        for field in (*READ, *_FOR_PEOPLE)
        if before[field] != after[field]
    ]
    return PrincipleChange(new.id, tuple(fields), (old.weight, new.weight) if old.weight != new.weight else None)


def _tags(entry: PrincipleEntry) -> str:
    """Tags of a principle and of its clauses, as one line."""
    of_clauses = [f"{clause.text}: {', '.join(clause.tags)}" for clause in entry.clauses if clause.tags]
    return "; ".join([", ".join(entry.tags), *of_clauses]).removeprefix("; ")


def _shared(before: Constitution, after: Constitution) -> tuple[FieldChange, ...]:
    found = []
    for name in (*SHARED, "clause_joiner", "last_joiner"):
        old, new = before, after
        for part in name.split("."):
            old, new = getattr(old, part), getattr(new, part)
        if old != new:
            found.append(FieldChange(name, _said(old), _said(new)))
    return tuple(found)


def _said(value: object) -> str:
    """A part of the file in words."""
    if isinstance(value, tuple):
        return "; ".join(_said(one) for one in value)
    if hasattr(value, "model_dump_json"):
        return str(value.model_dump_json(exclude_defaults=True))
    return "as published" if value is None else str(value)
