"""Statements that all opinion groups of a Polis conversation agree on, as principles.

Source: the collective constitution of Anthropic and the Collective Intelligence Project 2023 (who voted little and
what moderation did not let in are excluded; statements are ranked by group-aware consensus), and Small et al. 2021
for the consensus itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from solon.constitution.importers.imported import Imported, entry_of, slug
from solon.constitution.importers.opinion_groups import Floats, Ints, opinion_groups
from solon.constitution.importers.polis_files import Participant, PolisFiles, Statement, read_polis
from solon.constitution.schema import Constitution, PrincipleEntry
from solon.errors import InputError

MIN_VOTES = 25
"""Participants with fewer votes are excluded in the published study."""


class Tally(NamedTuple):
    """How one opinion group voted on one statement."""

    agrees: int
    disagrees: int
    passes: int

    @property
    def agreement(self) -> float:
        """The smoothed probability that a member agrees: (agrees + 1) / (votes + 2)."""
        return (self.agrees + 1) / (sum(self) + 2)


class Counted(NamedTuple):
    """A conversation after exclusions."""

    participants: list[Participant]
    statements: list[Statement]
    counts: Mapping[str, int]


class Ranked(NamedTuple):
    """A statement and what the groups make of it."""

    statement: Statement
    tallies: tuple[Tally, ...]
    """One per group."""

    @property
    def consensus(self) -> float:
        """Group-aware consensus: the product over groups of their smoothed agreement."""
        return math.prod(tally.agreement for tally in self.tallies)


def import_polis(
    folder: Path | str,
    *,
    top: int | None = None,
    threshold: float | None = None,
    min_votes: int = MIN_VOTES,
    seed: int = 0,
) -> Imported:
    """The statements of greatest group-aware consensus, best first.

    Args:
        folder: what Polis exports: statements and votes.
        top: at most how many.
        threshold: the least consensus, 0 to 1. Without `top` and `threshold` all that a majority of every group
            agrees with, by their smoothed agreement.
        min_votes: participants who voted less, on any statement, are left out.
        seed: of k-means.

    Raises:
        InputError: the files cannot be read, nobody or nothing is left, or no statement reaches the threshold.
    """
    folder = Path(folder)
    files = read_polis(folder)
    kept = after_exclusions(files, min_votes=min_votes)
    votes = vote_matrix(kept)
    groups = opinion_groups(votes, seed=seed)
    ranked = rank_by_consensus(kept.statements, votes, groups.labels)
    chosen = _chosen(ranked, top, threshold)
    if not chosen:
        best = f"the best has a consensus of {ranked[0].consensus:.3f}; lower --threshold, or give --top"
        raise InputError.at(files.statements_file, None, f"no statement has the agreement that is asked for; {best}")
    sizes = np.bincount(groups.labels)
    constitution = Constitution(
        id=slug(folder.resolve().name), version="1", principles=tuple(_entry(files, one) for one in chosen)
    )
    counts = {**kept.counts, "groups": len(sizes), "principles": len(chosen)}
    notes = (
        f"opinion groups of {', '.join(map(str, sizes))} participants; silhouette {groups.silhouette:.3f}",
        f"group-aware consensus of the chosen: {chosen[0].consensus:.3f} to {chosen[-1].consensus:.3f}",
    )
    return Imported(constitution, counts, notes)


def after_exclusions(files: PolisFiles, *, min_votes: int) -> Counted:
    """Without participants who voted less than `min_votes` times, and statements that moderation did not let in.

    `votes` counts all that the remaining participants cast, as Polis does; `votes_on_statements` those on what is
    left to vote on. Statements that none of them saw, and participants who saw none of the statements, go as well.

    Raises:
        InputError: nobody or nothing is left.
    """
    voters = [person for person in files.participants if person.num_votes >= min_votes]
    admitted = [one for one in files.statements if one.moderated == 1]
    if not admitted:
        problem = "no statement has `moderated` 1 (let in); set it for those that are to count"
        raise InputError.at(files.statements_file, None, problem)
    seen = {key for person in voters for key in person.votes}
    statements = [one for one in admitted if one.id in seen]
    ids = {one.id for one in statements}
    participants = [person for person in voters if ids & person.votes.keys()]
    if not participants:
        raise InputError.at(files.votes_file, None, f"nobody voted {min_votes} times or more; lower --min-votes")
    counts = {
        "statements_read": len(files.statements),
        "participants_read": len(files.participants),
        "participants": len(participants),
        "statements": len(statements),
        "votes": sum(person.num_votes for person in participants),
        "votes_on_statements": sum(len(ids & person.votes.keys()) for person in participants),
    }
    return Counted(participants, statements, counts)


def vote_matrix(kept: Counted) -> Floats:
    """Participants x statements: 1 agree, 0 pass, -1 disagree, nan not seen."""
    rows = [[person.votes.get(one.id, math.nan) for one in kept.statements] for person in kept.participants]
    return np.array(rows, dtype=np.float64)


def rank_by_consensus(statements: list[Statement], votes: Floats, labels: Ints) -> list[Ranked]:
    """Statements by falling consensus; equal ones in the order of the file."""
    groups = [votes[labels == group] for group in range(labels.max() + 1)]
    ranked = [
        Ranked(statement, tuple(_tally(group[:, column]) for group in groups))
        for column, statement in enumerate(statements)
    ]
    return sorted(ranked, key=lambda one: -one.consensus)


def _chosen(ranked: list[Ranked], top: int | None, threshold: float | None) -> list[Ranked]:
    if top is None and threshold is None:
        return [one for one in ranked if min(tally.agreement for tally in one.tallies) > 0.5]
    return [one for one in ranked if one.consensus >= (threshold or 0.0)][:top]


def _tally(votes: Floats) -> Tally:
    return Tally(*(int((votes == value).sum()) for value in (1, -1, 0)))


def _entry(files: PolisFiles, one: Ranked) -> PrincipleEntry:
    shares = "; ".join(
        f"group {number} agree {tally.agrees} disagree {tally.disagrees} pass {tally.passes}"
        for number, tally in enumerate(one.tallies)
    )
    source = f"{files.statements_file.name}, statement {one.statement.id}: consensus {one.consensus:.3f}; {shares}"
    return entry_of(f"statement-{one.statement.id}", one.statement.text, source=source)
