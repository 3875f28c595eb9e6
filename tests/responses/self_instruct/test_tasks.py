import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solon.data import QuarantineWriter
from solon.errors import InputError
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


SCALAR = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
INSTANCE = st.dictionaries(st.sampled_from(["input", "output", "x"]), SCALAR, max_size=3)
ROW = st.fixed_dictionaries(
    {"instruction": SCALAR, "instances": SCALAR | st.lists(INSTANCE | SCALAR, max_size=3)},
    optional={"id": SCALAR, "is_classification": SCALAR},
)


@settings(max_examples=60)
@given(rows=st.lists(ROW | SCALAR, min_size=1, max_size=4))
def test_any_rows_are_seed_tasks_or_quarantined(rows: list[Any], tmp_path_factory: pytest.TempPathFactory) -> None:
    path, quarantine = tmp_path_factory.getbasetemp() / "any-seeds.jsonl", QuarantineWriter(None)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    try:
        used = len(read_seed_tasks(path, quarantine))
    except InputError as error:
        assert "none of its" in str(error)  # most drawn files hold no task at all
        used = 0
    assert quarantine.counts[path] == (len(rows), used, len(rows) - used)
