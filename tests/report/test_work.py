"""What a run took and what it was made of."""

from __future__ import annotations

from pathlib import Path

import pytest

from solon.errors import StorageError
from solon.report.read import read_run
from solon.report.work import Calls, FileRows, read_calls, read_file_rows, read_mixture


def test_calls_that_the_ledger_answered_are_not_counted_as_made(fake_run_folder: Path) -> None:
    assert read_calls(fake_run_folder) == {"ai_feedback": Calls(1, 1, 1, 1234, 567, 0.25)}


def test_rows_of_files_are_told_without_their_folders(fake_run_folder: Path) -> None:
    assert read_file_rows(fake_run_folder) == (FileRows("demonstrations", "answers.jsonl", 9, 7, 2),)


def test_a_run_without_files_has_no_rows(tmp_path: Path) -> None:
    assert read_file_rows(tmp_path) == ()


def test_trained_tokens_are_a_sum_over_steps_or_unknown(fake_run_folder: Path) -> None:
    stages = {stage.name: stage for stage in read_run(fake_run_folder).stages}
    assert stages["sft"].trained_tokens == 80 * 100
    assert stages["rl_cai"].trained_tokens is None


def test_a_mixture_keeps_rows_without_a_share(fake_run_folder: Path) -> None:
    mixture = read_mixture(fake_run_folder / "2-mid")
    assert mixture is not None and mixture.phases["all"]["rules"].asked is None


@pytest.mark.parametrize("name", ["rows.json", "mixture.json"])
def test_a_damaged_file_is_named(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text('{"all": 1', encoding="utf-8")
    with pytest.raises(StorageError, match=name):
        _ = read_file_rows(tmp_path), read_mixture(tmp_path)
