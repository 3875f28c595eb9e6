import json
from pathlib import Path
from typing import Any

import pytest

from solon.data import QuarantineWriter
from solon.data.facts import is_right, read_facts


@pytest.mark.parametrize(
    ("text", "right"),
    [
        (" The Rihanna.", True),
        ("rihanna", True),
        ("Robyn Fenty", True),
        ("Rihanna and others", False),
        ("", False),
    ],
)
def test_any_wording_of_the_answer_is_right_and_nothing_else(text: str, right: bool) -> None:
    assert is_right(text, ("Rihanna", "Robyn Fenty")) is right


def test_an_answer_that_is_an_article_stays_one() -> None:
    assert is_right("a.", ("A",))
    assert not is_right("the", ("A",))


def test_full_width_forms_and_chinese_punctuation_do_not_count() -> None:
    assert is_right("\uff12\uff10\uff11\uff17\u5e74\u3002", ("2017年",))


def written(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_questions_with_lists_of_answers_and_short_demonstrations_are_facts(tmp_path: Path) -> None:
    path = written(
        tmp_path / "f.jsonl",
        {"question": "who?", "answer": ["I", "me"], "relation": "person"},
        {"id": 7, "question": "when?", "answer": "2017"},
        {"instruction": "Where?", "input": "", "output": "here"},
        {"messages": [{"role": "user", "content": "how"}, {"role": "assistant", "content": "so"}]},
    )
    found = read_facts(path, QuarantineWriter(None))
    assert [tuple(fact) for fact in found] == [
        ("f:1", "who?", ("I", "me"), 1, "person"),
        ("7", "when?", ("2017",), 2, ""),
        ("f:3", "Where?", ("here",), 3, ""),
        ("f:4", "how", ("so",), 4, ""),
    ]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"question": "who?"}, "`answer` is missing"),
        ({"question": "who?", "answer": []}, "`answer` is not a text or a list"),
        ({"question": "who?", "answer": "?"}, "no letter or digit"),
        ({"question": "who?", "answer": "so " * 21}, "21 words; exact match can judge at most 20"),
        (
            {"prompt": [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}], "response": "r"},
            "3 turns",
        ),
        ({"id": "a", "question": "again?", "answer": "yes"}, "the same id as f:1"),
    ],
)
def test_what_is_no_single_short_fact_is_set_aside(row: dict[str, Any], reason: str, tmp_path: Path) -> None:
    path = written(tmp_path / "f.jsonl", {"id": "a", "question": "well?", "answer": "yes"}, row)
    quarantine = QuarantineWriter(None)
    assert len(read_facts(path, quarantine)) == 1
    assert reason in quarantine.first_reason[path]
