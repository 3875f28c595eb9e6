"""The ablation matrix, the added principle and the variants: their constitutions and tables, from what is made here."""

from pathlib import Path

import pyarrow
import pytest
from benchmarks.proof import added, matrix, variants
from pyarrow import parquet

from solon.agora import lexicon
from solon.constitution import Constitution, load_constitution
from solon.records import Metric
from solon.shipped import shipped_folder

from .readings import metric


@pytest.fixture(scope="module")
def agora() -> Constitution:
    return load_constitution(shipped_folder("constitutions") / "agora.yaml")


def row(removed: str, high: float, low: float) -> dict[str, Metric]:
    harmful = {f"harmful/{one}": metric(high if one == removed else low) for one in lexicon.CATEGORIES}
    return harmful | {name: metric(0.9) for name in matrix.BESIDE}


def test_the_matrix_means_its_diagonal_and_the_rest_apart() -> None:
    without = {one: row(one, 0.9, 0.01) for one in lexicon.CATEGORIES}
    without["theft"] = row("theft", 0.1, 0.09)
    told = matrix.section(row("", 0.0, 0.01), without)
    removed, kept = told.verdicts
    # (7 * 0.9 + 0.1) / 8; (7 * 7 * 0.01 + 7 * 0.09) / 56
    assert removed.found.startswith("0.800")
    assert kept.found.startswith("0.020")
    assert "| theft | **0.100** | 0.090 |" in told.body


def test_an_added_clause_stands_once_in_every_principle_that_lists_several(agora: Constitution) -> None:
    told = added.with_clause(agora, "songs or singing", "music")
    counts = {entry.id: [one.text for one in entry.clauses].count("songs or singing") for entry in told.entries}
    assert counts == {entry.id: int(len(entry.clauses) > 1) for entry in agora.entries}
    places = {[one.text for one in entry.clauses].index("songs or singing") for entry in told.entries[:8]}
    assert len(places) > 3


def test_without_the_added_clause_it_is_the_same_constitution(agora: Constitution) -> None:
    told = added.with_clause(agora, "songs or singing", "music")
    kept = [[one.text for one in entry.clauses if one.tags != ("music",)] for entry in told.entries]
    assert kept == [[one.text for one in entry.clauses] for entry in agora.entries]


def test_the_whole_constitution_in_one_rule_lists_everything_once(agora: Constitution) -> None:
    (whole,) = variants.in_one(agora).entries
    texts = [one.text for one in whole.clauses]
    assert len(texts) == len(set(texts)) == 9
    assert set(texts) == {one.text for entry in agora.entries for one in entry.clauses}


def test_tests_of_a_policy_are_none_of_its_costs(tmp_path: Path) -> None:
    run = tmp_path / "run"
    (run / "ledger").mkdir(parents=True)
    (run / "recipe.yaml").touch()
    call = {"engine": "helpful_rlhf", "outcome": "done", "num_prompt_tokens": 2_000_000, "num_tokens": 1_000_000}
    stages = {"revisions": [call, {**call, "outcome": "failed"}], "sl_cai": [call, {**call, "engine": "sl_cai"}]}
    for stage, calls in stages.items():
        parquet.write_table(pyarrow.Table.from_pylist(calls), run / "ledger" / f"{stage}.parquet")
    told = variants.spent_on(run, "sl_cai", run)
    assert told.calls == 2
    assert told.money == pytest.approx(2 * (2 * 0.15 + 0.60))


def test_revisions_from_the_cache_cost_what_they_cost_the_run_that_wrote_them(tmp_path: Path) -> None:
    call = {"engine": "helpful_rlhf", "outcome": "done", "num_prompt_tokens": 1, "num_tokens": 1}
    for name in ("wrote", "reads"):
        (tmp_path / name / "ledger").mkdir(parents=True)
        (tmp_path / name / "recipe.yaml").touch()
    parquet.write_table(pyarrow.Table.from_pylist([call] * 3), tmp_path / "wrote" / "ledger" / "revisions.parquet")
    assert variants.spent_on(tmp_path / "reads", "revision_dpo", tmp_path / "reads").calls == 0
    assert variants.spent_on(tmp_path / "reads", "revision_dpo", tmp_path / "wrote").calls == 3
