"""Training rows of a reward model that follows principles: some are drawn for each pair, some of those negated.

The label says which response is better *under the principles shown*: the reward model learns to read them, and people
can steer it afterwards by what they write.

For each pair and principle there is a preference (log-odds that A follows it better). Some principles are drawn, each
is negated with some probability, and the one of them with the strongest preference decides; a negated one the other
way.

Source: Sun et al. 2023, arXiv:2310.05910 (SALMON), section 3.2.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pydantic import Field

from solon.data.transcripts import images_of, transcript
from solon.errors import InputError
from solon.records import Comparison, Record
from solon.seeds import generator

PRINCIPLES_SHOWN = (2, 4)
"""Fewest and most principles that are drawn for a pair."""
NEGATED = 0.3
"""How likely a principle is negated, where it has a negative."""


class Dimension(Record):
    """A principle with its opposite."""

    id: str
    text: str = Field(min_length=1)
    negative: str = ""
    """What asks for the opposite; empty where there is none, and then it is never negated."""


class ShownPrinciple(Record):
    """A principle as one row shows it."""

    id: str
    negated: bool
    text: str


class PrincipleRow(Record):
    """One training row: `prompt` holds the principles and the conversation, `chosen` is better under them."""

    id: str
    prompt: str
    chosen: str
    rejected: str
    principles: tuple[ShownPrinciple, ...]
    decided_by: str
    """The principle whose preference was the strongest."""


def sample_principle_rows(
    comparisons: Sequence[Comparison],
    log_odds: Mapping[str, Mapping[str, float]],
    dimensions: Sequence[Dimension],
    *,
    seed: int,
    shown: tuple[int, int] = PRINCIPLES_SHOWN,
    negated: float = NEGATED,
) -> Iterator[PrincipleRow]:
    """One row per pair. What is drawn depends on seed and pair alone.

    A pair of which no drawn principle prefers either response gives no row.

    Args:
        log_odds: comparison id -> dimension id -> log-odds that A follows the principle better; 0 is no preference.
        shown: fewest and most principles.
        negated: how likely one with a negative is negated.

    Raises:
        InputError: a pair has no preferences, or none under one of the dimensions; there are too few dimensions.
    """
    if len(dimensions) < shown[0]:
        raise InputError(f"{shown[0]} principles are to be shown at least, and there are {len(dimensions)}")
    for pair in comparisons:
        told = log_odds.get(pair.id, {})
        if missing := [one.id for one in dimensions if one.id not in told]:
            raise InputError(
                f"pair {pair.id!r} has no preference under {len(missing)} principles, such as {missing[0]}"
            )
        if images_of(pair.prompt.messages):
            raise InputError(f"pair {pair.id!r} shows an image, which a row of text would lose; leave it out")
        draws = generator(seed, "principles", pair.id)
        count = min(int(draws.integers(shown[0], shown[1] + 1)), len(dimensions))
        places = draws.permutation(len(dimensions))[:count].tolist()
        drawn = [_shown(dimensions[place], draws.random() < negated) for place in places]
        strength = {one.id: -told[one.id] if one.negated else told[one.id] for one in drawn}
        strongest = max(drawn, key=lambda one: abs(strength[one.id]))
        if strength[strongest.id] == 0:
            continue
        chosen, rejected = pair.response_a, pair.response_b
        if strength[strongest.id] < 0:
            chosen, rejected = rejected, chosen
        yield PrincipleRow(
            id=pair.id, prompt=prompt_with(drawn, transcript(pair.prompt.shown, bare=True)),
            chosen=chosen, rejected=rejected, principles=tuple(drawn), decided_by=strongest.id,
        )  # fmt: skip


def prompt_with(principles: Sequence[ShownPrinciple], conversation: str) -> str:
    """What the reward model reads before a response."""
    listed = "\n".join(f"- {one.text}" for one in principles)
    return f"A response is good if it does all of this:\n{listed}\n\nThe conversation:\n{conversation}"


def _shown(dimension: Dimension, negate: bool) -> ShownPrinciple:
    negated = negate and bool(dimension.negative)
    return ShownPrinciple(id=dimension.id, negated=negated, text=dimension.negative if negated else dimension.text)
