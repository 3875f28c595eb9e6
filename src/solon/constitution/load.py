"""Reading and writing constitutions."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

from pydantic import ValidationError
from ruamel.yaml import YAML

from solon.constitution.marked_yaml import located, read_yaml
from solon.constitution.schema import Constitution


def load_constitution(path: Path | str) -> Constitution:
    """Read a constitution from a YAML file.

    Raises:
        InputError: the file is missing, is not YAML, has an unknown or missing key, no principles, two principles
            of one id, or a principle without clauses or use; each problem is named with file, line and key.
    """
    source = read_yaml(Path(path))
    try:
        return Constitution.model_validate(source.data)
    except ValidationError as error:
        raise located(error, source) from None


def dump_constitution(constitution: Constitution, path: Path | str) -> None:
    """Write a constitution so that loading it gives an equal one. Comments of an earlier file are not kept."""
    with Path(path).open("w", encoding="utf-8", newline="\n") as file:
        write_constitution(constitution, file)


def write_constitution(constitution: Constitution, file: TextIO) -> None:
    """As `dump_constitution`, to an open file."""
    writer = YAML()
    writer.default_flow_style = False
    writer.width = 120
    writer.allow_unicode = True
    writer.dump(constitution.model_dump(mode="json", by_alias=True, exclude_defaults=True), file)
