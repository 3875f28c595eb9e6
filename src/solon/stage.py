"""What a stage of the chain is, and what the runner hands to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from solon.interfaces import Reward, Source
from solon.progress import Progress
from solon.records import Metric

if TYPE_CHECKING:
    from solon.recipe import Recipe


@dataclass(frozen=True)
class StageRun:
    """One execution of a stage. `inputs` maps the stages it reads from to their folders; it writes to `folder` only.

    While a stage is evaluated, its own folder is among the inputs and `folder` is where the evaluation's records go.
    """

    name: str
    recipe: Recipe
    source: Source
    inputs: Mapping[str, Path]
    folder: Path
    seed: int
    progress: Progress
    work: str = ""
    """The run, as the ledger of calls names it."""
    rewards: Mapping[str, tuple[Reward, float]] = field(default_factory=dict)
    """Rewards given by `solon.run(rewards=...)`, by name, with their weights; added to the chain's own."""


class Findings(NamedTuple):
    """What a test of a stage measured."""

    metrics: Mapping[str, Metric]
    failures: tuple[str, ...] = ()
    """One line for each gate that failed: the numbers, what is concerned, what can be done."""


@dataclass(frozen=True)
class Stage:
    """A step of the chain."""

    name: str
    inputs: Callable[[Recipe], tuple[str, ...]]
    """Names of the stages that it reads; the recipe's roles decide."""
    function: Callable[[StageRun], None]
    """Makes the artefacts."""
    settings: Callable[[Recipe], Mapping[str, Any]]
    """Everything in the recipe, and the hash of every file, that decides the artefacts: JSON values."""
    evaluate: Callable[[StageRun], Findings] | None = None
    """Tests what was made, on held-out prompts or pairs."""
    admit: Callable[[StageRun], Findings] | None = None
    """Tests the inputs before the stage begins."""
    test_settings: Callable[[Recipe], Mapping[str, Any]] = lambda recipe: {}
    """As `settings`, for `evaluate` and `admit`; a change here makes nothing again."""
    takes_rewards: bool = False
    """Whether rewards given from Python take part in it."""
    version: int = 1
    """Raised when the function's results change for the same inputs, so that the cache does not serve old ones."""
