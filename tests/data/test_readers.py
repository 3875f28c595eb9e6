import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from solon.data import (
    QuarantineWriter,
    read_demonstrations,
    read_documents,
    read_pairs,
    read_preferences,
    read_prompts,
    read_rankings,
)
from solon.errors import InputError
from solon.records import assistant, user

HH = {"chosen": "\n\nHuman: q\n\nAssistant: good", "rejected": "\n\nHuman: q\n\nAssistant: bad"}


@pytest.fixture
def aside(tmp_path: Path) -> QuarantineWriter:
    return QuarantineWriter(tmp_path / "aside" / "rows.jsonl")


def write(folder: Path, rows: Sequence[Any], name: str = "rows.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def set_aside(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "aside" / "rows.jsonl").read_text().splitlines()]


@pytest.mark.parametrize(
    "row",
    [
        {"prompt": "q"},
        {"prompt": [{"role": "user", "content": "q"}]},
        {"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]},
        {"goal": "q", "target": "Sure"},
        {"instruction": "q", "input": "", "output": "a"},
        HH,
    ],
)
def test_prompts_are_read_from_every_published_form(tmp_path: Path, aside: QuarantineWriter, row: Any) -> None:
    (prompt,) = read_prompts(write(tmp_path, [row]), aside)
    assert prompt.messages == (user("q"),)


def test_a_row_with_an_empty_answer_is_a_prompt_and_no_demonstration(tmp_path: Path, aside: QuarantineWriter) -> None:
    path = write(tmp_path, [{"instruction": "q", "input": "", "output": ""}, {"instruction": "r", "output": "a"}])
    asked = read_prompts(path, aside)[0]
    assert (asked.messages, aside.counts[path]) == ((user("q"),), (2, 2, 0))
    assert asked == read_prompts(write(tmp_path, [{"prompt": "q"}], "other.jsonl"), aside)[0]
    assert [row.id for row in read_demonstrations(path, aside)] == ["rows:2"]
    assert aside.counts[path] == (2, 1, 1)
    assert set_aside(tmp_path)[0]["reason"] == "the answer is empty, so there is nothing to imitate"


def test_the_category_of_a_demonstration_labels_its_prompt(tmp_path: Path, aside: QuarantineWriter) -> None:
    row = {"instruction": "q", "context": "", "response": "a", "category": "c"}
    assert read_prompts(write(tmp_path, [row]), aside)[0].labels == {"category": "c"}


def test_a_prompt_without_id_is_named_by_its_text(tmp_path: Path, aside: QuarantineWriter) -> None:
    first = read_prompts(write(tmp_path, [{"prompt": "q"}, {"prompt": "r"}]), aside)
    second = read_prompts(write(tmp_path, [{"prompt": "r"}]), aside)
    assert second[0].id == first[1].id != first[0].id


def test_an_id_that_a_row_brings_names_its_prompt_in_every_form(tmp_path: Path, aside: QuarantineWriter) -> None:
    pair = {"id": "x", "prompt": "q", "response_a": "a", "response_b": "b"}
    shown = {"id": "y", "instruction": "q", "output": "a"}
    assert [one.id for one in read_prompts(write(tmp_path, [pair, shown, {"id": "z", **HH}]), aside)] == ["x", "y", "z"]


def test_three_rankings_of_one_row_are_one_prompt(tmp_path: Path, aside: QuarantineWriter) -> None:
    told = {f"annotator{number}": 1 for number in (1, 2, 3)}
    row = {"instruction": "q", "input": "", "response1": "a", "response2": "b", **told}
    assert len(read_prompts(write(tmp_path, [row]), aside)) == 1


def test_a_repeated_prompt_is_set_aside(tmp_path: Path, aside: QuarantineWriter) -> None:
    read_prompts(write(tmp_path, [{"id": 7, "prompt": "q"}, {"id": "7", "prompt": "r"}]), aside)
    assert set_aside(tmp_path)[0]["reason"] == "the same id or text as rows:1"


def test_an_unusable_row_is_set_aside_with_file_line_reason_and_row(tmp_path: Path, aside: QuarantineWriter) -> None:
    path = write(tmp_path, [{"prompt": "q"}, {"text": "no prompt"}, 3, {"prompt": True}])
    assert len(read_prompts(path, aside)) == 1
    rows = set_aside(tmp_path)
    assert [(row["file"], row["line"], row["row"]) for row in rows] == [
        (str(path), 2, {"text": "no prompt"}),
        (str(path), 3, 3),
        (str(path), 4, {"prompt": True}),
    ]
    assert ["no prompt" in rows[0]["reason"], "not an object" in rows[1]["reason"], "bool" in rows[2]["reason"]] == [
        True
    ] * 3
    assert aside.counts[path] == (4, 1, 3)


def test_half_a_surrogate_pair_is_set_aside(tmp_path: Path, aside: QuarantineWriter) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"prompt": "\\ud800"}\n{"prompt": "q"}\n')
    assert len(read_prompts(path, aside)) == 1
    assert set_aside(tmp_path)[0]["row"] == {"prompt": "\ud800"}


def test_rows_of_a_second_file_join_those_set_aside_before(tmp_path: Path, aside: QuarantineWriter) -> None:
    for name in ("a.jsonl", "b.jsonl"):
        read_prompts(write(tmp_path, [{"prompt": "q"}, {}], name), aside)
    assert [Path(row["file"]).name for row in set_aside(tmp_path)] == ["a.jsonl", "b.jsonl"]


def test_a_file_without_one_usable_row_is_refused_with_the_first_reason(
    tmp_path: Path, aside: QuarantineWriter
) -> None:
    with pytest.raises(InputError, match=r"none of its 2 rows can be used; line 1: .*`prompt`"):
        read_prompts(write(tmp_path, [{"x": 1}, {"y": 2}]), aside)


def test_a_limit_counts_usable_rows(tmp_path: Path, aside: QuarantineWriter) -> None:
    path = write(tmp_path, [{}, {"prompt": "a"}, {"prompt": "b"}, {"prompt": "c"}])
    assert len(read_prompts(path, aside, limit=2)) == 2
    assert aside.counts[path] == (3, 2, 1)


def test_an_alpaca_input_stands_below_its_instruction(tmp_path: Path, aside: QuarantineWriter) -> None:
    (row,) = read_demonstrations(write(tmp_path, [{"instruction": "do", "input": "this", "output": "done"}]), aside)
    assert (row.messages, row.train_on) == ((user("do\n\nthis"), assistant("done")), "last")


def test_message_rows_train_on_every_assistant_turn(tmp_path: Path, aside: QuarantineWriter) -> None:
    turns = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]
    (row,) = read_demonstrations(write(tmp_path, [{"messages": turns}]), aside)
    assert (row.id, row.train_on) == ("rows:1", "all")


