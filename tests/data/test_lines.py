import gzip
from pathlib import Path

import pytest

from solon.data.lines import read_jsonl, read_lines
from solon.errors import InputError


def test_only_a_line_feed_ends_a_line(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes('{"a": "x\u2028y\u0085z"}\n{"b": "p\rq"}\r\n'.replace("\rq", "\\rq").encode())
    assert [(row.line, row.value) for row in read_jsonl(path)] == [(1, {"a": "x\u2028y\u0085z"}), (2, {"b": "p\rq"})]


def test_gzip_is_known_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "renamed.jsonl"
    path.write_bytes(gzip.compress(b'{"a": 1}\n'))
    assert [row.value for row in read_jsonl(path)] == [{"a": 1}]


def test_blank_lines_are_passed_over_and_counted_in_line_numbers(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"a": 1}\n\n{"a": 2}')
    assert [row.line for row in read_jsonl(path)] == [1, 3]


@pytest.mark.parametrize("bad", [b"{oops}", b'{"a": 1', b"[" * 100_000])
def test_malformed_json_names_file_and_line(tmp_path: Path, bad: bytes) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"a": 1}\n' + bad + b"\n")
    with pytest.raises(InputError, match=r"a\.jsonl:2: not valid JSON"):
        list(read_jsonl(path))


def test_text_that_is_not_utf8_names_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"fine\n\xff\n")
    with pytest.raises(InputError, match=r"a\.txt:2: is not UTF-8"):
        list(read_lines(path))


@pytest.mark.parametrize("content", [b"", b"\n\n"])
def test_a_file_without_rows_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"a.jsonl: the file (is empty|holds no rows)"):
        list(read_jsonl(path))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.jsonl: there is no such file"):
        list(read_jsonl(tmp_path / "none.jsonl"))


def test_a_gzip_file_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"a": 1}\n' * 1000)[:-9])
    with pytest.raises(InputError, match="damaged or cut short"):
        list(read_jsonl(path))
