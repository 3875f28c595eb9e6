"""Where a user's files are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator

from solon.data.hub import is_hub_name

DATA_VARIABLE = "SOLON_DATA"
DEFAULT_DATA = "../shared"


def _one_or_more(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Files = Annotated[tuple[str, ...], BeforeValidator(_one_or_more)]
"""One path or several. `$SOLON_DATA/...` begins in that folder; others at the recipe, else at the working directory.

Files may be JSON lines, JSON, CSV, TSV, Parquet or plain text (also .gz, .zst); a folder holds a data set, and
`hf:NAME[@CONFIG][#SPLIT]` is one on the hub. docs/data-formats.md lists the formats."""


def data_folder() -> str:
    """What `$SOLON_DATA` stands for, for messages."""
    if given := os.environ.get(DATA_VARIABLE):
        return f"{DATA_VARIABLE} is {given}"
    return f"{DATA_VARIABLE} is not set, which stands for {DEFAULT_DATA}; set it to the folder that holds your files"


def resolve(path: str, folder: Path) -> Path:
    """The file of a path as given in a recipe that stands in `folder`; `hf:NAME` stays as it is."""
    if is_hub_name(path):
        return Path(path)
    variable = f"${DATA_VARIABLE}"
    if path == variable or path.startswith(variable + "/"):
        root = Path(os.environ.get(DATA_VARIABLE) or DEFAULT_DATA)
        return root / path.removeprefix(variable).lstrip("/")
    given = Path(path).expanduser()
    beside = folder / given
    return beside if given.is_absolute() or beside.exists() or not given.exists() else given