@pytest.mark.parametrize(
    "row",
    [
        {"instruction": "do", "output": ""},
        {"messages": [{"role": "user", "content": "q"}]},
        {"messages": [{"role": "assistant", "content": "a"}]},
        {"messages": [{"role": "user", "content": "q"}, {"role": "robot", "content": "a"}]},
        {"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a", "weight": 0}]},
        {"prompt": "q"},
    ],
)
def test_a_row_with_nothing_to_imitate_is_set_aside(tmp_path: Path, aside: QuarantineWriter, row: Any) -> None:
    path = write(tmp_path, [row, {"prompt": "q", "response": "a"}])
    assert len(read_demonstrations(path, aside)) == 1
    assert aside.counts[path] == (2, 1, 1)


@pytest.mark.parametrize(("prob_a", "ranks"), [(0.9, (0, 1)), (0, (1, 0)), (0.5, (0, 0))])
def test_judged_pairs_become_rankings_of_two(
    tmp_path: Path, aside: QuarantineWriter, prob_a: float, ranks: tuple[int, int]
) -> None:
    row = {"id": "x", "prompt": "q", "response_a": "a", "response_b": "b", "prob_a": prob_a}
    (ranking,) = read_rankings(write(tmp_path, [row]), aside)
    assert (ranking.id, ranking.responses, ranking.ranks) == ("x", ("a", "b"), ranks)


def test_the_chosen_transcript_is_response_a(tmp_path: Path, aside: QuarantineWriter) -> None:
    (preference,) = read_preferences(write(tmp_path, [HH]), aside)
    assert (preference.comparison.response_a, preference.prob_a) == ("good", 1.0)


def test_a_pair_that_nobody_judged_is_a_comparison_but_no_ranking(tmp_path: Path, aside: QuarantineWriter) -> None:
    path = write(tmp_path, [{"prompt": "q", "response_a": "a", "response_b": "b"}])
    assert read_pairs(path, aside)[0].response_b == "b"
    with pytest.raises(InputError, match="nobody has judged"):
        read_rankings(path, aside)


@pytest.mark.parametrize("prob_a", [1.5, "0.5", True, None])
def test_a_verdict_that_is_no_probability_is_set_aside(tmp_path: Path, aside: QuarantineWriter, prob_a: Any) -> None:
    row = {"prompt": "q", "response_a": "a", "response_b": "b", "prob_a": prob_a}
    assert len(read_rankings(write(tmp_path, [row, HH]), aside)) == 1


def test_text_is_cut_at_blank_lines_and_nothing_is_lost(tmp_path: Path, aside: QuarantineWriter) -> None:
    path = tmp_path / "book.txt"
    path.write_bytes(b"one two\r\nthree\r\n\r\n\r\nfour\r\n\r\nfive six seven eighty nine\r\n")
    documents = read_documents(path, aside, document_characters=20)
    assert [d.text for d in documents] == ["one two\nthree\n\nfour", "five six seven", "eighty nine"]


def test_a_word_longer_than_a_document_is_cut(tmp_path: Path, aside: QuarantineWriter) -> None:
    path = tmp_path / "book.txt"
    path.write_text("x" * 25)
    assert [len(d.text) for d in read_documents(path, aside, document_characters=10)] == [10, 10, 5]


def test_text_fields_of_rows_become_documents(tmp_path: Path, aside: QuarantineWriter) -> None:
    documents = read_documents(write(tmp_path, [{"text": "a"}, {"text": "b"}]), aside, document_characters=20)
    assert [d.text for d in documents] == ["a", "b"]
