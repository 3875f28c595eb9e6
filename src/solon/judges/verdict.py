"""What a judge says of a pair, a response or a question once all orders and samples are counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal

from solon.judges.reading import Reading, Status
from solon.records import Preference, Record

Said = Literal["a", "b", "tie", "refused", "unscored"]
"""What one order says of a pair, by response and not by position."""

BACK = {"a": "b", "b": "a"}


class PairVerdict(Record):
    """The verdict on a pair. `winner` is None exactly where `status` is not `scored`."""

    id: str
    status: Status
    winner: Literal["a", "b"] | None = None
    prob_a: float | None = None
    """The judge's probability that A is better, or the share of votes for A, ties half; None where nothing is read."""
    orders: tuple[Said, ...]
    """What was said with A first and, where both orders were asked, with B first."""
    reason: str = ""
    raw: tuple[str, ...] = ()
    """All completions: of the first order, then of the second."""
    principle_id: str | None = None

    @property
    def flipped(self) -> bool:
        """Whether the judge prefers another response when the order changes."""
        return set(self.orders) == {"a", "b"}

    @property
    def said(self) -> Said:
        """The verdict in one word."""
        return self.winner or ("tie" if self.status == "tie" else "refused" if self.status == "refused" else "unscored")


class ResponseVerdict(Record):
    """The verdict on one response, or on a question with options, where `value` is the number of the option from 0."""

    id: str
    status: Status
    value: float | str | None = None
    prob: float | None = None
    """Probability of `value`, where the judge tells probabilities."""
    orders: tuple[float | str | None, ...] = ()
    """Of a question: what each order chose."""
    reason: str = ""
    raw: tuple[str, ...] = ()


class OrderVotes(Record):
    """What the samples of one order say."""

    said: Said
    share_a: float | None
    reason: str


def votes_of(readings: Sequence[Reading], *, swapped: bool) -> OrderVotes:
    """Count the samples of one order. Those that refused or cannot be read abstain.

    More than half of the votes decide; where neither response has them, it is a tie. Where nobody votes, the order is
    refused if any sample was, else unscored.
    """
    said: list[Said] = [_by_response(reading, swapped) for reading in readings]
    voting = [one for one in said if one in ("a", "b", "tie")]
    if not voting:
        reason = next(reading.reason for reading in readings)
        return OrderVotes(said="refused" if "refused" in said else "unscored", share_a=None, reason=reason)
    counts = Counter(voting)
    share = (counts["a"] + counts["tie"] / 2) / len(voting)
    decided: Said = "a" if 2 * counts["a"] > len(voting) else "b" if 2 * counts["b"] > len(voting) else "tie"
    return OrderVotes(said=decided, share_a=share, reason="")


def pair_verdict(name: str, orders: Sequence[OrderVotes], raw: Sequence[str]) -> PairVerdict:
    """One verdict of both orders (or of the only one asked): orders that disagree are a tie.

    An order without a verdict leaves the pair without one: the other alone still has its taste for a position.
    """
    said = tuple(order.said for order in orders)
    shares = [order.share_a for order in orders if order.share_a is not None]
    if len(shares) < len(orders):
        reason = next(order.reason for order in orders if order.share_a is None)
        status: Status = "refused" if "refused" in said else "unscored"
        return PairVerdict(id=name, status=status, orders=said, reason=reason, raw=tuple(raw))
    share = sum(shares) / len(shares)
    first = said[0]
    if first in ("a", "b") and set(said) == {first}:
        winner: Literal["a", "b"] = "a" if first == "a" else "b"
        return PairVerdict(id=name, status="scored", winner=winner, prob_a=share, orders=said, raw=tuple(raw))
    reason = "" if set(said) == {"tie"} else "the orders disagree"
    return PairVerdict(id=name, status="tie", prob_a=share, orders=said, reason=reason, raw=tuple(raw))


def of_preference(preference: Preference) -> PairVerdict:
    """The verdict of a judge that tells log-odds: their mean over the orders decides, 0 is a tie.

    Unlike hard verdicts, log-odds of two orders that disagree still say which response is liked more.
    """
    log_odds = preference.log_odds
    name, prob_a = preference.comparison.id, preference.prob_a
    orders: tuple[Said, ...] = tuple("a" if odds > 0 else "b" if odds < 0 else "tie" for odds in log_odds)
    common = {"id": name, "raw": preference.raw, "principle_id": preference.principle_id}
    if prob_a is None:
        reason = next((text for text in preference.raw if text), "the options have no finite log-probability")
        return PairVerdict.model_validate({**common, "status": "unscored", "orders": ("unscored",), "reason": reason})
    if prob_a == 0.5:
        return PairVerdict.model_validate({**common, "status": "tie", "prob_a": prob_a, "orders": orders})
    told = {**common, "status": "scored", "winner": "a" if prob_a > 0.5 else "b", "prob_a": prob_a, "orders": orders}
    return PairVerdict.model_validate(told)


def _by_response(reading: Reading, swapped: bool) -> Said:
    if reading.status == "scored":
        letter = str(reading.value)
        return "a" if (BACK[letter] if swapped else letter) == "a" else "b"
    return "tie" if reading.status == "tie" else "refused" if reading.status == "refused" else "unscored"
