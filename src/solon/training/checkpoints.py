"""Checkpoints: tensors in safetensors, the rest in JSON, whole or not at all. No pickle.

checkpoints/00000300/state.safetensors    every tensor of the state, named by its path
checkpoints/00000300/state.json           the state with tensors replaced by their names, and the file's sha256
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file
from torch import Tensor

from solon.models.saving import new_folder

_TENSOR = "__tensor__"


def save_checkpoint(folder: Path, step: int, state: Mapping[str, Any], *, keep: int) -> None:
    """Write the state after `step` steps, then remove all but the newest `keep` checkpoints.

    Tensors are written from where they are: on a processor it takes no memory beside them.

    Raises:
        StorageError: the disk is full or may not be written.
    """
    tensors: dict[str, Tensor] = {}
    tree = _split(state, "", tensors, set())
    with new_folder(folder / f"{step:08d}") as draft:
        save_file(tensors, draft / "state.safetensors")
        document = {"step": step, "sha256": _sha256(draft / "state.safetensors"), "state": tree}
        (draft / "state.json").write_text(json.dumps(document), encoding="utf-8")
    for old in _newest_first(folder)[keep:]:
        shutil.rmtree(old)


def load_newest(folder: Path) -> tuple[int, dict[str, Any]] | None:
    """The newest checkpoint that is whole, as (steps done, state). Damaged ones are passed over."""
    for candidate in _newest_first(folder):
        try:
            document = json.loads((candidate / "state.json").read_text(encoding="utf-8"))
            found = _sha256(candidate / "state.safetensors")
        except (OSError, ValueError):
            continue
        if found == document["sha256"]:
            return int(document["step"]), _join(document["state"], load_file(candidate / "state.safetensors"))
    return None


def _sha256(file: Path) -> str:
    with file.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()


def _newest_first(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted((path for path in folder.iterdir() if path.name.isdigit()), key=lambda p: p.name, reverse=True)


def _split(value: Any, path: str, tensors: dict[str, Tensor], seen: set[int]) -> Any:
    if isinstance(value, Tensor):
        tensor = value.detach().cpu().contiguous()
        memory = tensor.untyped_storage().data_ptr()
        tensors[path] = tensor.clone() if memory in seen else tensor  # safetensors refuses two names for one memory
        seen.add(memory)
        return {_TENSOR: path}
    if isinstance(value, Mapping):
        return {str(key): _split(item, f"{path}/{key}", tensors, seen) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_split(item, f"{path}/{index}", tensors, seen) for index, item in enumerate(value)]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError(f"a checkpoint cannot hold {type(value).__name__} (at {path or 'its root'})")


def _join(tree: Any, tensors: Mapping[str, Tensor]) -> Any:
    if isinstance(tree, dict):
        if tree.keys() == {_TENSOR}:
            return tensors[tree[_TENSOR]]
        return {key: _join(item, tensors) for key, item in tree.items()}
    if isinstance(tree, list):
        return [_join(item, tensors) for item in tree]
    return tree
