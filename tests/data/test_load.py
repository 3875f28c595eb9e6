import json
from pathlib import Path
from typing import Any

import pytest

from solon.data.formats import FORMATS
from solon.data.load import Loaded, load
from solon.data.quarantine import QuarantineWriter
from solon.data.recognition import format_of, recognise
from solon.errors import InputError
from solon.records import Demonstration, Prompt

PAIRED = {"prompt": "q", "response_a": "a", "response_b": "b"}


def written(folder: Path, *lines: Any, name: str = "rows.jsonl") -> Path:
    path = folder / name
    path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
    return path


def loaded(path: Path, **options: Any) -> tuple[list[Loaded], QuarantineWriter]:
    aside = QuarantineWriter(path.with_suffix(".aside"))
    return list(load(path, aside, **options)), aside


def test_rows_in_are_rows_used_and_quarantined(tmp_path: Path) -> None:
    path = written(tmp_path, {"prompt": "q"}, "{oops", {"unknown": 1}, 3, {"instruction": "i", "output": ""})
    records, aside = loaded(path)
    assert [one.line for one in records] == [1]
    assert (aside.counts[path], aside.kinds[path]) == ((5, 1, 4), {"Prompt": 1})


def test_what_is_set_aside_has_file_line_reason_and_row(tmp_path: Path) -> None:
    path = written(tmp_path, "{oops", {"unknown": 1})
    loaded(path)
    rows = [json.loads(line) for line in path.with_suffix(".aside").read_text().splitlines()]
    assert [(row["file"], row["line"], row["row"]) for row in rows] == [
        (str(path), 1, "{oops"),
        (str(path), 2, {"unknown": 1}),
    ]
    assert "not valid JSON" in rows[0]["reason"] and "the fields `unknown`" in rows[1]["reason"]


def test_counts_are_there_when_reading_stops_early(tmp_path: Path) -> None:
    path = written(tmp_path, {"prompt": "q"}, {"prompt": "r"})
    aside = QuarantineWriter(None)
    next(load(path, aside))  # the rest is never asked for
    assert aside.counts[path] == (1, 1, 0)


def test_a_limit_counts_used_rows(tmp_path: Path) -> None:
    path = written(tmp_path, {}, {"prompt": "q"}, {"prompt": "r"}, {"prompt": "s"})
    records, aside = loaded(path, limit=2)
    assert (len(records), aside.counts[path]) == (2, (3, 2, 1))


def test_a_file_may_mix_formats(tmp_path: Path) -> None:
    records, _ = loaded(written(tmp_path, {"prompt": "q"}, {"prompt": "q", "response": "a"}))
    assert [type(one.record) for one in records] == [Prompt, Demonstration]


def test_a_named_format_reads_all_rows(tmp_path: Path) -> None:
    records, _ = loaded(written(tmp_path, {"prompt": "q", "response": "a"}, {"text": "t"}), format="prompts")
    assert [type(one.record) for one in records] == [Prompt, Prompt]


def test_an_unknown_format_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no format 'sherpa'; known are .*sharegpt"):
        loaded(written(tmp_path, {"prompt": "q"}), format="sherpa")


def test_the_format_of_a_file_is_that_of_most_of_its_first_rows(tmp_path: Path) -> None:
    found = recognise(written(tmp_path, {"prompt": "q"}, PAIRED, PAIRED))
    assert found is not None and found.name == "pairs"


def test_names_of_formats_are_unique() -> None:
    assert len({one.name for one in FORMATS}) == len(FORMATS)


def test_a_row_of_no_fields_has_no_format() -> None:
    assert format_of({}) is None


def test_a_row_nested_too_deep_is_set_aside(tmp_path: Path) -> None:
    path = written(tmp_path, '{"prompt": "q", "x": ' + "[" * 900 + "]" * 900 + "}", {"prompt": "q"})
    _, aside = loaded(path)
    assert sum(aside.counts[path][1:]) == 2


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.jsonl.gz", "rows.data.zst"])
def test_rows_are_named_by_the_stem_of_their_file(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text('{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]}\n')
    (one,), _ = loaded(path)
    assert isinstance(one.record, Demonstration)
    assert (one.record.id, one.record.source) == (
        f"{name.split('.jsonl')[0].removesuffix('.zst').removesuffix('.data')}:1",
        one.record.id[:-2],
    )
