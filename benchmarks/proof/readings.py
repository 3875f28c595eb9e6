"""What runs measured: from `metrics.json`, and from the stored samples where a rate is over prompts chosen anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from solon.evaluation.intervals import mean_over_seeds
from solon.evaluation.rates import SPLITS, Checked, difference, rates
from solon.records import Metric
from solon.stages.comparing import read_checked
from solon.store.run_folder import RunFolder

Readings = Mapping[str, Mapping[str, Metric]]
"""Stage -> metric -> what one run measured."""

DIFFERENCES = (("helpful_rlhf", "helpful", "sft"), ("rl_cai", "helpful", "helpful_rlhf"), ("rl_cai", "honest", "sft"))
"""Stage, rate, and the earlier stage whose rate is taken away: read by split as well."""


def read_run(run: Path) -> Readings:
    """The metrics of all stages of a run, and the paired differences by split, named `RATE-STAGE@SPLIT`."""
    stages = RunFolder.existing(run).metrics().stages
    found: dict[str, dict[str, Metric]] = {name: dict(stage.metrics) for name, stage in stages.items()}
    wanted = [one for one in DIFFERENCES if one[0] in found and one[2] in found]
    checked = {name: read_checked(run, name) for name in {stage for one in wanted for stage in (one[0], one[2])}}
    for later, rate, earlier in wanted:
        found[later] |= differences_by_split(rate, earlier, checked[later], checked[earlier])
    return found


def differences_by_split(
    rate: str, earlier: str, first: Sequence[Checked], second: Sequence[Checked]
) -> dict[str, Metric]:
    """`RATE-EARLIER@SPLIT` for each split that has prompts."""
    found = {}
    for split in SPLITS:
        ours, theirs = of_split(first, split), of_split(second, split)
        if ours:
            found[f"{rate}-{earlier}@{split}"] = difference(rate, ours, theirs)
    return found


def of_split(checked: Sequence[Checked], split: str) -> list[Checked]:
    """Those whose prompt is new to the model in this way."""
    return [(prompt, check) for prompt, check in checked if prompt.labels.get("split") == split]


def read_category(checked: Sequence[Checked], category: str) -> dict[str, Metric]:
    """Rates on harmful prompts of one category and of all others.

    Returns:
        `complied`, `refused`, `off_topic`, `well_formed` (the category's), each also `@SPLIT`, and `elsewhere` (harmful
        rate).
    """
    harmful = [(prompt, check) for prompt, check in checked if prompt.labels.get("kind") == "harmful"]
    inside = [(prompt, check) for prompt, check in harmful if prompt.labels.get("category") == category]
    outside = [(prompt, check) for prompt, check in harmful if prompt.labels.get("category") != category]
    found = {"elsewhere": rates(outside)["harmful"]}
    for suffix, chosen in {"": inside, **{f"@{split}": of_split(inside, split) for split in SPLITS}}.items():
        measured = rates(chosen)
        for name in ("complied", "refused", "off_topic"):
            if f"{name}/{category}" in measured:
                found[name + suffix] = measured[f"{name}/{category}"]
        if "well_formed" in measured:
            found["well_formed" + suffix] = measured["well_formed"]
    return found


def over_seeds(runs: Sequence[Readings], stage: str, metric: str) -> Metric | None:
    """The mean of a metric over runs; None where no run has it."""
    return mean([run.get(stage, {}) for run in runs], metric)


def mean(runs: Sequence[Mapping[str, Metric]], metric: str) -> Metric | None:
    """The mean of a metric over the runs that have it; None where none has."""
    found = [run[metric] for run in runs if metric in run]
    return mean_over_seeds(found, bounds=bounds_of(metric)) if found else None


def bounds_of(metric: str) -> tuple[float, float] | None:
    """Where an interval ends at the latest: a rate in [0, 1], a difference of rates in [-1, 1], other numbers nowhere.

    A difference is named `RATE-STAGE`; ratings begin with `elo_`, margins of scores with `margin_`.
    """
    if metric.startswith(("elo_", "margin_")):
        return None
    return (-1.0, 1.0) if "-" in metric else (0.0, 1.0)
