"""Which stages a recipe runs, in which order and where, under which keys, and what of it is there already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from solon.errors import InputError
from solon.interfaces import Reward
from solon.recipe import Recipe
from solon.stage import Stage
from solon.store.cache import Cache, cache_root, stage_key
from solon.store.folders import partial_of
from solon.store.lineage import read_manifest
from solon.store.run_folder import STAGE_FOLDER

Rewards = Mapping[str, tuple[Reward, float]]
"""Name -> (reward, weight)."""

State = Literal["kept", "from the cache", "to resume", "to make"]


class Step(NamedTuple):
    """A stage of a recipe with its place in the run."""

    stage: Stage
    inputs: tuple[str, ...]
    folder: Path


class PlannedStep(NamedTuple):
    """What a run would do about a stage; known as far as the stages before it are finished."""

    name: str
    inputs: tuple[str, ...]
    folder: Path
    state: State


def order_stages(chain: Sequence[Stage], recipe: Recipe) -> list[tuple[Stage, tuple[str, ...]]]:
    """The recipe's stages, each after all that it reads from; the chain's own order where that leaves a choice.

    Raises:
        InputError: an unknown stage, an input that the recipe does not make, or a circle of roles.
    """
    known = {stage.name: stage for stage in chain}
    for name in recipe.stages:
        if name not in known:
            raise InputError(f"{recipe.place('stages')}: no stage '{name}'; the chain has: {', '.join(known)}")
    waiting = {stage.name: tuple(dict.fromkeys(stage.inputs(recipe))) for stage in chain if stage.name in recipe.stages}
    for name, inputs in waiting.items():
        if missing := [other for other in inputs if other not in waiting]:
            raise InputError(
                f"{recipe.place('stages')}: '{name}' reads from '{missing[0]}', which `stages` leaves out; "
                f"add it, or change the role that asks for it"
            )
    ordered: list[tuple[Stage, tuple[str, ...]]] = []
    while waiting:
        ready = [name for name, inputs in waiting.items() if not set(inputs) & set(waiting)]
        if not ready:
            raise InputError(f"{recipe.place('roles')}: these stages wait for each other: {', '.join(waiting)}")
        ordered.append((known[ready[0]], waiting.pop(ready[0])))
    return ordered


def plan(recipe: Recipe, *, to: Path, chain: Sequence[Stage], cache: Cache | None = None) -> list[PlannedStep]:
    """What `run` would do, without doing it. A stage behind one that is yet to be made counts as `to make`."""
    cache = cache or Cache(cache_root())
    hashes: dict[str, str] = {}
    planned = []
    for step in steps_of(recipe, to, chain):
        state: State = "to make"
        if all(name in hashes for name in step.inputs):
            key = key_of(step, recipe, hashes, {})
            found = find_folder(step, to)
            manifest = read_manifest(found) if found else None
            mark = partial_of(step.folder) / "key"
            if manifest and manifest.key == key:
                state, hashes[step.stage.name] = "kept", manifest.hash
            elif cached := cache.manifest(key):
                state, hashes[step.stage.name] = "from the cache", cached.hash
            elif mark.is_file() and mark.read_text(encoding="utf-8") == key:
                state = "to resume"
        planned.append(PlannedStep(step.stage.name, step.inputs, step.folder, state))
    return planned


def steps_of(recipe: Recipe, run: Path, chain: Sequence[Stage]) -> list[Step]:
    """The recipe's stages in order, each with its numbered folder.

    Raises:
        InputError: as `order_stages`.
    """
    ordered = order_stages(chain, recipe)
    return [
        Step(stage, inputs, run / f"{number}-{stage.name}") for number, (stage, inputs) in enumerate(ordered, start=1)
    ]


def settings_of(stage: Stage, recipe: Recipe, rewards: Rewards) -> dict[str, Any]:
    """What decides the stage's artefacts, beside its inputs and the seed."""
    given = {name: weight for name, (_, weight) in rewards.items()} if stage.takes_rewards else {}
    return {"threads": recipe.threads, **stage.settings(recipe), **({"rewards": given} if given else {})}


def key_of(step: Step, recipe: Recipe, hashes: Mapping[str, str], rewards: Rewards) -> str:
    """What the cache knows the stage by; `hashes` are those of the stages it reads from."""
    return stage_key(
        step.stage.name,
        parents={name: hashes[name] for name in step.inputs},
        settings=settings_of(step.stage, recipe, rewards),
        seed=recipe.seed,
        stage_version=step.stage.version,
    )


def find_folder(step: Step, run: Path) -> Path | None:
    """The stage's finished folder, whatever number it has."""
    for path in sorted(run.glob(f"*-{step.stage.name}")):
        match = STAGE_FOLDER.fullmatch(path.name)
        if match and match[2] == step.stage.name:
            return path
    return None
