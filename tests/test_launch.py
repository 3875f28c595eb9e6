"""What a run tells at its end, whether or not it got there."""

from pathlib import Path
from typing import cast

import pytest

from solon.data import DataConfig, FileSource
from solon.interfaces import Source
from solon.launch import row_lines


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def opened() -> FileSource:
    config = DataConfig(helpful_prompts=("ask.jsonl",), demonstrations=("show.jsonl",))
    return FileSource(config, quarantine=Path("run/quarantine.jsonl"), counts=Path("run/rows.json"))


def test_the_rows_of_every_file_that_was_read_are_told() -> None:
    Path("ask.jsonl").write_text('{"prompt": "q"}\n{}\n')
    Path("show.jsonl").write_text('{"prompt": "q", "response": "a"}\n')
    opened().helpful_prompts(9, seed=1)
    assert row_lines(opened()) == [  # the second start reads nothing, and tells what the first one found
        "helpful_prompts: ask.jsonl: 2 rows in, 1 used, 1 quarantined",
        "not read in this run directory: demonstrations",
    ]


def test_of_a_source_without_files_nothing_is_told() -> None:
    assert row_lines(cast(Source, None)) == []
