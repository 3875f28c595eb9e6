from pathlib import Path

import pytest

from solon.annotation import Skip
from solon.store.appended import append_record, mend_end


def skip(name: str) -> Skip:
    return Skip(id=name, annotator="ann", key="k", seconds=1.5)


def test_records_are_added_one_a_line(tmp_path: Path) -> None:
    for name in ("a/1", "a/é"):
        append_record(tmp_path / "new" / "s.jsonl", skip(name))
    lines = (tmp_path / "new" / "s.jsonl").read_text(encoding="utf-8").splitlines()
    assert [Skip.model_validate_json(line) for line in lines] == [skip("a/1"), skip("a/é")]


@pytest.mark.parametrize(
    ("end", "cut", "left"),
    [
        ('{"id": "b"}\n', "", '{"id": "a"}\n{"id": "b"}\n'),
        ('{"id": "b', '{"id": "b', '{"id": "a"}\n'),
        ('{"id": "b"}', "", '{"id": "a"}\n{"id": "b"}\n'),
        ("12", "12", '{"id": "a"}\n'),
        ("", "", '{"id": "a"}\n'),
    ],
)
def test_a_line_that_a_crash_cut_is_taken_off_and_told(end: str, cut: str, left: str, tmp_path: Path) -> None:
    file = tmp_path / "s.jsonl"
    file.write_text('{"id": "a"}\n' + end)
    assert mend_end(file) == cut
    assert file.read_text() == left


def test_a_character_that_a_crash_cut_is_taken_off(tmp_path: Path) -> None:
    file = tmp_path / "s.jsonl"
    file.write_bytes('{"id": "é'.encode()[:-1])
    assert mend_end(file) == '{"id": "\\xc3'
    assert file.read_bytes() == b""


def test_there_is_nothing_to_mend_where_there_is_no_file(tmp_path: Path) -> None:
    assert mend_end(tmp_path / "none") == ""
