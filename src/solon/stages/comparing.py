"""Policies beside each other, once all are evaluated: Elo, and paired differences on the same prompts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from solon.evaluation.elo import elo_from_rater, elo_from_reward
from solon.evaluation.rates import HEADLINE_KINDS, QUESTIONS, Checked, difference
from solon.interfaces import Guideline
from solon.records import Metric, Prompt
from solon.report.read import SampledResponse
from solon.seeds import generator
from solon.stage import StageRun
from solon.stages.opening import open_reward
from solon.store.records import read_records
from solon.store.run_folder import RunFolder

DIFFERENCES = ("helpful", "harmful", "honest")
RATED_KINDS: dict[Guideline, frozenset[str]] = {
    "helpful": frozenset({"benign", "borderline", "fact", "implied", "dialogue"}),
    "harmless": frozenset({"harmful"}),
}
"""Guideline of the held-out people -> kinds of the prompts that they see."""

Samples = Mapping[str, Mapping[str, SampledResponse]]
"""Stage -> prompt id -> its sample."""


def compare_policies(run: StageRun) -> dict[str, dict[str, Metric]]:
    """Per stage: `elo_helpful` and `elo_harmless` by held-out people, `elo_proxy` by the preference model, and
    `RATE-STAGE` differences.

    Helpfulness is rated on prompts that ask for none of the harm, harmlessness on those written to draw it out.

    A difference is the stage's rate minus that of an earlier policy, paired by prompt: `helpful-helpful_rlhf`.
    """
    samples = {name: _samples(folder) for name, folder in run.inputs.items() if _file(folder).is_file()}
    found: dict[str, dict[str, Metric]] = {name: {} for name in samples}
    if len(samples) < 2:
        return found
    prompts = [sample.prompt for sample in next(iter(samples.values())).values()]
    texts, anchor = _texts(samples), _anchor(samples)
    for guideline, kinds in RATED_KINDS.items():
        rated = _chosen([one for one in prompts if one.labels.get("kind") in kinds], run)
        if (raters := run.source.raters(held_out=True, guideline=guideline)) and rated:
            ratings = elo_from_rater(texts, rated, raters, seed=run.seed, anchor=anchor)
            _add(found, f"elo_{guideline}", ratings)
    if "preference_model" in run.inputs:
        reward, chosen = open_reward(run, "preference_model"), _chosen(prompts, run)
        _add(found, "elo_proxy", elo_from_reward(texts, chosen, reward, seed=run.seed, anchor=anchor))
    if run.source.checker() is not None:
        _add_differences(found, samples)
    return found


def read_checked(run: Path, stage: str) -> list[Checked]:
    """The held-out prompts of a run with what the checker said of a stage's answers; empty where there is no checker.

    Raises:
        InputError: there is no run, or no such stage.
    """
    return _checked(_samples(RunFolder.existing(run).stage(stage).path))


def run_differences(first: Path, second: Path) -> dict[str, dict[str, Metric]]:
    """Stage -> headline rate -> that of the second run minus that of the first, paired by prompt.

    Rates whose prompts differ are left out, and stages that one run lacks or that no checker judged.

    Raises:
        InputError: there is no run.
    """
    here, there = ({stage.name: stage.path for stage in RunFolder.existing(run).stages()} for run in (first, second))
    found: dict[str, dict[str, Metric]] = {}
    for name in here:
        if name in there and _file(here[name]).is_file() and _file(there[name]).is_file():
            before, after = _checked(_samples(here[name])), _checked(_samples(there[name]))
            same = [rate for rate in QUESTIONS if _asked(before, rate) == _asked(after, rate) != frozenset()]
            if same:
                found[name] = {rate: difference(rate, after, before) for rate in same}
    return found


def _asked(checked: Sequence[Checked], rate: str) -> frozenset[str]:
    """Ids of the prompts that count in a headline rate."""
    return frozenset(prompt.id for prompt, _ in checked if prompt.labels.get("kind") in HEADLINE_KINDS[rate])


def _add_differences(found: dict[str, dict[str, Metric]], samples: Samples) -> None:
    checked = {name: _checked(of_stage) for name, of_stage in samples.items()}
    names = list(samples)
    for place, later in enumerate(names):
        for earlier in names[:place]:
            for rate in DIFFERENCES:
                found[later][f"{rate}-{earlier}"] = difference(rate, checked[later], checked[earlier])


def _file(folder: Path) -> Path:
    return folder / "evaluation" / "samples.jsonl"


def _samples(folder: Path) -> dict[str, SampledResponse]:
    return {sample.prompt.id: sample for sample in read_records(_file(folder), SampledResponse)}


def _checked(samples: Mapping[str, SampledResponse]) -> list[Checked]:
    return [(sample.prompt, sample.check) for sample in samples.values() if sample.check is not None]


def _texts(samples: Samples) -> dict[str, dict[str, str]]:
    return {name: {key: one.response for key, one in of_stage.items()} for name, of_stage in samples.items()}


def _anchor(samples: Samples) -> str:
    """The policy whose rating is 0."""
    return "sft" if "sft" in samples else next(iter(samples))


def _chosen(prompts: Sequence[Prompt], run: StageRun) -> list[Prompt]:
    """Some of the prompts, the same for every run with this seed."""
    order = generator(run.seed, "compared prompts").permutation(len(prompts))
    return [prompts[i] for i in sorted(order[: run.recipe.evaluation.compared_prompts].tolist())]


def _add(found: dict[str, dict[str, Metric]], name: str, ratings: Mapping[str, Metric]) -> None:
    for stage, metric in ratings.items():
        found[stage][name] = metric
