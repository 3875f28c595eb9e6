"""Three ways from red-team answers to a harmless policy: as published, in one greedy round, and by pairs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.proof.constitutions import run_variant
from benchmarks.proof.markdown import table, with_interval
from benchmarks.proof.readings import Readings, over_seeds, read_run
from benchmarks.proof.study import Section, Study
from pyarrow import parquet

from solon.constitution import Constitution
from solon.constitution.variants import with_clauses, with_entries
from solon.engines.budget import Price
from solon.store.run_folder import RunFolder

GREEDY = (
    "revisions.rounds=1",
    "revisions.principles_per_round=all",
    "revisions.temperature=0",
    "revisions.critique_temperature=0",
)
PAIRS = "stages=[base, mid, sft, helpful_reward, helpful_rlhf, revisions, revision_dpo]"
PRICE = Price(million_prompt_tokens=0.15, million_tokens=0.60)
"""What a small hosted model costs, in dollars: an example, so that reading and writing weigh as they do there."""
RATES = ("harmful", "helpful", "over_refusal", "evasive", "honest", "well_formed")


class Variant(NamedTuple):
    """A way, and the policies that it leads to."""

    name: str
    runs: Sequence[Path]
    stages: tuple[str, ...]
    revised: Sequence[Path]
    """The runs that wrote the revisions: one that finds them in the cache has no calls of its own."""


class Spent(NamedTuple):
    """What engines did for a policy, tests aside."""

    calls: int
    money: float


def make(study: Study) -> Section:
    """Run the three with every seed; they share everything up to helpful_rlhf, and the first answers."""
    whole = in_one(study.base_recipe().load_constitution())
    main = [study.main_run(seed) for seed in study.seeds]
    greedy = run_variant(study, "greedy-whole", whole, GREEDY)
    pairs = [study.run("revision-pairs", seed=seed, overrides=[PAIRS]) for seed in study.seeds]
    told = [
        Variant("published", main, ("sl_cai", "rl_cai"), main),
        Variant("one greedy round", greedy, ("sl_cai", "rl_cai"), greedy),
        Variant("revision pairs", pairs, ("revision_dpo",), main),
    ]
    body = (
        "*Published*: four rounds at the recipe's temperature, each under a principle of its own, all imitated. *One "
        "greedy round*: the likeliest critique and revision of the likeliest answer under the whole constitution, "
        "whose clauses stand in one rule. *Revision pairs*: the published revisions, the last one preferred to the "
        "first answer, by DPO from the helpful policy; nothing is imitated and no reinforcement learning follows. "
        "Calls and money are those of answers, critiques, revisions and helpful samples, the critic's admission test "
        f"among them, at {PRICE.million_prompt_tokens} for a million tokens read and {PRICE.million_tokens} for a "
        "million written.\n\n"
    )
    return Section(body + variants_table(told), ())


def in_one(constitution: Constitution) -> Constitution:
    """The constitution as one principle: the first one's wording, with the clauses of all."""
    clauses = {clause.text: clause for entry in constitution.entries for clause in entry.clauses}
    entry = with_clauses(constitution.entries[0].model_copy(update={"id": "whole"}), tuple(clauses.values()))
    return with_entries(constitution, f"{constitution.id}-in-one", (entry,))


def variants_table(variants: Sequence[Variant]) -> str:
    """A row for each policy of each variant."""
    rows = []
    for variant in variants:
        read: list[Readings] = [read_run(run) for run in variant.runs]
        for stage in variant.stages:
            both = zip(variant.runs, variant.revised, strict=True)
            spent = [spent_on(run, variant.stages[0], revised) for run, revised in both]
            told = [f"{sum(one.calls for one in spent) / len(spent):,.0f}"]
            told.append(f"{sum(one.money for one in spent) / len(spent):.3f}")
            shown = told if stage == variant.stages[0] else ["", ""]
            rows.append([variant.name, stage, *(with_interval(over_seeds(read, stage, one)) for one in RATES), *shown])
    return table(["variant", "policy", *RATES, "calls", "money"], rows)


def spent_on(run: Path, policy: str, revised: Path) -> Spent:
    """The calls that made a policy's training rows: all of `revisions`, and those of other models in its own stage."""
    ledgers = {"revisions": RunFolder.existing(revised).path, policy: RunFolder.existing(run).path}
    calls = [call for stage, folder in ledgers.items() for call in _calls(folder / "ledger" / f"{stage}.parquet")]
    paid = [call for call in calls if call.engine != policy and call.outcome == "done"]
    return Spent(len(paid), sum(PRICE.of(call.num_prompt_tokens, call.num_tokens, 0.0) for call in paid))


class _Call(NamedTuple):
    engine: str
    outcome: str
    num_prompt_tokens: int
    num_tokens: int


def _calls(file: Path) -> list[_Call]:
    """A stage's calls; a stage without any has no file."""
    if not file.is_file():
        return []
    return [_Call(**row) for row in parquet.read_table(file, columns=list(_Call._fields)).to_pylist()]
