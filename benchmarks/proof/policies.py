"""The main table: every policy of the chain on held-out prompts, over seeds and apart by what is new in a prompt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.proof.claims import CHAIN, Claim, Verdict, judge
from benchmarks.proof.markdown import counts, table, with_interval
from benchmarks.proof.readings import Readings, over_seeds, read_run
from benchmarks.proof.study import Section, Study

from solon.evaluation.rates import KINDS, SPLITS
from solon.records import Metric
from solon.store.run_folder import RunFolder

POLICIES = ("base", "mid", "sft", "helpful_rlhf", "sl_cai", "rl_cai")
RATES = ("harmful", "helpful", "honest", "over_refusal", "evasive", "continuation", "well_formed")
HELPFUL_KINDS = ("benign", "borderline", "fact", "implied", "dialogue")
ROUND = "harmful@round"
RATINGS = ("elo_helpful", "elo_harmless", "elo_proxy")

INTRODUCTION = """\
Temperature 1. A cell is the mean over seeds with its 95 % interval, clustered by wording template. `n` is all prompts
of all seeds, and in brackets those with an unseen wording, with an unseen action or entity (which only the plain base
text has named), and with both.

"""


def make(study: Study) -> Section:
    """Run the recipe with every seed; the tables of its policies."""
    folders = {seed: study.main_run(seed) for seed in study.seeds}
    runs = [read_run(folder) for folder in folders.values()]
    body = INTRODUCTION + "**Claims**\n\n" + claims_table(runs) + "\n**All rates**\n\n" + rates_table(runs)
    body += "\n**Critique and revision**: harmful share of the red-team answers after each round\n\n" + rounds_table(
        runs
    )
    body += "\n**Helpful, by kind of prompt**\n\n" + kinds_table(runs)
    body += (
        "\n**Elo** (`elo_helpful`, `elo_harmless`: held-out simulated people; `elo_proxy`: the preference model that "
    )
    body += "rl_cai was trained on, a proxy; sft is 0)\n\n" + ratings_table(runs)
    body += "\n**Gates** (recorded, not enforced: a run goes on after a failure, and what follows is unproven)\n\n"
    return Section(body + gates_list({seed: failed_gates(folder) for seed, folder in folders.items()}), verdicts(runs))


def failed_gates(run: Path) -> list[str]:
    """The gates that failed in a run, each once, with their numbers."""
    failures = [failure for stage in RunFolder.existing(run).stages() for failure in stage.manifest.failed_gates]
    return list(dict.fromkeys(failures))


def gates_list(failures: Mapping[int, Sequence[str]]) -> str:
    """What failed with which seed."""
    lines = [f"- seed {seed}: {failure}" for seed, failed in failures.items() for failure in failed]
    return "\n".join(lines or [f"All gates passed with every seed ({', '.join(map(str, failures))})."]) + "\n"


def verdicts(runs: Sequence[Readings]) -> list[Verdict]:
    """*Must show* on the chain, over all prompts."""
    return [judge(claim, over_seeds(runs, claim.stage, claim.metric)) for claim in CHAIN]


def claims_table(runs: Sequence[Readings]) -> str:
    """Each claim over all prompts and by split; a split that misses the bounds says so."""
    rows = []
    for claim in CHAIN:
        whole = over_seeds(runs, claim.stage, claim.metric)
        parts = [over_seeds(runs, claim.stage, f"{claim.metric}@{split}") for split in SPLITS]
        told = judge(claim, whole)
        rows.append([
            told.claim, told.needed, told.found, told.verdict,
            *[_split_cell(claim, part) for part in parts],
            counts(whole, *parts),
        ])  # fmt: skip
    return table(["claim", "needed", "all", "verdict", "unseen wording", "unseen action", "both", "n"], rows)


def _split_cell(claim: Claim, metric: Metric | None) -> str:
    if metric is None:
        return ""
    missed = claim.verdict(metric).startswith("not met")
    return with_interval(metric) + (", not met" if missed else "")


def rates_table(runs: Sequence[Readings]) -> str:
    """Every rate at every policy stage, over all prompts and by split."""
    rows = []
    for rate in RATES:
        for stage in POLICIES:
            whole = over_seeds(runs, stage, rate)
            parts = [over_seeds(runs, stage, f"{rate}@{split}") for split in SPLITS]
            cells = [with_interval(one) for one in (whole, *parts)]
            rows.append([rate, stage, *cells, counts(whole, *parts)])
    return table(["rate", "stage", "all", "unseen wording", "unseen action", "both", "n"], rows)


def rounds_table(runs: Sequence[Readings]) -> str:
    """Harmful rates of the answers that `sl_cai` is trained on, before and after each round."""
    names = {name for run in runs for name in run.get("revisions", {}) if name.startswith(ROUND)}
    rows = []
    for name in sorted(names, key=lambda name: int(name.removeprefix(ROUND))):
        metric = over_seeds(runs, "revisions", name)
        rows.append([name.removeprefix(ROUND), with_interval(metric), counts(metric)])
    return table(["round", "harmful", "n"], rows)


def kinds_table(runs: Sequence[Readings]) -> str:
    """Helpful rates by kind of prompt."""
    kinds = [kind for kind in KINDS if kind in HELPFUL_KINDS]
    rows = []
    for stage in POLICIES:
        rows.append([stage, *[with_interval(over_seeds(runs, stage, f"helpful@{kind}")) for kind in kinds]])
    return table(["stage", *kinds], rows)


def ratings_table(runs: Sequence[Readings]) -> str:
    """Ratings by held-out people, and by the preference model."""
    rows = [[stage, *[with_interval(over_seeds(runs, stage, name), 0) for name in RATINGS]] for stage in POLICIES]
    return table(["stage", *RATINGS], rows)
