import json
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

from solon.data import DataConfig, FileSource
from solon.errors import InputError
from solon.interfaces import Source
from solon.records import Demonstration

QUESTIONS = [f"question {i}" for i in range(200)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    def write(name: str, rows: list[dict[str, object]]) -> None:
        (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")

    write("ask.jsonl", [{"prompt": q} for q in QUESTIONS])
    write("harm.jsonl", [{"goal": "harm " + q} for q in QUESTIONS])
    write("show.jsonl", [{"instruction": q, "output": "a"} for q in QUESTIONS])
    write("pairs.jsonl", [{"prompt": q, "response_a": "a", "response_b": "b", "prob_a": 1} for q in QUESTIONS])
    (tmp_path / "book.txt").write_text("\n\n".join(QUESTIONS))
    return tmp_path


def source(folder: Path, **keys: object) -> FileSource:
    files = {
        "helpful_prompts": "ask.jsonl",
        "red_team_prompts": "harm.jsonl",
        "demonstrations": "show.jsonl",
        "comparisons": ["pairs.jsonl"],
        "base_text": "book.txt",
        "mid_documents": ["book.txt", "show.jsonl"],
    }
    return FileSource(DataConfig.model_validate({**files, **keys}), folder=folder)


def test_a_file_source_is_a_source(folder: Path) -> None:
    found: Source = source(folder)
    assert (list(found.raters(held_out=False)), list(found.probes({}, 3, seed=1)), found.checker()) == ([], [], None)


def test_what_is_evaluated_trains_nothing_in_any_file(folder: Path) -> None:
    files = source(folder, held_out=0.3)
    evaluated = {p.messages[0].content for p in files.evaluation_prompts(999) if p.labels["kind"] == "benign"}
    trained = {p.messages[0].content for p in files.helpful_prompts(999, seed=1)}
    trained |= {d.messages[0].content for d in files.demonstrations(999, seed=1)}
    trained |= {r.prompt.messages[0].content for r in files.rankings(999, seed=1)}
    trained |= {d.messages[0].content for d in files.mid_documents(999, seed=1) if isinstance(d, Demonstration)}
    assert evaluated | trained == set(QUESTIONS)
    assert not evaluated & trained
    assert 35 < len(evaluated) < 85  # 60 expected, standard deviation 6.5


def test_each_kind_of_evaluation_prompt_is_limited_by_itself(folder: Path) -> None:
    kinds = [p.labels["kind"] for p in source(folder, held_out=0.3).evaluation_prompts(5)]
    assert kinds == ["benign"] * 5 + ["harmful"] * 5


def test_the_seed_draws_the_rows(folder: Path) -> None:
    files = source(folder)
    first = [p.id for p in files.helpful_prompts(20, seed=1)]
    assert [p.id for p in files.helpful_prompts(20, seed=1)] == first
    assert [p.id for p in files.helpful_prompts(20, seed=2)] != first


@pytest.mark.parametrize("key", ["demonstrations", "helpful_prompts", "red_team_prompts", "comparisons", "base_text"])
def test_what_is_absent_names_its_recipe_key(folder: Path, key: str) -> None:
    files = source(folder, **{key: []})
    ask = {"comparisons": "rankings", "base_text": "base_documents"}.get(key, key)
    with pytest.raises(InputError, match=rf"data\.{key} is missing from the recipe"):
        getattr(files, ask)(1, seed=1)


def test_the_limit_holds_over_all_files_of_a_kind(folder: Path) -> None:
    files = source(folder, helpful_prompts=["ask.jsonl", "harm.jsonl"], limit=250, held_out=0)
    assert len(files.helpful_prompts(999, seed=1)) == 250


def test_one_prompt_in_two_files_is_used_once(folder: Path) -> None:
    files = source(folder, helpful_prompts=["ask.jsonl", "show.jsonl"], held_out=0)
    with pytest.raises(InputError, match=r"show.jsonl: none of its 200 rows can be used; line 1: the same id or text"):
        files.helpful_prompts(999, seed=1)


def test_paths_may_begin_at_the_data_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOLON_DATA", str(folder))
    files = FileSource(DataConfig(helpful_prompts=("$SOLON_DATA/ask.jsonl",)), folder=folder / "elsewhere")
    assert len(files.helpful_prompts(3, seed=1)) == 3


def test_holding_out_nothing_leaves_nothing_to_evaluate(folder: Path) -> None:
    with pytest.raises(InputError, match="held_out=0"):
        source(folder, held_out=0).evaluation_prompts(5)


def test_files_of_any_kind_and_format_are_sources(folder: Path) -> None:
    pairs = [{"instruction": q, "output_1": "a", "output_2": "b", "preference": 2} for q in QUESTIONS]
    parquet.write_table(pyarrow.Table.from_pylist(pairs), folder / "pairs.parquet")
    asked = [{"conversations": [{"from": "human", "value": q}, {"from": "gpt", "value": "a"}]} for q in QUESTIONS]
    (folder / "show.json").write_text(json.dumps(asked))
    files = source(folder, comparisons="pairs.parquet", demonstrations="show.json", mid_documents="show.json")
    assert {one.ranks for one in files.rankings(999, seed=1)} == {(1, 0)}
    assert len(files.demonstrations(999, seed=1)) == len(list(files.mid_documents(999, seed=1))) > 100


def test_a_folder_of_a_data_set_is_a_source_and_read_again_when_it_changes(folder: Path) -> None:
    (folder / "set").mkdir()
    table = pyarrow.Table.from_pylist([{"prompt": q} for q in QUESTIONS])
    parquet.write_table(table, folder / "set" / "train.parquet")
    in_run(folder, helpful_prompts="set").helpful_prompts(9, seed=1)
    assert in_run(folder, helpful_prompts="set").unread == ("demonstrations",)
    parquet.write_table(table.slice(0, 9), folder / "set" / "train.parquet")
    assert in_run(folder, helpful_prompts="set").unread == ("demonstrations", "helpful_prompts")


def bad_rows(folder: Path) -> list[tuple[str, str, int]]:
    lines = (folder / "run" / "quarantine.jsonl").read_text().splitlines()
    return [(row["key"], Path(row["file"]).name, row["line"]) for row in map(json.loads, lines)]


def in_run(folder: Path, **keys: object) -> FileSource:
    """A source as a fresh start of one run opens it."""
    config = DataConfig.model_validate({"helpful_prompts": "ask.jsonl", "demonstrations": "show.jsonl", **keys})
    run = folder / "run"
    return FileSource(config, folder=folder, quarantine=run / "quarantine.jsonl", counts=run / "rows.json")


@pytest.fixture
def with_bad_rows(folder: Path) -> Path:
    """One bad row, the last, in ask.jsonl and in show.jsonl."""
    for name in ("ask.jsonl", "show.jsonl"):
        with (folder / name).open("a") as file:
            file.write("{}\n")
    return folder


def test_a_later_start_keeps_the_bad_rows_of_files_read_before(with_bad_rows: Path) -> None:
    in_run(with_bad_rows).helpful_prompts(9, seed=1)
    again = in_run(with_bad_rows)  # killed; the prompts are on the disk, and only the demonstrations are read
    again.demonstrations(9, seed=1)
    assert bad_rows(with_bad_rows) == [("helpful_prompts", "ask.jsonl", 201), ("demonstrations", "show.jsonl", 201)]
    counts = {key: list(of_key.values()) for key, of_key in again.counts.items()}
    assert counts == {"demonstrations": [(201, 200, 1)], "helpful_prompts": [(201, 200, 1)]}


def test_a_bad_row_that_is_read_in_every_start_is_listed_once(with_bad_rows: Path) -> None:
    for _ in range(3):
        files = in_run(with_bad_rows)
        files.helpful_prompts(9, seed=1)
        files.demonstrations(9, seed=1)
    assert sorted(bad_rows(with_bad_rows)) == [
        ("demonstrations", "show.jsonl", 201),
        ("helpful_prompts", "ask.jsonl", 201),
    ]


def test_one_file_under_two_keys_is_counted_for_each(with_bad_rows: Path) -> None:
    files = in_run(with_bad_rows, helpful_prompts="show.jsonl")
    files.helpful_prompts(9, seed=1)
    files.demonstrations(9, seed=1)
    assert [key for key, _, _ in bad_rows(with_bad_rows)] == ["helpful_prompts", "demonstrations"]


def test_nothing_is_told_of_files_that_changed_since_they_were_read(with_bad_rows: Path) -> None:
    in_run(with_bad_rows).helpful_prompts(9, seed=1)
    (with_bad_rows / "ask.jsonl").write_text('{"prompt": "another"}\n')
    again = in_run(with_bad_rows)
    assert again.counts == {}
    assert again.unread == ("demonstrations", "helpful_prompts")
    again.demonstrations(9, seed=1)
    assert bad_rows(with_bad_rows) == [("demonstrations", "show.jsonl", 201)]


def test_a_file_without_a_usable_row_still_lists_its_rows(with_bad_rows: Path) -> None:
    (with_bad_rows / "ask.jsonl").write_text("{}\n")
    with pytest.raises(InputError, match="none of its 1 rows"):
        in_run(with_bad_rows).helpful_prompts(9, seed=1)
    assert bad_rows(with_bad_rows) == [("helpful_prompts", "ask.jsonl", 1)]


def test_prompts_of_both_kinds_may_be_numbered_alike(folder: Path) -> None:
    rows = [{"id": n, "prompt": q} for n, q in enumerate(QUESTIONS)]
    for name, asked in (("ask.jsonl", rows), ("harm.jsonl", [{**row, "prompt": f"harm {row['id']}"} for row in rows])):
        (folder / name).write_text("".join(json.dumps(row) + "\n" for row in asked), encoding="utf-8")
    files = source(folder, held_out=0.5)
    evaluated = files.evaluation_prompts(999)
    trained = [*files.helpful_prompts(999, seed=1), *files.red_team_prompts(999, seed=1)]
    assert len({prompt.id for prompt in (*evaluated, *trained)}) == 2 * len(QUESTIONS)


def test_a_prompt_among_both_kinds_is_evaluated_once_as_harmful(folder: Path) -> None:
    files = source(folder, held_out=0.5, red_team_prompts="ask.jsonl")
    evaluated = files.evaluation_prompts(999)
    assert len({prompt.id for prompt in evaluated}) == len(evaluated) > 0
    assert {prompt.labels["kind"] for prompt in evaluated} == {"harmful"}


def test_a_held_out_prompt_of_solon_redteam_keeps_its_labels(folder: Path) -> None:
    told = {"kind": "borderline", "principle": "honey", "category": "larder"}
    rows = [
        {"id": str(n), "prompt": f"{q} {n}", **(told if n % 2 else {"kind": "rude"})} for n, q in enumerate(QUESTIONS)
    ]
    (folder / "harm.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    evaluated = source(folder, held_out=0.5, helpful_prompts=()).evaluation_prompts(999)
    of_twins = [dict(one.labels) for one in evaluated if int(one.id.removeprefix("red_team/")) % 2]
    others = [dict(one.labels) for one in evaluated if not int(one.id.removeprefix("red_team/")) % 2]
    assert of_twins and all(labels == told for labels in of_twins)
    assert others and all(labels == {"kind": "harmful"} for labels in others)
