from pathlib import Path

import pytest

from solon.errors import StorageError
from solon.policy.rollout_log import RolloutLog, RolloutRecord
from solon.store.records import read_records


def record(step: int) -> RolloutRecord:
    return RolloutRecord(
        step=step, prompt_id="p", draw=step, response="é\n", rewards={"a": 1.0}, kl=0.5, tokens=2, truncated=False
    )


def test_a_resumed_log_cuts_off_what_a_killed_run_left(tmp_path: Path) -> None:
    path = tmp_path / "rollouts.jsonl"
    log = RolloutLog(path)
    log.append([record(0)])
    kept = log.size
    log.append([record(1)])
    resumed = RolloutLog(path)
    resumed.size = kept
    resumed.append([record(2)])
    assert [row.step for row in read_records(path, RolloutRecord)] == [0, 2]


def test_a_file_that_lost_lines_is_refused(tmp_path: Path) -> None:
    log = RolloutLog(tmp_path / "rollouts.jsonl")
    log.size = 99
    with pytest.raises(StorageError, match="holds 0 bytes"):
        log.append([record(0)])
