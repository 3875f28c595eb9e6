"""`self-instruct` and `knowledge` with a real tiny model on published files. It writes children's stories: nothing is
claimed of its tasks and answers, only that every piece is accounted for."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
import torch
from typer.testing import CliRunner

from solon.commands import data_make
from solon.data.lines import read_jsonl
from solon.models.adapt import adapt

SHARED = Path(os.environ.get("SOLON_DATA", "../shared"))
STORIES, SEEDS = SHARED / "models/stories260k", SHARED / "data/alpaca_seed/seed_tasks.jsonl.gz"
QUESTIONS = SHARED / "data/nq_open/nq_open_dev.jsonl.gz"
SHORT = (
    "human_examples=2", "model_examples=0", "list_length=12", "list_tokens=40", "calls_per_round=4",
    "classification_examples=1", "other_examples=1", "instance_examples=1", "instance_tokens=30",
    "example_characters=150",
)  # fmt: skip

pytestmark = [
    pytest.mark.skipif(not path.exists(), reason=f"{path} is not there: set SOLON_DATA")
    for path in (STORIES, SEEDS, QUESTIONS)
]
torch.set_num_threads(1)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("models") / "stories"
    adapt(str(STORIES), folder)
    return f"hf:{folder}"


def run(*arguments: object) -> Any:
    told = CliRunner().invoke(data_make.app, [*map(str, arguments), "--json"], catch_exceptions=False)
    return json.loads(told.stdout)


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_every_piece_that_a_real_model_writes_is_kept_or_refused(engine: str, tmp_path: Path) -> None:
    out = tmp_path / "new.jsonl"
    settings = [part for one in SHORT for part in ("--set", one)]
    result = run("self-instruct", SEEDS, "--engine", engine, "--out", out, "--max-calls", 4, *settings)
    rejected = rows_of(tmp_path / "new.jsonl.rejected.jsonl")
    assert result["rows_used"] == 173
    assert sum(result["rejected"].values()) == len(rejected)
    assert result["calls"] == 4 <= result["tasks"] + result["without_instances"] + len(rejected)
    assert len(rows_of(out)) == result["instances"]


def test_a_model_of_stories_knows_no_trivia(engine: str, tmp_path: Path) -> None:
    few = tmp_path / "few.jsonl"
    rows = [row.value for row, _ in zip(read_jsonl(QUESTIONS), range(8), strict=False)]
    few.write_text("".join(json.dumps(row) + "\n" for row in rows))
    settings = ["--set", "example_sets=2", "--set", "draws=2", "--set", "max_new_tokens=8"]
    result = run("knowledge", few, "--engine", engine, "--out", tmp_path / "known.jsonl", *settings)
    assert result["classes"]["Unknown"] == result["facts"] == 8
