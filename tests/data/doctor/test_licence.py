"""Licences as data sets state them."""

import gzip
from pathlib import Path

import pytest

from solon.data.doctor.licence import Licence, licence_of_row, licences_in, licences_of


@pytest.mark.parametrize(
    ("text", "name", "flags"),
    [
        ("License: CC BY-NC 4.0 (data)", "CC-BY-NC-4.0", ("non-commercial",)),
        ("license: cc-by-nc-sa-4.0", "CC-BY-NC-SA-4.0", ("non-commercial", "share-alike")),
        ("Dolly is under CC BY-SA 3.0.", "CC-BY-SA-3.0", ("share-alike",)),
        ("license: apache-2.0", "Apache-2.0", ()),
        ("Apache License, Version 2.0", "Apache-2.0", ()),
        ("The MIT License", "MIT", ()),
        ("for non-commercial use", "non-commercial", ("non-commercial",)),
        (
            "Attribution-NonCommercial 4.0 International",
            "Attribution-NonCommercial 4.0 International",
            ("non-commercial",),
        ),
    ],
)
def test_a_licence_is_known_by_its_words(text: str, name: str, flags: tuple[str, ...]) -> None:
    [found] = licences_in(f"first line\n{text}", "README.md")
    assert (found.name, found.flags, found.place) == (name, flags, "README.md:2")


@pytest.mark.parametrize(
    "text", ["Please submit the form", "with a commitment", "summit, limits", "gpl"[:2], "a non-event"]
)
def test_other_words_are_no_licence(text: str) -> None:
    assert licences_in(text, "README.md") == []


@pytest.mark.parametrize(
    ("row", "stated"),
    [
        ({"license": "mit"}, "mit"),
        ({"metadata": {"licence": " cc-by-4.0 "}}, "cc-by-4.0"),
        ({"license": 3}, None),
        ([], None),
    ],
)
def test_a_row_may_state_its_licence(row: object, stated: str | None) -> None:
    assert licence_of_row(row) == stated


def test_rows_and_files_beside_them_are_read(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl.gz"
    file.write_bytes(gzip.compress(b'{"prompt": "x", "license": "gpl-3.0"}\n{"prompt": "y"}\n'))
    (tmp_path / "README.md").write_text("---\nlicense: cc-by-4.0\n---\n")
    (tmp_path / "other.txt").write_text("MIT License")
    assert licences_of(file) == [
        Licence("CC-BY-4.0", f"{tmp_path}/README.md:2"),
        Licence("gpl-3.0", f"{file}:1"),
    ]
