"""What a folder was trained with: `OUT/training.json`. The same training goes on; any other is refused."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from solon.addresses import model_folder
from solon.errors import InputError
from solon.store.folders import hash_artefacts, hash_file
from solon.store.records import write_json

RECORD = "training.json"

Begun = Literal["new", "continued", "finished already"]


def begin_training(
    out: Path,
    kind: str,
    *,
    data: Sequence[Path],
    models: Mapping[str, str],
    settings: Mapping[str, Any],
    seed: int,
) -> Begun:
    """Record what `out` is trained with, or compare with what is recorded there; whether the training is new.

    Files and model folders count by their content, hub models by their name.

    Args:
        out: the folder of the training.
        kind: of the training: `sft`, say.
        data: the files that are read.
        models: part -> address of every model that is read.
        settings: what else decides the training: JSON values.
        seed: of every random choice.

    Raises:
        InputError: a file or model is missing, or the folder holds another training: the message tells what differs.
    """
    now: dict[str, Any] = {
        "kind": kind,
        "data": {"name": ", ".join(map(str, data)), "sha256": [_hash(path) for path in data]},
        **{part: {"name": address, "sha256": _hash_of_model(address)} for part, address in models.items()},
        "seed": seed,
        "settings": dict(settings),
    }
    finished = (out / "model").is_dir()
    if not finished and not any((out / "checkpoints").glob("*")):
        write_json(out / RECORD, now)
        return "new"
    try:
        before = json.loads((out / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise InputError(
            f"{out} holds checkpoints, and no {RECORD} tells what they were trained on. Give another --out, or remove "
            f"{out} to train anew."
        ) from None
    if differences := _differences(before, now):
        raise InputError(
            f"{out} holds a training that differs in {', '.join(differences)}. Give another --out, or remove {out} to "
            "train anew."
        )
    return "finished already" if finished else "continued"


def _differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What differs, with both values."""
    found = []
    for key in dict.fromkeys([*now, *before]):
        old, new = before.get(key), now.get(key)
        if key == "settings":
            found += _differences(old or {}, new or {})
        elif isinstance(old, dict) and isinstance(new, dict) and "sha256" in new:
            if old.get("sha256") != new["sha256"]:
                alike = old.get("name") == new["name"]
                found.append(f"{key} ({new['name']} has changed)" if alike else _change(key, old["name"], new["name"]))
        elif old != new:
            found.append(_change(key, old, new))
    return found


def _change(key: str, old: Any, new: Any) -> str:
    return f"{key} ({old} before, {new} now)"


def _hash(path: Path) -> str:
    try:
        return hash_file(path)
    except FileNotFoundError:
        raise InputError.at(path, None, "there is no such file") from None
    except OSError as error:
        raise InputError.at(path, None, f"cannot be read: {error.strerror}") from None


def _hash_of_model(address: str) -> str:
    """Of a folder its files, of a hub model its name."""
    name = model_folder(address)
    return hash_artefacts(Path(name)) if Path(name).is_dir() else name
