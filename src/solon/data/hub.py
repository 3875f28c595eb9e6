"""Rows of Hugging Face `datasets`: a folder, or a name on the hub."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from solon.data.lines import Row
from solon.errors import InputError
from solon.store.folders import hash_artefacts, hash_file

_NAME = re.compile(r"hf:(?P<name>[^@#]+)(?:@(?P<config>[^#]+))?(?:#(?P<split>.+))?\Z")


def is_hub_name(path: Path | str) -> bool:
    """Whether it is `hf:NAME[@CONFIG][#SPLIT]` and no path of a file."""
    return str(path).startswith("hf:")


def fingerprint(path: Path) -> str:
    """A hash of a file, of all files of a folder, or of a name on the hub (whose rows may change behind it).

    Raises:
        OSError: it cannot be read.
    """
    if is_hub_name(path):
        return hashlib.sha256(str(path).encode()).hexdigest()
    return hash_artefacts(path) if path.is_dir() else hash_file(path)


def read_dataset(path: Path) -> Iterator[Row]:
    """The rows of a data set, numbered from 1 over all its splits, which stand in `split` where there are several.

    A folder is what `save_to_disk` wrote, or holds files that `datasets` knows (Parquet, JSON, CSV). A name on the hub
    is read as it streams: nothing but what is read is fetched.

    Raises:
        InputError: there is no such data set, or it cannot be read.
    """
    from datasets import exceptions

    number = 0
    try:
        for split, rows in _splits(path).items():
            for value in rows:
                number += 1
                yield Row(number, value if split is None or "split" in value else {**value, "split": split})
    except (exceptions.DatasetsError, OSError, ValueError, RuntimeError) as error:
        problem = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise InputError.at(path, None, f"`datasets` cannot read it after row {number}: {problem}") from None


def _splits(path: Path) -> Mapping[str | None, Any]:
    import datasets

    if path.is_dir():
        if (path / "dataset_dict.json").is_file() or (path / "dataset_info.json").is_file():
            found = datasets.load_from_disk(str(path))
        else:
            found = datasets.load_dataset(str(path), streaming=True)
    else:
        named = _NAME.match(str(path))
        if named is None:
            raise InputError(f"{path} is no data set; write hf:NAME, hf:NAME@CONFIG or hf:NAME@CONFIG#SPLIT")
        found = datasets.load_dataset(named["name"], named["config"], split=named["split"], streaming=True)
    if not isinstance(found, dict):
        return {None: found}
    return found if len(found) > 1 else {None: next(iter(found.values()))}
