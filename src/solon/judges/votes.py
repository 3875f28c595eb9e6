"""Several judges, one verdict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from solon.judges.reading import Status
from solon.judges.verdict import PairVerdict


class Vote(NamedTuple):
    """What several judges say of one pair."""

    status: Status
    winner: Literal["a", "b"] | None
    share_a: float | None
    """Of the votes cast, ties half."""
    cast: int
    abstained: int


def vote(verdicts: Sequence[PairVerdict]) -> Vote:
    """The majority of several judges' verdicts on one pair.

    Judges that refused or gave no verdict abstain. More than half of the votes cast (ties are votes) decide for a
    response; else it is a tie. Where all abstain the pair is refused if all of them refused, else unscored.
    """
    cast = [one for one in verdicts if one.status in ("scored", "tie")]
    abstained = len(verdicts) - len(cast)
    if not cast:
        refused = bool(verdicts) and all(one.status == "refused" for one in verdicts)
        return Vote("refused" if refused else "unscored", None, None, 0, abstained)
    for_a, for_b = (sum(one.winner == side for one in cast) for side in ("a", "b"))
    share = (for_a + (len(cast) - for_a - for_b) / 2) / len(cast)
    if 2 * for_a > len(cast):
        return Vote("scored", "a", share, len(cast), abstained)
    if 2 * for_b > len(cast):
        return Vote("scored", "b", share, len(cast), abstained)
    return Vote("tie", None, share, len(cast), abstained)
