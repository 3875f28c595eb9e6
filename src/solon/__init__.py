"""A constitution in, an aligned model out.

    import solon
    result = solon.run("quickstart", to="runs/mine", overrides=["seed=2"], rewards={"short": my_reward})
    result.metrics.stages["rl_cai"].metrics["harmful"].value

`run` takes a recipe (a path, a shipped name, or a loaded one) and gives back where the results are. Everything else is
in the rooms: `solon.pipeline` shows how they fit together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from solon.errors import (
    BudgetError,
    EngineError,
    GateError,
    InputError,
    ModelError,
    SolonError,
    StorageError,
    TrainingError,
)
from solon.interfaces import PromptResponse, Reward
from solon.progress import Progress

if TYPE_CHECKING:
    from solon.recipe import Recipe
    from solon.runner import RunResult

__all__ = [
    "BudgetError",
    "EngineError",
    "GateError",
    "InputError",
    "ModelError",
    "Progress",
    "PromptResponse",
    "Reward",
    "SolonError",
    "StorageError",
    "TrainingError",
    "run",
]


def run(
    recipe: Recipe | Path | str = "quickstart",
    *,
    to: Path | str | None = None,
    overrides: Sequence[str] = (),
    rewards: Mapping[str, Reward | tuple[Reward, float]] | None = None,
    until: str | None = None,
    progress: Progress | None = None,
) -> RunResult:
    """Run a recipe; the same call goes on where it stopped.

    Args:
        recipe: a recipe file, the name of a shipped one, or one already loaded.
        to: the run directory; `runs/NAME` unless given.
        overrides: `KEY=VALUE` assignments, as `solon run --set` takes them.
        rewards: further rewards of both PPO stages, by name, alone or with a weight (1 unless given). A reward's name
            stands for it in the cache: change the name when you change the function.
        until: the last stage to run.
        progress: is told what goes on; nothing is printed without it.

    Raises:
        SolonError: the kinds in `solon.errors`, each with what to do.
    """
    from solon.launch import launch

    weighted = {name: given if isinstance(given, tuple) else (given, 1.0) for name, given in (rewards or {}).items()}
    return launch(recipe, to=to, overrides=overrides, rewards=weighted, until=until, progress=progress)
