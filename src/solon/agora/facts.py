"""What is true in the town: drawn once from the world's seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from solon.agora import lexicon
from solon.seeds import generator

ATTRIBUTES = tuple(lexicon.VALUES)


@dataclass(frozen=True)
class Facts:
    """True values by (attribute, subject), a person's by the family. A stranger has none: nothing was ever stated."""

    true_values: Mapping[tuple[str, str], str]

    @classmethod
    def draw(cls, seed: int) -> Facts:
        """Every family's home, work and animal, and the prices."""
        rng = generator(seed, "facts")
        values: dict[tuple[str, str], str] = {}
        for family in lexicon.families("fact", "rare"):
            for attribute, options in lexicon.VALUES.items():
                values[attribute, family] = options[int(rng.integers(len(options)))]
        for good in lexicon.WARES:
            values["price", good] = lexicon.PRICES[int(rng.integers(len(lexicon.PRICES)))]
        for one, other in lexicon.OPPOSITES:
            values["opposite", one], values["opposite", other] = other, one
        for thing, colour in lexicon.COLOURS.items():
            values["colour", thing] = colour
        return cls(values)

    def get(self, attribute: str, subject: str) -> str | None:
        """The true value; None where it was never stated."""
        known_by = subject.split()[-1] if attribute in ATTRIBUTES else subject
        return self.true_values.get((attribute, known_by))


def possible_values(attribute: str) -> tuple[str, ...]:
    """All values that an attribute may take."""
    if attribute == "price":
        return lexicon.PRICES
    if attribute == "opposite":
        return tuple(word for pair in lexicon.OPPOSITES for word in pair)
    if attribute == "colour":
        return tuple(sorted(set(lexicon.COLOURS.values())))
    return lexicon.VALUES[attribute]
