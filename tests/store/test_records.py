from collections.abc import Iterator
from pathlib import Path

import pytest

from solon.errors import InputError
from solon.records import Metric, Prompt, user
from solon.store.records import read_records, read_rows, write_records

PROMPTS = [Prompt(id=str(number), messages=(user(f"question {number}\nsecond line"),)) for number in range(3)]


def test_records_survive_the_file(tmp_path: Path) -> None:
    assert write_records(tmp_path / "a" / "prompts.jsonl", PROMPTS) == 3
    assert list(read_records(tmp_path / "a" / "prompts.jsonl", Prompt)) == PROMPTS


def test_a_writer_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "prompts.jsonl"
    write_records(path, PROMPTS[:1])

    def broken() -> Iterator[Prompt]:
        yield PROMPTS[1]
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_records(path, broken())
    assert list(read_records(path, Prompt)) == PROMPTS[:1]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"id": "a"}\n\n{"id": \n', ":3: not JSON"),
        ('{"id": "a"}\n[1]\n', ":2: a JSON object is needed, not list"),
        ("\n", "holds no rows"),
    ],
)
def test_a_bad_line_is_named_by_file_and_number(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(text)
    with pytest.raises(InputError, match=rf"rows\.jsonl.*{told}"):
        list(read_rows(path))


def test_a_row_of_another_kind_names_line_and_field(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"value": 1, "n": 3, "instrument": "checker"}\n{"value": 1, "instrument": "checker"}\n')
    with pytest.raises(InputError, match=r"rows\.jsonl:2: not a Metric record: n: field required"):
        list(read_records(path, Metric))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.jsonl: no such file"):
        list(read_rows(tmp_path / "none.jsonl"))


def test_text_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'{"id": "\xff"}\n')
    with pytest.raises(InputError, match="is not UTF-8"):
        list(read_rows(path))
