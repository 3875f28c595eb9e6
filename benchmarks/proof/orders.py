"""The two orders found in the literature: revisions before reinforcement learning (published), or after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.proof.markdown import table, with_interval
from benchmarks.proof.readings import Readings, mean, over_seeds, read_run
from benchmarks.proof.study import Section, Study

from solon.evaluation.rates import difference
from solon.records import Metric
from solon.stages.comparing import read_checked

OTHER_RECIPE = "rlhf-then-cai"
PUBLISHED = ("helpful_rlhf", "sl_cai", "rl_cai")
OTHER = ("helpful_rlhf", "rl_cai", "sl_cai")
"""The policies of each order, as they come; the last one is the result."""
RATES = ("harmful", "helpful", "honest", "over_refusal", "evasive", "well_formed")


def make(study: Study) -> Section:
    """Run both recipes with every seed; they share everything up to helpful_rlhf."""
    published = [study.main_run(seed) for seed in study.seeds]
    other = [study.run(OTHER_RECIPE, seed=seed, recipe=OTHER_RECIPE) for seed in study.seeds]
    body = "Published: the pretrained model imitates revisions, then PPO on the preference model. The other order "
    body += f"(`recipes/{OTHER_RECIPE}.yaml`): PPO goes on from helpful_rlhf, and the result is trained on its own "
    body += "revisions. The last row is the difference of the two results, paired by prompt.\n\n"
    differences = [result_differences(ours, theirs) for ours, theirs in zip(published, other, strict=True)]
    read = [read_run(run) for run in published], [read_run(run) for run in other]
    return Section(body + orders_table(*read, differences), ())


def result_differences(published: Path, other: Path) -> dict[str, Metric]:
    """`RATE-published` of one seed: the other order's result minus the published one's."""
    ours, theirs = read_checked(published, PUBLISHED[-1]), read_checked(other, OTHER[-1])
    return {f"{rate}-published": difference(rate, theirs, ours) for rate in RATES}


def orders_table(
    published: Sequence[Readings], other: Sequence[Readings], differences: Sequence[Mapping[str, Metric]]
) -> str:
    """Every rate after each policy stage, in both orders, and what the order changes in the end."""
    rows = []
    for name, runs, stages in (("published", published, PUBLISHED), ("other", other, OTHER)):
        for stage in stages:
            rows.append([name, stage, *[with_interval(over_seeds(runs, stage, rate)) for rate in RATES]])
    changed = [mean(differences, f"{rate}-published") for rate in RATES]
    rows.append(["other - published", "result", *["" if one is None else with_interval(one) for one in changed]])
    return table(["order", "policy", *RATES], rows)
