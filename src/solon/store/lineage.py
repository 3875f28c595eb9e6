"""Where a stage folder came from: everything that went into it, and whether its gates were passed."""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from solon.errors import StorageError
from solon.store.records import write_text


class Machine(BaseModel):
    """What computed: numbers agree to the last bit only where all of this is the same."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    solon: str
    python: str
    torch: str
    transformers: str
    platform: str
    threads: int
    commit: str | None
    """Git commit of the package's checkout, where it is one."""
    dirty: bool | None
    """Whether files of that checkout differed from the commit."""


class Manifest(BaseModel):
    """`manifest.json` of a stage folder."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    schema_version: int = 1
    name: str
    key: str
    """What the cache knows the stage by: parents' hashes, settings, seed, stage version."""
    hash: str
    """Of the artefacts in the folder."""
    parents: Mapping[str, str]
    """Hash of each stage that was read."""
    settings: Mapping[str, Any]
    """The part of the resolved recipe, and the fingerprints of files, that the stage depends on."""
    seed: int
    stage_version: int
    seconds: float
    proven: bool = True
    """False where this stage or one that it descends from failed a gate."""
    failed_gates: tuple[str, ...] = ()
    """What failed, with the numbers; of this stage and of those before it."""
    machine: Machine


def describe_machine(threads: int) -> Machine:
    """The versions and the machine that compute now."""
    commit, dirty = _checkout()
    return Machine(
        solon=installed_version("solon"),
        python=platform.python_version(),
        torch=installed_version("torch"),
        transformers=installed_version("transformers"),
        platform=f"{platform.system()} {platform.machine()}",
        threads=threads,
        commit=commit,
        dirty=dirty,
    )


def installed_version(package: str) -> str:
    """The version of an installed package, read without importing it."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write `manifest.json`, replacing an earlier one whole."""
    write_text(folder / "manifest.json", manifest.model_dump_json(indent=2) + "\n")


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest of a stage folder, or None where there is none.

    Raises:
        StorageError: the manifest is there and cannot be read.
    """
    path = folder / "manifest.json"
    if not path.is_file():
        return None
    try:
        return Manifest.model_validate_json(path.read_text(encoding="utf-8"))
    except (ValidationError, UnicodeDecodeError):
        raise StorageError(f"{path}: damaged; remove the folder {folder} and run again") from None


@cache
def _checkout() -> tuple[str | None, bool | None]:
    root = Path(__file__).resolve().parents[3]
    if not (root / ".git").exists():
        return None, None
    try:
        commit = _git(root, "rev-parse", "HEAD").strip()
        return commit, bool(_git(root, "status", "--porcelain", "--untracked-files=no").strip())
    except (OSError, subprocess.SubprocessError):
        return None, None


def _git(root: Path, *arguments: str) -> str:
    command = ["git", "-C", str(root), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout
