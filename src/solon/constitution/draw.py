"""Drawing principles by weighted rendezvous hashing."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from typing import Protocol, TypeVar


class Weighted(Protocol):
    """What can be drawn."""

    @property
    def id(self) -> str:
        """Names the item in the hash."""
        ...

    @property
    def weight(self) -> float:
        """Relative probability, > 0."""
        ...


T = TypeVar("T", bound=Weighted)


def draw_some(items: Sequence[T], count: int, seed: int, prompt_id: str, draw: int, round: int) -> list[T]:
    """The `count` items with the greatest log(u) / weight, the greatest first; u is uniform by hash of the question
    and the item's id.

    The first wins with probability weight / sum of weights, since -log(u) / weight is exponential with rate weight;
    each next one with its share of what is left, as in drawing without putting back.
    Source: highest-random-weight hashing, Thaler and Ravishankar 1998; the weighted form is the logarithmic method.
    """

    def rank(item: T) -> tuple[float, str]:
        return math.log(_uniform(seed, prompt_id, draw, round, item.id)) / item.weight, item.id

    return sorted(items, key=rank, reverse=True)[:count]


def _uniform(seed: int, prompt_id: str, draw: int, round: int, item_id: str) -> float:
    """A number in (0, 1) by hash; never 0 or 1, so that its logarithm is finite and below 0."""
    # The prompt id's length keeps ("a", "b c") and ("a b", "c") apart whatever the ids contain.
    text = f"{seed} {draw} {round} {len(prompt_id)} {prompt_id} {item_id}"
    bits = int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], "big") >> 12
    return (bits + 0.5) / 2**52
