import csv
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow
import pytest
import zstandard
from pyarrow import parquet

from solon.data.lines import Damaged
from solon.data.tables import read_table
from solon.errors import InputError

ROWS = [
    {"prompt": "one\u2028line\r", "n": "1"},
    {"prompt": 'two "quoted", with\nan end', "n": "2"},
    {"prompt": "", "n": ""},
]


def jsonl(path: Path) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))


def jsonl_gz(path: Path) -> None:
    path.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in ROWS).encode()))


def jsonl_zst(path: Path) -> None:
    # Two frames, as files have that were appended to.
    frames = ["".join(json.dumps(row) + "\n" for row in rows).encode() for rows in (ROWS[:1], ROWS[1:])]
    path.write_bytes(b"".join(zstandard.compress(frame) for frame in frames))


def json_array(path: Path) -> None:
    path.write_text(json.dumps(ROWS))


def json_pretty(path: Path) -> None:
    path.write_text(json.dumps(ROWS, indent=2))


def csv_table(path: Path, delimiter: str = ",") -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["prompt", "n"], delimiter=delimiter)
        writer.writeheader()
        writer.writerows(ROWS)


def tsv_table(path: Path) -> None:
    csv_table(path, "\t")


def parquet_table(path: Path) -> None:
    parquet.write_table(pyarrow.Table.from_pylist(ROWS), path)


def saved_dataset(path: Path) -> None:
    from datasets import Dataset

    Dataset.from_list(ROWS).save_to_disk(str(path))


def folder_of_parquet(path: Path) -> None:
    path.mkdir()
    parquet_table(path / "train-00000.parquet")


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("a.jsonl", jsonl),
        ("renamed.csv", jsonl),
        ("a.jsonl.gz", jsonl_gz),
        ("a.jsonl.zst", jsonl_zst),
        ("a.json", json_array),
        ("a.json", json_pretty),
        ("a.csv", csv_table),
        ("a.tsv", tsv_table),
        ("a.parquet", parquet_table),
        ("renamed.bin", parquet_table),
        ("saved", saved_dataset),
        ("folder", folder_of_parquet),
    ],
)
def test_the_same_rows_come_from_tables_of_every_kind(tmp_path: Path, name: str, write: Callable[[Path], None]) -> None:
    write(tmp_path / name)
    assert [row.value for row in read_table(tmp_path / name)] == ROWS


def found(path: Path, content: bytes) -> list[tuple[int, Any]]:
    path.write_bytes(content)
    return [(row.line, row.value.reason if isinstance(row.value, Damaged) else row.value) for row in read_table(path)]


def test_the_rows_of_a_csv_file_are_named_by_the_line_where_they_begin(tmp_path: Path) -> None:
    rows = found(tmp_path / "a.csv", b'a,b\n"x\ny",1\n\nz,2\n')
    assert rows == [(2, {"a": "x\ny", "b": "1"}), (5, {"a": "z", "b": "2"})]


def test_an_empty_column_name_is_a_name(tmp_path: Path) -> None:
    assert found(tmp_path / "a.csv", b",Goal\n0,x\n") == [(2, {"": "0", "Goal": "x"})]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.jsonl", b'{"a": 1}\n{oops}\n{"a": 3}\n', "not valid JSON"),
        ("a.jsonl", b'{"a": 1}\n"\xff"\n{"a": 3}\n', "is not UTF-8"),
        ("a.csv", b"a\n1\n\xff\n3\n", "is not UTF-8"),
        ("a.csv", b"a\n1\n2,2\n3\n", "2 cells in a table of 1 columns"),
        ("a.txt", b"1\n\n\xff\n\n3\n", "is not UTF-8"),
    ],
)
def test_a_row_that_cannot_be_read_is_damaged_and_the_next_one_is_whole(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    rows = found(tmp_path / name, content)
    assert len(rows) == 3 and reason in rows[1][1]
    with pytest.raises(InputError, match=reason):
        list(read_table(tmp_path / name, strict=True))


def test_a_quote_that_is_never_closed_loses_no_row_in_silence(tmp_path: Path) -> None:
    rows = found(tmp_path / "a.csv", b'a,b\n1,2\n"3,4\n5,6\n')
    assert rows[0] == (2, {"a": "1", "b": "2"}) and "not valid CSV" in rows[1][1]


def test_the_members_of_an_object_are_rows_under_their_key(tmp_path: Path) -> None:
    document = {"version": 2, "train": [{"a": 1}, "b"], "deep": {"c": [1.5, None]}}
    rows = found(tmp_path / "a.json", json.dumps(document, indent=1).encode())
    assert [value for _, value in rows] == [
        {"_key": "version", "value": 2},
        {"_key": "train", "a": 1},
        {"_key": "train", "value": "b"},
        {"_key": "deep", "c": [1.5, None]},
    ]


def test_several_splits_are_told_apart(tmp_path: Path) -> None:
    from datasets import Dataset, DatasetDict

    splits = {"train": Dataset.from_list([{"a": 1}]), "test": Dataset.from_list([{"a": 2}])}
    DatasetDict(splits).save_to_disk(str(tmp_path / "d"))
    assert [(row.line, row.value) for row in read_table(tmp_path / "d")] == [
        (1, {"a": 1, "split": "train"}),
        (2, {"a": 2, "split": "test"}),
    ]


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.json", b'[{"a": 1}, {"a": ', "not valid JSON after row 1"),
        ("a.json", b'[{"a": 1}] [', "not valid JSON"),
        ("a.jsonl.zst", zstandard.compress(b'{"a": 1}\n' * 9)[:-3], "damaged or cut short"),
        ("a.jsonl.gz", gzip.compress(b'{"a": 1}\n' * 9)[:-9], "damaged or cut short"),
        ("a.parquet", b"PAR1 and no more", "the Parquet file cannot be read"),
        ("a.csv", b"a,a\n1,2\n", "two columns are named 'a'"),
        ("a.csv", b"a,b\n", "holds no rows"),
        ("a.bin", b"\x00\x01", "is no kind of table"),
        ("a.json", b"", "is empty"),
        ("folder/a", b"x", "`datasets` cannot read it"),
    ],
)
def test_a_file_that_hides_its_rows_is_refused(tmp_path: Path, name: str, content: bytes, problem: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    with pytest.raises(InputError, match=problem):
        list(read_table(path if path.parent == tmp_path else path.parent))


def test_a_long_array_is_read_as_it_streams(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("[" + ", ".join(['{"a": 1}'] * 20_000) + ", oops")  # the damage is seen only when it is reached
    rows = read_table(path)
    assert next(rows).value == {"a": 1}


def test_the_first_bytes_tell_json_lines_from_a_document(tmp_path: Path) -> None:
    assert [value for _, value in found(tmp_path / "a.json", b'{"a": 1}\n{"a": 2}\n')] == [{"a": 1}, {"a": 2}]
    assert [value for _, value in found(tmp_path / "b.json", b'{"a": [{"x": 1}]}')] == [{"_key": "a", "x": 1}]
