import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solon.data import QuarantineWriter
from solon.data.facts import is_right, read_facts
from solon.errors import InputError


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


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=6,
)
TURN = st.fixed_dictionaries({"role": st.sampled_from(["user", "assistant", "x"]), "content": JSON})
ROW = st.dictionaries(
    st.sampled_from(["id", "question", "answer", "relation", "prompt", "response", "instruction", "input", "output"]),
    JSON,
    max_size=6,
) | st.fixed_dictionaries({"messages": st.lists(TURN, max_size=3) | JSON})


@settings(max_examples=60)
@given(rows=st.lists(ROW | JSON, min_size=1, max_size=4).filter(lambda rows: not isinstance(rows[0], list)))
def test_any_rows_are_facts_or_quarantined(rows: list[Any], tmp_path_factory: pytest.TempPathFactory) -> None:
    # A file that begins with an array is a JSON document, whose rows stand within.
    path, quarantine = tmp_path_factory.getbasetemp() / "any.jsonl", QuarantineWriter(None)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    try:
        used = len(read_facts(path, quarantine))
    except InputError as error:
        assert "none of its" in str(error)  # most drawn files hold no fact at all
        used = 0
    assert quarantine.counts[path] == (len(rows), used, len(rows) - used)
