"""Mixtures of sources whose shares change over training, as a stream that can stop anywhere and go on.

Shares are of tokens, not of rows. Whichever source is furthest behind its share gives the next row, so that what was
read is never further from what was asked than about a row of each source: no chance is in the shares, only in the
order of rows within a source.

Phases as in MiniCPM (Hu et al. 2024, arXiv:2404.06395): the mixture changes where the learning rate begins to decay.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from solon.data.paths import Files
from solon.errors import InputError
from solon.seeds import generator


class MixtureSource(BaseModel):
    """One source of a mixture: either weighed, or a fixed number of its rows added."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    name: str = Field(min_length=1, pattern=r"^[\w.-]+$")
    """Its name in records and figures, and of the folder with its tokens."""
    files: Files = Field(min_length=1)
    """Its rows: plain text, or JSONL of `text`, `{messages}`, `{prompt, response}` or Alpaca rows."""
    weights: Mapping[str, float] = Field(default_factory=dict)
    """Phase -> weight. A source's share of the tokens of a phase is its weight over those of all sources there; a
    phase that is not named weighs 0."""
    add: int = Field(0, ge=0)
    """Instead of weights: exactly so many of its rows, spread evenly over the whole stream, beside the tokens asked
    for. A dose of safety examples, say."""

    @model_validator(mode="after")
    def _weights_or_a_number(self) -> Self:
        if bool(self.weights) == bool(self.add):
            raise ValueError(f"source {self.name}: give `weights`, or `add` (a number of rows), and not both")
        if any(weight < 0 for weight in self.weights.values()):
            raise ValueError(f"source {self.name}: a weight is at least 0")
        return self


