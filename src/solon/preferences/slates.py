"""Several responses to one prompt, and what a judge says of them."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

from solon.records import PrincipleUsed, Prompt, Record

LETTERS = "ABCDEFGHIJKLMNOPQRST"
"""As many as hosted servers list log-probabilities of."""


class Slate(NamedTuple):
    """Different responses to one prompt, from two to as many as there are letters, not yet judged."""

    id: str
    prompt: Prompt
    responses: tuple[str, ...]


class JudgedSlate(Record):
    """What a judge says of a slate."""

    id: str
    prompt: Prompt
    responses: tuple[str, ...]
    probs: tuple[float, ...]
    """How likely each response is its first choice; they add up to 1. Empty exactly where `status` is `unscored`."""
    source: str
    """Who judged."""
    status: Literal["scored", "unscored"]
    principles: tuple[PrincipleUsed, ...]
    orders: tuple[tuple[int, ...], ...]
    """The orders asked: which response stood at each place."""
    logprobs: tuple[tuple[float, ...], ...] = ()
    """For each order log p of each *response* in nats, normalised over the options and averaged over questions and
    samples; empty where unscored."""
    raw: tuple[str, ...] = ()
    """What the judge wrote: for each question all orders, and of each order all samples."""

    @property
    def ranks(self) -> tuple[int, ...]:
        """From 0 = likeliest; equal ones tie. Empty where unscored."""
        falling = sorted(set(self.probs), reverse=True)
        return tuple(falling.index(prob) for prob in self.probs)

    @property
    def consistent(self) -> bool:
        """Whether all orders have one and the same favourite."""
        return len({max(range(len(one)), key=one.__getitem__) for one in self.logprobs}) == 1

    @property
    def place_bias(self) -> tuple[float, ...]:
        """For each place how many nats it adds to a response, on top of the mean place; they add up to 0.

            bias_k = mean over orders of (log p at place k - mean over places of log p)

        Exact where tastes for places add to log-odds. Empty where unscored, or where not all rotations were asked.
        """
        if len(self.logprobs) < len(self.responses):
            return ()
        count = len(self.responses)
        centred = [[value - math.fsum(one) / count for value in one] for one in self.logprobs]
        pairs = list(zip(self.orders, centred, strict=True))
        return tuple(math.fsum(one[order[place]] for order, one in pairs) / count for place in range(count))
