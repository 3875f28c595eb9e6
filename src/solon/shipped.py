"""Finds the files that come with the package: recipes and constitutions."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

PACKAGE = Path(__file__).resolve().parent


def shipped_folder(kind: Literal["recipes", "constitutions"]) -> Path:
    """Where the shipped files of one kind are: inside an installed package, at the root of a checkout."""
    installed = PACKAGE / kind
    return installed if installed.is_dir() else PACKAGE.parents[1] / kind


def shipped(kind: Literal["recipes", "constitutions"], name: str) -> Path | None:
    """A shipped file by its name, with or without `.yaml`; None where there is no such file."""
    for candidate in (name, f"{name}.yaml"):
        path = shipped_folder(kind) / candidate
        if path.is_file() and Path(candidate).name == candidate:
            return path
    return None
