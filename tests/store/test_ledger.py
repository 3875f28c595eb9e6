import multiprocessing
import sqlite3
from pathlib import Path

import pytest

from solon.errors import StorageError
from solon.interfaces import Call
from solon.store.ledger import Ledger, spending


def call(key: str, answer: str | None = "[]", **changed: object) -> Call:
    told = {"engine": "e", "kind": "sample", "seed": 1, "outcome": "done" if answer else "500"}
    return Call(key=key, answer=answer, **{**told, **changed})  # type: ignore[arg-type]


def test_answers_are_found_by_key_in_any_work_and_failures_are_not(tmp_path: Path) -> None:
    Ledger(tmp_path / "c.sqlite", work="one").add([call("a", '["x"]'), call("b", None)])
    other = Ledger(tmp_path / "c.sqlite", work="two")
    assert other.find(["a", "b", "c"]) == {"a": '["x"]'}


def test_more_keys_than_fit_one_query_are_found(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "c.sqlite", work="w")
    ledger.add([call(str(number), f"[{number}]") for number in range(1201)])
    assert len(ledger.find([str(number) for number in range(1300)])) == 1201


def test_the_first_answer_wins_where_two_were_written(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "c.sqlite", work="w")
    ledger.add([call("a", "[1]"), call("a", "[2]")])
    assert ledger.find(["a"]) == {"a": "[1]"}


def test_what_is_spent_is_of_one_work(tmp_path: Path) -> None:
    Ledger(tmp_path / "c.sqlite", work="one").add([call("a", num_prompt_tokens=3, num_tokens=4, price=0.5)])
    two = Ledger(tmp_path / "c.sqlite", work="two", stage="judge")
    assert two.spent() == (0, 0.0)
    two.add([call("b", num_prompt_tokens=1, num_tokens=1, seconds=2.0, price=0.25), call("c", None)])
    assert two.spent() == (2, 0.25)
    assert [(one.stage, one.outcome, one.calls, one.seconds) for one in spending(tmp_path / "c.sqlite", "two")] == [
        ("judge", "done", 1, 2.0),
        ("judge", "500", 1, 0.0),
    ]


def _write(path: Path, name: str) -> None:
    ledger = Ledger(path, work=name)
    for number in range(50):
        ledger.add([call(f"{name}{number}")])


def test_two_processes_write_at_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write, args=(tmp_path / "c.sqlite", name)) for name in "ab"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(Ledger(tmp_path / "c.sqlite", work="w").find([f"{x}{n}" for x in "ab" for n in range(50)])) == 100


def test_a_file_that_is_no_ledger_is_told(tmp_path: Path) -> None:
    (tmp_path / "c.sqlite").write_text("nothing of the kind, and long enough to be read as a header of a file" * 3)
    with pytest.raises(StorageError, match="cannot be used as ledger"):
        Ledger(tmp_path / "c.sqlite", work="w")


def test_without_a_ledger_nothing_was_spent(tmp_path: Path) -> None:
    assert list(spending(tmp_path / "none.sqlite", "w")) == []
    assert not (tmp_path / "none.sqlite").exists()


def test_calls_stand_in_plain_sqlite(tmp_path: Path) -> None:
    Ledger(tmp_path / "c.sqlite", work="w").add([call("a")])
    with sqlite3.connect(tmp_path / "c.sqlite") as file:
        assert file.execute("SELECT work, key, outcome FROM calls").fetchall() == [("w", "a", "done")]
    file.close()


def test_calls_that_cannot_be_written_are_told(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "c.sqlite", work="w")
    with sqlite3.connect(tmp_path / "c.sqlite") as file:
        file.execute("DROP TABLE calls")
    file.close()
    with pytest.raises(StorageError, match="1 calls could not be written down: no such table"):
        ledger.add([call("a")])
