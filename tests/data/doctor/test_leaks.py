"""What files have in common with others."""

import json
from pathlib import Path

from solon.data.doctor.leaks import Leaks

QUESTION = "How many boats came back to the quiet harbour before the storm on Thursday night?"
STORY = "We waited at the pier for hours. {} Nobody knew, and the lamps went out one by one along the shore."


def written(path: Path, *rows: dict[str, str]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def told(leaks: Leaks, folder: Path) -> list[tuple[str, str]]:
    return [(leak.kind, leak.told.replace(f"{folder}/", "").replace(".jsonl", "")) for leak in leaks]


def test_a_question_inside_a_document_is_found_when_either_side_is_the_larger(tmp_path: Path) -> None:
    documents = written(tmp_path / "long.jsonl", {"text": "short"}, {"text": STORY.format(QUESTION.upper())})
    questions = written(tmp_path / "test.jsonl", {"prompt": "And what of the other one?"}, {"prompt": QUESTION})
    leaks = Leaks([documents], [questions], format=None)
    assert told(leaks, tmp_path) == [("passage: same words", "long:2 holds test:2")]
    assert leaks.passages == (2, 0, 1)
    leaks = Leaks([questions], [documents], format=None)
    assert told(leaks, tmp_path) == [("passage: same words", "test:2 stands in long:2")]
    assert leaks.passages == (2, 0, 1)


def test_a_question_with_a_word_changed_is_told_with_its_share(tmp_path: Path) -> None:
    documents = written(tmp_path / "long.jsonl", {"text": STORY.format(QUESTION.replace("quiet", "silent"))})
    questions = written(tmp_path / "test.jsonl", {"prompt": QUESTION, "response": "Two."})
    # 15 words, 14 left
    assert told(Leaks([documents], [questions], format=None), tmp_path) == [
        ("passage: near", "long:1 holds test:1 (0.93)")
    ]


def test_a_row_is_told_once_by_what_is_closest_and_the_best_of_the_passages_it_holds(tmp_path: Path) -> None:
    other = QUESTION.replace("boats", "ships").replace("Thursday", "Monday")
    both = {"text": STORY.format(f"{other} {QUESTION}")}
    train = written(tmp_path / "train.jsonl", {"prompt": QUESTION, "response": f"I cannot tell. {STORY}"}, both)
    test = written(tmp_path / "test.jsonl", {"prompt": QUESTION.replace("came", "went")}, {"prompt": QUESTION})
    assert told(Leaks([train], [test], format=None), tmp_path) == [
        ("prompt: identical", "train:1 = test:2"),
        ("passage: same words", "train:2 holds test:2"),
    ]


def test_rows_of_too_few_words_are_counted_and_a_text_that_asks_nothing_is_looked_for_whole(tmp_path: Path) -> None:
    documents = written(tmp_path / "long.jsonl", {"text": STORY.format("Hello there. " + QUESTION)})
    test = written(tmp_path / "test.jsonl", {"prompt": "Hello there."}, {"text": QUESTION})
    leaks = Leaks([documents], [test], format=None)
    assert told(leaks, tmp_path) == [("passage: same words", "long:1 holds test:2")]
    assert leaks.passages == (2, 1, 1)


def test_nothing_is_read_where_there_is_nothing_to_compare_with(tmp_path: Path) -> None:
    assert list(Leaks([tmp_path / "absent.jsonl"], [], format=None)) == []
