"""What a published finding is here: an experiment, the shape that it is expected to have, and what it does not show.

The shape is a predicate over measured numbers. It was written before the experiment was run for the first time; the
settings were then tuned on seeds 0 to 2, and what is reported is of other seeds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from solon.records import Metric
from solon.settings import Settings

if TYPE_CHECKING:
    from solon.findings.lab import Lab

S = TypeVar("S", bound=Settings)
Measured = Mapping[str, Metric]
"""What an experiment measured, by name: of one seed, or the mean over seeds with its 95 % interval."""


class Outcome(NamedTuple):
    """One part of a shape, held against what was measured."""

    claim: str
    holds: bool
    found: str


@dataclass(frozen=True)
class Finding(Generic[S]):
    """A published finding as a small experiment on the embedded world."""

    name: str
    title: str
    source: str
    """Paper, arXiv number, figure or section."""
    published: str
    """What was found there, with its numbers."""
    method: str
    """What is done here instead."""
    settings: S
    """The experiment's own knobs, with their values; `--set` changes them."""
    measure: Callable[[Lab, S], Mapping[str, Metric]]
    """Runs the experiment for one seed."""
    shape: Callable[[Measured, S], Sequence[Outcome]]
    """Whether the mean over seeds has the expected shape: every part of it must hold."""
    figure: Callable[[Measured, S], str]
    """An <svg> of the mean over seeds."""
    limits: str
    """What it does not show."""
    needs: str | None = None
    """The chain's last stage that it reads; None where it reads none."""
    quick: Mapping[str, Any] | None = None
    """Settings of the quick version: a smaller experiment of the same kind."""
    remark: str = ""
    """What is known about why it does, or does not, come out as published."""


@dataclass(frozen=True)
class Experiment(Generic[S]):
    """A finding under certain settings."""

    finding: Finding[S]
    settings: S
    label: str = ""
    """What a sweep changed: `dose=3, epochs=2`."""

    @property
    def name(self) -> str:
        """The finding's, with what was changed."""
        return self.finding.name + (f" ({self.label})" if self.label else "")
