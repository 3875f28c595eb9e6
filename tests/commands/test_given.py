"""Rows that one command writes and another reads."""

import json
from pathlib import Path
from typing import Any

import pytest

from solon.commands.given import read_judgements, read_responses
from solon.commands.given_compared import read_compared
from solon.commands.rows import ResponseRow
from solon.data import QuarantineWriter
from solon.data.fields import prompt_of
from solon.records import Response, assistant, user
from solon.store.records import write_records


def written(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"ranks": [0]}, "2 responses and 1 ranks"),
        ({"ranks": [0, -1]}, "`ranks` is not a list of whole numbers"),
        ({"responses": "yes"}, "`responses` is not a list of strings"),
        ({"prompt": {"id": "a"}}, "`prompt` is dict"),
    ],
)
def test_a_ranking_that_makes_no_sense_is_set_aside(wrong: dict[str, Any], reason: str, tmp_path: Path) -> None:
    good = {"prompt": "well?", "responses": ["yes", "no"], "ranks": [1, 0]}
    path, quarantine = written(tmp_path / "k.jsonl", good, good | wrong), QuarantineWriter(None)
    rankings, preferences = read_judgements([path], quarantine)
    assert [(one.responses, one.ranks, one.rater) for one in rankings] == [(("yes", "no"), (1, 0), "people")]
    assert preferences == [] and reason in quarantine.first_reason[path]


def test_answers_are_paired_in_their_order_and_the_rest_is_counted(tmp_path: Path) -> None:
    # of "a" the third has no partner; of "b" both are alike; of "c" the second pair differs
    answers = {"a": ["one", "two", "three"], "b": ["same", "same"], "c": ["x", "x", "y", "z"]}
    rows = [{"prompt": prompt, "response": text} for prompt, texts in answers.items() for text in texts]
    comparisons, _, left_over = read_compared(written(tmp_path / "r.jsonl", *rows), QuarantineWriter(None))
    told = [(one.prompt.messages[0].content, one.response_a, one.response_b, one.draw) for one in comparisons]
    assert told == [("a", "one", "two", 0), ("c", "y", "z", 1)]
    assert left_over == 1 + 2 + 2


@pytest.mark.parametrize("turns", [1, 3])
def test_a_row_that_a_command_writes_keeps_the_tools_of_its_prompt(turns: int, tmp_path: Path) -> None:
    messages = (user("q"), assistant("a"), user("r"))[:turns]
    prompt = prompt_of(messages, tools=({"name": "f"},))
    answer = Response(id="a", prompt=prompt, text="yes", sampler="s")
    path = tmp_path / "rows.jsonl"
    write_records(path, [ResponseRow.of(answer)])
    [read] = read_responses(path, QuarantineWriter(None))
    assert read.pair.prompt == prompt
