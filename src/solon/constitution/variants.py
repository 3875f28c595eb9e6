"""Variants of a constitution for ablations. The only code that follows tags."""

from __future__ import annotations

from solon.constitution.schema import Constitution, PrincipleEntry
from solon.errors import InputError
from solon.seeds import generator

_IDENTITY = ("id", "weight")
"""What stays with an id when texts are shuffled."""


def without(constitution: Constitution, name: str) -> Constitution:
    """The constitution without the principle of this id, or without all that carries this tag.

    Raises:
        InputError: it has neither, or nothing would be left.
    """
    kept = tuple(entry for entry in constitution.entries if entry.id != name)
    if len(kept) == len(constitution.entries):
        if not any(name in _tags(entry) for entry in constitution.entries):
            known = sorted({entry.id for entry in kept}.union(*map(_tags, kept)))
            raise InputError(f"constitution `{constitution.id}` has no principle and no tag `{name}`; it has {known}")
        return without_tag(constitution, name)
    if not kept:
        raise InputError(f"`{name}` is the only principle of constitution `{constitution.id}`: nothing would be left")
    return with_entries(constitution, f"{constitution.id}-without-{name}", kept)


def without_tag(constitution: Constitution, tag: str) -> Constitution:
    """The constitution without what carries the tag: single clauses, and principles tagged or left without clauses.

    Raises:
        InputError: nothing carries the tag (a misspelt tag would make an ablation of nothing), or everything does.
    """
    entries = []
    for entry in constitution.entries:
        kept = tuple(clause for clause in entry.clauses if tag not in clause.tags)
        if tag in entry.tags or (entry.clauses and not kept):
            continue
        entries.append(entry if len(kept) == len(entry.clauses) else with_clauses(entry, kept))
    if tuple(entries) == constitution.entries:
        known = sorted(tags_of(constitution))
        raise InputError(f"nothing in constitution `{constitution.id}` is tagged `{tag}`; its tags are {known}")
    if not entries:
        raise InputError(f"everything in constitution `{constitution.id}` is tagged `{tag}`: nothing would be left")
    return with_entries(constitution, f"{constitution.id}-without-{tag}", tuple(entries))


def tags_of(constitution: Constitution) -> list[str]:
    """Every tag of its principles and clauses, in the order of the file."""
    return list(dict.fromkeys(tag for entry in constitution.entries for tag in _tags(entry)))


def only_tag(constitution: Constitution, tag: str) -> Constitution:
    """The constitution of what carries the tag alone: tagged principles whole, of others their tagged clauses.

    Raises:
        InputError: nothing carries the tag.
    """
    entries = []
    for entry in constitution.entries:
        kept = tuple(clause for clause in entry.clauses if tag in clause.tags)
        if tag in entry.tags:
            entries.append(entry)
        elif kept:
            entries.append(with_clauses(entry, kept))
    if not entries:
        known = sorted(tags_of(constitution))
        raise InputError(f"nothing in constitution `{constitution.id}` is tagged `{tag}`; its tags are {known}")
    return with_entries(constitution, f"{constitution.id}-only-{tag}", tuple(entries))


def shuffled_texts(constitution: Constitution, seed: int) -> Constitution:
    """The same principles under permuted ids: every text moves to another id, ids and weights stay in place.

    Raises:
        InputError: there is only one principle.
    """
    entries = constitution.entries
    if len(entries) < 2:
        raise InputError(f"constitution `{constitution.id}` has one principle: there is nothing to shuffle")
    # Each text moves to the next id along a random cycle, so that none stays where it was.
    cycle = generator(seed, "shuffled texts").permutation(len(entries)).tolist()
    moved = list(entries)
    for here, there in zip(cycle, [*cycle[1:], cycle[0]], strict=True):
        kept = {name: getattr(entries[there], name) for name in _IDENTITY}
        moved[there] = entries[here].model_copy(update=kept)
    return with_entries(constitution, f"{constitution.id}-shuffled", tuple(moved))


def with_clauses(entry: PrincipleEntry, clauses: object) -> PrincipleEntry:
    """The principle with these clauses instead of its own."""
    return PrincipleEntry.model_validate({**dict(entry), "clauses": clauses})


def with_entries(constitution: Constitution, name: str, entries: tuple[PrincipleEntry, ...]) -> Constitution:
    """A constitution of this id with these principles, and all else as it is."""
    # Built anew, not copied: a copy would carry the finished wording of the old entries along.
    kept = {key: getattr(constitution, key) for key in Constitution.model_fields if key not in ("id", "entries")}
    return Constitution(id=name, principles=entries, **kept)


def _tags(entry: PrincipleEntry) -> tuple[str, ...]:
    return (*entry.tags, *(tag for clause in entry.clauses for tag in clause.tags))
