from pathlib import Path

import pytest

from solon.errors import InputError
from solon.store.query import RunTables
from solon.store.trace import trace

from .small_run import small_run, stage


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_run(tmp_path_factory.mktemp("query") / "run")


def asked(run: Path, sql: str) -> list[tuple[object, ...]]:
    tables = RunTables(run)
    try:
        return [tuple(row) for row in tables.ask(sql).rows]
    finally:
        tables.close()


def test_answers_carry_labels_the_last_turn_and_what_was_found(run: Path) -> None:
    sql = "SELECT stage, kind, category, prompt_text, harmful, refusal, helpful FROM answers WHERE prompt_id = 't1'"
    assert asked(run, f"{sql} ORDER BY harmful") == [
        ("rl_cai", "harmful", "theft", "ask t1", False, True, None),
        ("sft", "harmful", "theft", "ask t1", True, False, None),
    ]


def test_a_flag_that_a_record_leaves_out_is_false_and_not_unknown(run: Path) -> None:
    assert asked(run, "SELECT avg(refusal::INT), count(off_topic) FROM answers") == [(0.5, 4)]


def test_a_principle_is_found_in_every_question_that_it_shared(run: Path) -> None:
    sql = "SELECT principle_id, principle_hash, count(*) FROM preferences GROUP BY ALL ORDER BY ALL"
    assert asked(run, sql) == [("honesty", "hash of honesty", 2), ("law", "hash of law", 3)]


def test_first_answers_are_rows_without_a_principle(run: Path) -> None:
    assert asked(run, "SELECT round, principle_id FROM revisions WHERE prompt_id = 'f1' ORDER BY round") == [
        (0, None),
        (1, "law"),
    ]


def test_people_and_their_ranks_are_there(run: Path) -> None:
    assert asked(run, "SELECT rater, responses, ranks FROM rankings") == [("ann", ["a", "b"], [0, 1])]


def test_calls_are_those_of_the_ledger(run: Path) -> None:
    assert asked(run, "SELECT engine, sum(price) FROM calls GROUP BY engine") == [("judge", 1.5)]


def test_stages_stand_in_the_order_of_their_numbers_with_their_parents(run: Path) -> None:
    found = asked(run, "SELECT stage, parents FROM stages ORDER BY number")
    assert [name for name, _ in found] == ["sft", "revisions", "ai_feedback", "preference_model", "rl_cai"]
    assert found[2][1] == ["revisions"]


def test_records_that_a_run_does_not_have_are_empty_tables(tmp_path: Path) -> None:
    stage(tmp_path, 1, "base")
    (tmp_path / "recipe.yaml").touch()
    for name, columns in RunTables(tmp_path).columns().items():
        assert columns
        assert asked(tmp_path, f"SELECT count(*) FROM {name}") == [(int(name == "stages"),)]


def test_a_question_that_cannot_be_answered_is_told_with_the_tables(run: Path) -> None:
    with pytest.raises(InputError, match=r"(?s)nothing.*Tables: stages, answers"):
        asked(run, "SELECT nothing FROM answers")


def test_a_damaged_row_is_told_with_its_file(tmp_path: Path) -> None:
    run = small_run(tmp_path / "run")
    (run / "3-revisions" / "revisions.jsonl").write_text('{"prompt": {}\n')
    with pytest.raises(InputError, match=r"revisions\.jsonl"):
        asked(run, "SELECT * FROM revisions")


def test_a_run_that_has_finished_nothing_is_told(tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").touch()
    with pytest.raises(InputError, match="no stage is finished"):
        RunTables(tmp_path)


def test_a_behaviour_leads_back_to_labels_principles_and_people(run: Path) -> None:
    answers, revisions, preferences, rankings = (found.dicts() for found in trace(run, "category=theft").values())
    assert [(one["stage"], one["harmful"], one["refused"]) for one in answers] == [("sft", 1, 0), ("rl_cai", 0, 1)]
    assert [(one["principle_id"], one["changed"]) for one in revisions] == [("law", 1), ("honesty", 0)]
    assert [(one["principle_id"], one["comparisons"]) for one in preferences] == [("law", 2)]
    assert [(one["rater"], one["rankings"]) for one in rankings] == [("ann", 1)]


def test_a_label_that_nothing_carries_is_told_with_those_there_are(run: Path) -> None:
    with pytest.raises(InputError, match=r"one of \['fraud', 'theft'\]"):
        trace(run, "category=arson")
    with pytest.raises(InputError, match="none has a label `colour`"):
        trace(run, "colour=red")


@pytest.mark.parametrize("label", ["theft", "=theft", "category="])
def test_what_is_no_label_is_told(run: Path, label: str) -> None:
    with pytest.raises(InputError, match="is not KEY=VALUE"):
        trace(run, label)
