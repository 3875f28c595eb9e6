"""Leave one out: a run for each principle (or tag) without it, and what the whole constitution does that it does not.

A run without a principle shares every stage that does not depend on it with the whole one, through the cache.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from solon.constitution import Constitution
from solon.constitution.variants import tags_of
from solon.errors import InputError
from solon.evaluation.rates import QUESTIONS, Checked, difference, rates
from solon.launch import launch
from solon.progress import Progress, Silent
from solon.recipe import Recipe, load_recipe
from solon.records import Metric
from solon.report import write_report
from solon.report.principles import read_ablations, write_ablations
from solon.sections import POLICIES
from solon.stages.comparing import read_checked

Each = Literal["principles", "tags"]
WHOLE = "whole"


def leave_one_out(
    recipe: Path | str,
    *,
    to: Path,
    each: Each = "principles",
    only: Sequence[str] = (),
    overrides: Sequence[str] = (),
    progress: Progress | None = None,
) -> dict[str, dict[str, Metric]]:
    """Run a recipe whole and without each of its principles or tags; the same call goes on where it stopped.

    Args:
        recipe: a file, or the name of a shipped one.
        to: gets `whole/` and `without-NAME/`, run directories; the whole one keeps what was found and reports it.
        each: what is left out in turn.
        only: these names alone.
        overrides: `KEY=VALUE` assignments for every run.
        progress: is told what goes on.

    Returns:
        Name -> rate -> the whole run's last policy minus the other one's, paired by prompt: `harmful` below 0 means
        that the constitution without it does more harm. `harmful/CATEGORY` where prompts have categories.

    Raises:
        InputError: a name that the constitution does not have, a recipe that leaves something out already, or a source
            without a checker: then nothing tells the two policies apart.
    """
    loaded, told = load_recipe(recipe, overrides), progress or Silent()
    if loaded.ablate:
        raise InputError(f"{loaded.place('ablate')}: leaves out {list(loaded.ablate)} already; empty it for this")
    names = _names(loaded.load_constitution(), each, only)
    stage = _last_policy(loaded)
    whole = launch(loaded, to=to / WHOLE, progress=told).path
    of_whole, missed = _checked(whole, stage), dict(read_ablations(whole))
    for number, name in enumerate(names, 1):
        told.say(f"== {number} of {len(names)}: without {name}")
        without = load_recipe(recipe, [*overrides, f"ablate=[{name}]"])
        run = launch(without, to=to / f"without-{name}", progress=told).path
        missed[name] = _differences(of_whole, _checked(run, stage))
        write_ablations(whole, missed)
    write_report(whole, whole / "report.html")
    return {name: dict(missed[name]) for name in names}


def _names(constitution: Constitution, each: Each, only: Sequence[str]) -> list[str]:
    ids = [entry.id for entry in constitution.entries]
    known = ids if each == "principles" else tags_of(constitution)
    if unknown := [name for name in only if name not in known]:
        raise InputError(f"constitution `{constitution.id}` has no {each[:-1]} `{unknown[0]}`; it has {known}")
    if not known:
        raise InputError(f"constitution `{constitution.id}` has no tags; leave out principles, or tag its clauses")
    if len(known) == 1:
        raise InputError(f"`{known[0]}` is all that constitution `{constitution.id}` has: nothing would be left")
    return [name for name in known if name in only] if only else known


def _last_policy(recipe: Recipe) -> str:
    made = [name for name in recipe.stages if name in POLICIES]
    if not made:
        raise InputError(f"{recipe.place('stages')}: none of them makes a policy, so there is nothing to compare")
    return max(made, key=POLICIES.index)


def _checked(run: Path, stage: str) -> list[Checked]:
    found = read_checked(run, stage)
    if not found:
        raise InputError(
            f"{run}@{stage}: the source has no checker, so no rate tells a policy from another; compare the answers "
            "themselves"
        )
    return found


def _differences(whole: Sequence[Checked], without: Sequence[Checked]) -> dict[str, Metric]:
    found = {name: difference(name, whole, without) for name in QUESTIONS}
    categories = [name.partition("/")[2] for name in rates(whole) if name.startswith("harmful/")]
    for category in categories:
        of_category = [[one for one in side if one[0].labels.get("category") == category] for side in (whole, without)]
        found[f"harmful/{category}"] = difference("harmful", of_category[0], of_category[1])
    return found