class MixtureConfig(BaseModel):
    """Which source is read how much in which phase of training."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    tokens: int = Field(gt=0)
    """Tokens of all weighed sources together; the stream ends with the row that reaches them."""
    phases: Mapping[str, float] = Field(default_factory=lambda: {"warmup": 0.01, "stable": 0.89, "decay": 0.1})
    """Phase -> its share of the tokens, in order."""
    sources: tuple[MixtureSource, ...] = Field(min_length=1)
    """What is mixed. Rows of a source come in random order, and again in a new one when all have come."""

    @model_validator(mode="after")
    def _phases_are_whole(self) -> Self:
        if not self.phases or min(self.phases.values()) <= 0 or abs(sum(self.phases.values()) - 1) > 1e-6:
            raise ValueError(f"the shares of the phases are above 0 and add up to 1, not {dict(self.phases)}")
        return self

    @model_validator(mode="after")
    def _sources_fit_the_phases(self) -> Self:
        names = [source.name for source in self.sources]
        if len(set(names)) < len(names):
            raise ValueError(f"two sources have the same name among {names}")
        for source in self.sources:
            if unknown := sorted(set(source.weights) - set(self.phases)):
                raise ValueError(f"source {source.name}: no phase '{unknown[0]}'; there are {', '.join(self.phases)}")
        for phase in self.phases:
            if not self.shares(phase):
                raise ValueError(f"no source has a weight in the phase '{phase}'")
        return self

    def shares(self, phase: str) -> dict[str, float]:
        """Asked share of the tokens of a phase, by source; sources without a share there are absent."""
        weights = {source.name: source.weights.get(phase, 0.0) for source in self.sources}
        total = sum(weights.values())
        return {name: weight / total for name, weight in weights.items() if weight > 0}


def expect_only_mixture(settings: BaseModel, place: Callable[[str], str]) -> None:
    """Refuse settings of a training that would read other rows beside a mixture, or read it otherwise.

    Args:
        settings: of the training.
        place: tells where a key stands.

    Raises:
        InputError: there is such a key.
    """
    for key, alone, instead in (
        ("epochs", 1, "its `tokens` say how much is read"),
        ("replay_documents", 0, "make them a source of the mixture"),
        ("held_out_share", 0, "no row of a mixture is held out from training to choose a pass"),
    ):
        if getattr(settings, key, alone) != alone:
            raise InputError(f"{place(key)}: a mixture is what is read here; leave this key out: {instead}")


class Drawn(NamedTuple):
    """The next row of a mixture."""

    source: str
    row: int
    """Its index within the source."""
    phase: str
    added: bool
    """Whether it is one of a fixed number of rows, which count to no share."""


class Mixture:
    """The rows of a mixture, one by one: an iterator whose place is a small state.

    A function of the configuration, the seed and the lengths of the rows alone. It holds one permutation of each
    source's rows in memory (8 bytes a row).

    Args:
        config: what is asked.
        lengths: tokens of every row, by source.
        seed: decides the order of rows within a source.

    Raises:
        InputError: a source is without rows, or has fewer than are to be added.
    """

    def __init__(self, config: MixtureConfig, lengths: Mapping[str, np.ndarray[Any, Any] | Sequence[int]], seed: int):
        for source in config.sources:
            if not len(lengths[source.name]):
                raise InputError(f"mixture source {source.name}: none of its rows can be used")
            if source.add > len(lengths[source.name]):
                raise InputError(
                    f"mixture source {source.name}: {source.add} rows are to be added, and it has "
                    f"{len(lengths[source.name])}. Add fewer, or give it more files."
                )
        self._config = config
        self._lengths = lengths
        self._seed = seed
        self._orders: dict[str, tuple[int, np.ndarray[Any, Any]]] = {}  # source -> epoch, its order of rows
        self._ends = [share * config.tokens for share in itertools.accumulate(config.phases.values())]
        self._ends[-1] = config.tokens  # whatever the sum of the shares was rounded to
        self._shares = {phase: config.shares(phase) for phase in config.phases}
        names = [source.name for source in config.sources]
        self._tokens = {phase: dict.fromkeys(names, 0) for phase in config.phases}
        self._rows = {phase: dict.fromkeys(names, 0) for phase in config.phases}
        self._weighed = 0

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Drawn:
        phase = next((p for p, end in zip(self._shares, self._ends, strict=True) if self._weighed < end), None)
        added = self._due()
        if added is not None:
            return self._take(added, phase or next(reversed(self._shares)), added=True)
        if phase is None:
            raise StopIteration
        tokens = self._tokens[phase]
        of_phase = sum(tokens[name] for name in self._shares[phase])
        behind = {name: share * of_phase - tokens[name] for name, share in self._shares[phase].items()}
        return self._take(max(behind, key=lambda name: (behind[name], self._shares[phase][name])), phase, added=False)

    def _due(self) -> str | None:
        """A source whose next added row has its place here: of n rows the k-th at (k - 1/2) / n of the tokens."""
        for source in self._config.sources:
            given = self.num_drawn(source.name) if source.add else 0
            if given < source.add and self._weighed >= (given + 0.5) / source.add * self._config.tokens:
                return source.name
        return None

    def _take(self, name: str, phase: str, *, added: bool) -> Drawn:
        epoch, place = divmod(self.num_drawn(name), len(self._lengths[name]))
        if self._orders.get(name, (-1,))[0] != epoch:
            order = generator(self._seed, "mixture", name, epoch).permutation(len(self._lengths[name]))
            self._orders[name] = epoch, order
        row = int(self._orders[name][1][place])
        length = int(self._lengths[name][row])
        self._tokens[phase][name] += length
        self._rows[phase][name] += 1
        self._weighed += 0 if added else length
        return Drawn(name, row, phase, added)

    @property
    def num_tokens(self) -> int:
        """Tokens of weighed sources that were read."""
        return self._weighed

    def num_drawn(self, name: str) -> int:
        """Rows that a source has given."""
        return sum(rows[name] for rows in self._rows.values())

    def state_dict(self) -> dict[str, Any]:
        """The place in the stream: JSON values."""
        return {
            "tokens": {phase: dict(of) for phase, of in self._tokens.items()},
            "rows": {phase: dict(of) for phase, of in self._rows.items()},
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on behind the row after which `state_dict` gave this."""
        self._tokens = {phase: dict(of) for phase, of in state["tokens"].items()}
        self._rows = {phase: dict(of) for phase, of in state["rows"].items()}
        weighed = [source.name for source in self._config.sources if not source.add]
        self._weighed = sum(of[name] for of in self._tokens.values() for name in weighed)

    def record(self) -> dict[str, Any]:
        """What was asked and what was read so far, in JSON values.

        `asked` and `realised` are shares of the weighed tokens of a phase; `repeats` tells how often a source's rows
        were read on average, and `most_repeats` the most that one of them was.
        """
        phases: dict[str, dict[str, dict[str, Any]]] = {}
        for phase, shares in self._shares.items():
            total = sum(self._tokens[phase][name] for name in shares)
            phases[phase] = {
                name: {
                    "asked": shares.get(name),
                    "realised": tokens / total if name in shares and total else None,
                    "tokens": tokens,
                    "rows": self._rows[phase][name],
                }
                for name, tokens in self._tokens[phase].items()
            }
        sources = {}
        for source in self._config.sources:
            drawn, available = self.num_drawn(source.name), len(self._lengths[source.name])
            sources[source.name] = {
                "rows_available": available, "rows_read": drawn, "repeats": drawn / available,
                "most_repeats": -(-drawn // available), "added": source.add,
            }  # fmt: skip
        differences = [abs(one["realised"] - one["asked"]) for of in phases.values() for one in of.values()
                       if one["realised"] is not None]  # fmt: skip
        return {"tokens": self._weighed, "seed": self._seed, "largest_difference": max(differences, default=0.0),
                "phases": phases, "sources": sources}  # fmt: skip
