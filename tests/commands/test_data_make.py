"""`self-instruct` and `knowledge` on files: what they write, and that a stop loses nothing."""

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from solon.commands import data_make
from solon.commands.given import read_imitated
from solon.data import QuarantineWriter
from solon.interfaces import Sample, SampleRequest
from solon.responses.self_instruct import wording

SMALL = [
    "--set", "human_examples=2", "--set", "model_examples=0", "--set", "list_length=9", "--set", "calls_per_round=2",
]  # fmt: skip
SEEDS = [
    {"instruction": "Name three animals that live in the sea.", "is_classification": False,
     "instances": [{"input": "", "output": "whale, eel, cod"}]},
    {"instruction": "Tell whether the review is good or bad.", "is_classification": True,
     "instances": [{"input": "what a film", "output": "good"}]},
    {"instruction": "Broken", "instances": []},
]  # fmt: skip


class Stopped(Exception):
    """A kill."""


class Script:
    """Lists with one new task each, two instances a task; stops at call `dies_at`."""

    def __init__(self, dies_at: int | None = None) -> None:
        self.calls, self.dies_at = 0, dies_at

    def sample(self, requests: Sequence[SampleRequest]) -> list[Sample]:
        self.calls += 1
        if self.calls == self.dies_at:
            raise Stopped
        return [self.answer(request) for request in requests]

    def answer(self, request: SampleRequest) -> Sample:
        digits = hashlib.sha256(str(request.seed).encode()).hexdigest()
        if not request.messages:
            return Sample(digits[:1], False, 1)
        if request.messages[0].content == wording.LIST_REQUEST:
            return Sample(f" a{digits[:6]} b{digits[6:12]} c{digits[12:18]} d\n4. Sing", False, 9)
        if request.messages[0].content == wording.LABELS_REQUEST:
            return Sample(" no", False, 1)
        return Sample(f"Input: x\nOutput: {digits}\nExample 2\nInput: y\nOutput: z", False, 9)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """(sampler, arguments ...) -> the result of a command in `tmp_path`."""
    monkeypatch.chdir(tmp_path)
    Path("seeds.jsonl").write_text("".join(json.dumps(row) + "\n" for row in SEEDS))
    facts = [{"id": n, "question": f"digit {n}?", "answer": f"{n:x}"} for n in range(40)]
    Path("facts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in [*facts, {"question": "?"}]))

    def call(sampler: Script, *arguments: str) -> Any:
        monkeypatch.setattr(data_make, "open_engine", lambda address, settings, out: sampler)
        told = CliRunner().invoke(data_make.app, [*arguments, "--engine", "hf:any", "--json"])
        if told.exception and not isinstance(told.exception, SystemExit):
            raise told.exception
        assert told.exit_code == 0, told.output
        return json.loads(told.stdout)

    return call


def rows_of(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(name).read_text().splitlines()]


def test_tasks_are_rows_that_sft_reads(run: Callable[..., Any]) -> None:
    result = run(Script(), "self-instruct", "seeds.jsonl", "--out", "new.jsonl", "--count", "3", *SMALL)
    assert (result["tasks"], result["instances"], result["not_needed"], result["calls"]) == (3, 6, 1, 4)
    assert (result["rows_in"], result["rows_used"], result["quarantined"]) == (3, 2, 1)
    examples = read_imitated([Path("new.jsonl")], QuarantineWriter(None), "all")
    assert len({one.id for one in examples}) == 6
    first, second = rows_of("new.jsonl")[:2]
    assert first["instruction"] == second["instruction"]
    assert examples[0].messages[0].content == f"{first['instruction']}\n\nx"
    assert rows_of("new.jsonl.rejected.jsonl") == [{"instruction": "Sing", "reason": "too short"}] * 4
    assert result["rejected"] == {"too short": 4}


@pytest.mark.parametrize("dies_at", [1, 5, 6])
def test_self_instruct_goes_on_after_a_kill_with_the_same_result(dies_at: int, run: Callable[..., Any]) -> None:
    arguments = ("--count", "6", *SMALL)
    whole = Script()
    run(whole, "self-instruct", "seeds.jsonl", "--out", "whole.jsonl", *arguments)
    with pytest.raises(Stopped):
        run(Script(dies_at), "self-instruct", "seeds.jsonl", "--out", "parts.jsonl", *arguments)
    assert not Path("parts.jsonl").exists()
    rest = Script()
    run(rest, "self-instruct", "seeds.jsonl", "--out", "parts.jsonl", *arguments)
    assert rows_of("parts.jsonl") == rows_of("whole.jsonl")
    # three calls of the sampler make a round, and finished rounds are not made again
    assert rest.calls == whole.calls - (dies_at - 1) // 3 * 3


def test_more_tasks_are_made_from_where_fewer_ended(run: Callable[..., Any]) -> None:
    run(Script(), "self-instruct", "seeds.jsonl", "--out", "new.jsonl", "--count", "2", *SMALL)
    rest = Script()
    run(rest, "self-instruct", "seeds.jsonl", "--out", "new.jsonl", "--count", "4", *SMALL)
    assert rest.calls == 3
    assert len({row["instruction"] for row in rows_of("new.jsonl")}) == 4


def test_work_of_other_settings_is_refused(run: Callable[..., Any]) -> None:
    run(Script(), "self-instruct", "seeds.jsonl", "--out", "new.jsonl", "--count", "2", *SMALL)
    with pytest.raises(Exception, match=r"new.jsonl.work holds work that differs in seed, list_tokens"):
        run(
            Script(), "self-instruct", "seeds.jsonl", "--out", "new.jsonl", *SMALL, "--seed", "9",
            "--set", "list_tokens=7",
        )  # fmt: skip


def test_a_model_that_writes_nothing_new_stops_at_max_calls(run: Callable[..., Any]) -> None:
    class Dull(Script):
        def answer(self, request: SampleRequest) -> Sample:
            return Sample(" Sing a song of the sea", False, 9)

    result = run(
        Dull(), "self-instruct", "seeds.jsonl", "--out", "new.jsonl", "--count", "3", "--max-calls", "4", *SMALL
    )
    assert (result["tasks"], result["calls"], result["without_instances"]) == (0, 4, 1)
    assert result["rejected"]["too like a kept instruction"] == 3


def test_facts_get_classes_and_dropped_ones_are_left_out_of_the_kept_rows(run: Callable[..., Any]) -> None:
    result = run(Script(), "knowledge", "facts.jsonl", "--out", "known.jsonl", "--drop", "unknown")
    rows = rows_of("known.jsonl")
    assert list(rows[0]) == ["id", "question", "answer", "class", "p_greedy", "p_sampled"]
    assert sum(result["classes"].values()) == result["facts"] == len(rows) == 40
    # a script that answers with one hexadecimal digit cannot know 16 to 39
    assert result["classes"]["Unknown"] >= 24
    unknown = {row["id"] for row in rows if row["class"] == "Unknown"}
    kept = rows_of("known.jsonl.kept.jsonl")
    assert [str(row["id"]) for row in kept] == [row["id"] for row in rows if row["id"] not in unknown]
    assert len(kept) == result["kept"] == 40 - len(unknown)
    assert rows_of("known.jsonl.quarantine.jsonl")[0]["line"] == 41


def test_an_audit_goes_on_after_a_kill_with_the_same_result(run: Callable[..., Any]) -> None:
    run(Script(), "knowledge", "facts.jsonl", "--out", "whole.jsonl")
    with pytest.raises(Stopped):
        run(Script(2), "knowledge", "facts.jsonl", "--out", "parts.jsonl")
    rest = Script()
    run(rest, "knowledge", "facts.jsonl", "--out", "parts.jsonl")
    assert rest.calls == 1
    assert rows_of("parts.jsonl") == rows_of("whole.jsonl")


def test_alpaca_settings_ask_for_whole_tasks_and_can_be_changed(run: Callable[..., Any]) -> None:
    class Whole(Script):
        def answer(self, request: SampleRequest) -> Sample:
            assert (request.max_new_tokens, request.temperature) == (3072, 0.9)
            digits = hashlib.sha256(str(request.seed).encode()).hexdigest()
            return Sample(f" a{digits[:6]} b{digits[6:12]} c{digits[12:18]} d\nInput: x\nOutput: y", False, 9)

    settings = ("--alpaca", "--set", "human_examples=2", "--set", "list_temperature=0.9", "--set", "calls_per_round=2")
    result = run(Whole(), "self-instruct", "seeds.jsonl", "--out", "new.jsonl", "--count", "2", *settings)
    assert (result["tasks"], result["instances"], result["classification"]) == (2, 2, 0)
    assert rows_of("new.jsonl")[0]["is_classification"] is None
