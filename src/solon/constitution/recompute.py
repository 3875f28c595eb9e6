"""What an edit of a constitution recomputes: expected from weights alone, or counted for given prompts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from solon.constitution.changes import SHARED, changes
from solon.constitution.schema import Constitution, Principle, Use
from solon.constitution.shown import USES


class Redone(NamedTuple):
    """Reasons why nothing of a kind stays, whatever is drawn. Empty: draws decide."""

    critiques: tuple[str, ...]
    labels: tuple[str, ...]
    reasoned_labels: tuple[str, ...]
    """Of labels that a judge reasons about first, beside those above."""


class Expected(NamedTuple):
    """What is to be expected over prompts."""

    per_round: float
    """w: the probability that one draw for a critique gives other wording than before."""
    chains: tuple[float, ...]
    """Round k (from 1) -> 1 - (1 - w)^k: the share of chains touched in it or before."""
    labels: float
    """The share of labels whose principle reads otherwise."""

    @property
    def rounds(self) -> float:
        """The share of all rounds that are to be redone: a chain is, from its first touched round on."""
        return sum(self.chains) / len(self.chains) if self.chains else 0.0


class Counted(NamedTuple):
    """What is to be redone for given prompts."""

    prompts: int
    chains: int
    """Chains in which some round is redone."""
    by_round: tuple[int, ...]
    """Round k (from 1) -> chains that are redone from this round on."""
    rounds: int
    """Critique and revision rounds to redo."""
    all_rounds: int
    labels: int
    """Labels to redo."""
    all_labels: int


class Recompute(NamedTuple):
    """The whole answer."""

    everything: Redone
    expected: Expected
    counted: Counted | None

    def as_json(self) -> dict[str, Any]:
        """One object."""
        told = {
            "everything": self.everything._asdict(),
            "expected": {**self.expected._asdict(), "rounds": self.expected.rounds},
        }
        return told | ({"counted": self.counted._asdict()} if self.counted else {})


def recompute(
    before: Constitution,
    after: Constitution,
    *,
    rounds: int,
    seed: int,
    prompt_ids: Sequence[str] = (),
    labels_per_prompt: int = 1,
) -> Recompute:
    """What `after` asks to be computed again of what was computed under `before`.

    A critique and revision depends on the two requests of the drawn principle, on the answer it begins with, and on the
    examples; a label on the drawn comparison, the examples and the judge's wording. First answers depend on nothing
    here. Draws depend on ids and weights, so that a change of weight moves a few of them.

    Args:
        rounds: critiques and revisions of each answer.
        seed: as given to `revise` and `judge run`.
        prompt_ids: count for these; none: expectations alone.
        labels_per_prompt: pairs of each prompt that a judge labels.
    """
    everything = _everything(before, after, seed)
    moved = 1.0 if everything.critiques else share_that_moves(before, after, "critique")
    expected = Expected(
        per_round=moved,
        chains=tuple(1 - (1 - moved) ** number for number in range(1, rounds + 1)),
        labels=1.0 if everything.labels else share_that_moves(before, after, "comparison"),
    )
    counted = _count(before, after, everything, rounds, seed, prompt_ids, labels_per_prompt) if prompt_ids else None
    return Recompute(everything, expected, counted)


def share_that_moves(before: Constitution, after: Constitution, use: Use) -> float:
    """The probability that a draw gives other wording than it gave.

        1 - sum over ids k of unchanged wording of 1 / sum over j of max(w_j / w_k, w'_j / w'_k)

    with weights w before and w' after, 0 where there is no such principle. For k has the least -log(u_j) / w_j under
    both exactly if its own, an exponential variable, is below all others' with these rates. A principle that only
    changed its name counts as moved, so that the share is an upper bound then.
    """
    old = {one.id: one for one in before.principles if one.serves(use)}
    new = {one.id: one for one in after.principles if one.serves(use)}
    if not old and not new:
        return 0.0
    ids = old.keys() | new.keys()

    def ratio(of: dict[str, Principle], j: str, k: str) -> float:
        return of[j].weight / of[k].weight if j in of else 0.0

    stays = 0.0
    for k in sorted(old.keys() & new.keys()):
        if _reads(old[k], use) == _reads(new[k], use):
            stays += 1 / sum(max(ratio(old, j, k), ratio(new, j, k)) for j in sorted(ids))
    return max(0.0, 1 - stays)


def _reads(principle: Principle, use: Use) -> tuple[str, ...]:
    if use == "critique":
        return principle.critique_request, principle.revision_request
    return (principle.comparison,)


def _everything(before: Constitution, after: Constitution, seed: int) -> Redone:
    found: dict[str, list[str]] = {"critiques": [], "labels": [], "reasoned labels": []}
    for change in changes(before, after).shared:
        if change.field in SHARED:
            found[SHARED[change.field]].append(f"`{change.field}` changed")
    for number, example in enumerate(after.examples.comparisons if _both_serve(before, after, "comparison") else ()):
        # An example without its own comparison is shown under a drawn one, and every label's prompt holds it.
        if example.comparison is None and _differs(before, after, seed, f"example {number}", 0, 0, "comparison"):
            found["labels"].append(f"example {number} is shown under a principle that is drawn, and now another one is")
    return Redone(tuple(found["critiques"]), tuple(found["labels"]), tuple(found["reasoned labels"]))


def _both_serve(before: Constitution, after: Constitution, use: Use) -> bool:
    return all(any(one.serves(use) for one in side.principles) for side in (before, after))


def _differs(before: Constitution, after: Constitution, seed: int, name: str, draw: int, round: int, use: Use) -> bool:
    drawn = (one.draw(seed, name, draw, round, use=use) for one in (before, after))
    old, new = (_reads(principle, use) for principle in drawn)
    return old != new


def _count(
    before: Constitution, after: Constitution, everything: Redone, rounds: int, seed: int, prompt_ids: Sequence[str],
    labels_per_prompt: int,
) -> Counted:  # fmt: skip
    by_round, labels = [0] * rounds, 0
    criticised, judged = (_both_serve(before, after, use) for use in USES)
    for name in prompt_ids:
        for number in range(1, rounds + 1) if criticised else ():
            if everything.critiques or _differs(before, after, seed, name, 0, number, "critique"):
                by_round[number - 1] += 1
                break
        for draw in range(labels_per_prompt) if judged else ():
            labels += bool(everything.labels) or _differs(before, after, seed, name, draw, 0, "comparison")
    return Counted(
        prompts=len(prompt_ids),
        chains=sum(by_round),
        by_round=tuple(by_round),
        rounds=sum(touched * (rounds - index) for index, touched in enumerate(by_round)),
        all_rounds=len(prompt_ids) * rounds if criticised else 0,
        labels=labels,
        all_labels=len(prompt_ids) * labels_per_prompt if judged else 0,
    )
