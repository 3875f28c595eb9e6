import json
import os
from pathlib import Path
from typing import Any

import pytest

from solon.data import QuarantineWriter
from solon.responses.self_instruct import Instance, read_seed_tasks

GOOD: dict[str, Any] = {
    "id": "seed_task_1",
    "name": "relation",
    "instruction": "What is the relation of the pairs?",
    "instances": [{"input": "night : day", "output": "opposites"}, {"input": "", "output": "none"}],
    "is_classification": False,
}
REAL = Path(os.environ.get("SOLON_DATA", "../shared")) / "data/alpaca_seed/seed_tasks.jsonl.gz"


def test_all_instances_of_a_seed_task_are_read(tmp_path: Path) -> None:
    path = tmp_path / "seeds.jsonl"
    path.write_text(json.dumps(GOOD) + "\n")
    [task] = read_seed_tasks(path, QuarantineWriter(None))
    assert task.instances == (Instance(input="night : day", output="opposites"), Instance(output="none"))


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"instances": []}, "`instances` is not a list"),
        ({"instances": [{"input": "x"}]}, "`output` is missing"),
        ({"instances": ["x"]}, "instance 1 is str"),
        ({"is_classification": "no"}, "`is_classification` is neither"),
        ({"instruction": ""}, "`instruction` is empty"),
    ],
)
def test_a_seed_task_that_cannot_be_used_is_set_aside(wrong: dict[str, Any], reason: str, tmp_path: Path) -> None:
    path, quarantine = tmp_path / "seeds.jsonl", QuarantineWriter(None)
    path.write_text(json.dumps(GOOD) + "\n" + json.dumps(GOOD | wrong) + "\n")
    assert len(read_seed_tasks(path, quarantine)) == 1
    assert reason in quarantine.first_reason[path]


@pytest.mark.skipif(not REAL.is_file(), reason=f"{REAL} is not there: set SOLON_DATA")
def test_the_published_seed_tasks_are_all_read() -> None:
    quarantine = QuarantineWriter(None)
    tasks = read_seed_tasks(REAL, quarantine)
    assert quarantine.counts[REAL] == (173, 173, 0)
    assert sum(task.is_classification is True for task in tasks) == 26
