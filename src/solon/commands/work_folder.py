"""OUT.work/: the committed parts of a long generation. The same command goes on from them; any other is refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from solon.addresses import is_server, model_folder
from solon.errors import InputError
from solon.store.folders import hash_artefacts, hash_file
from solon.store.records import write_json

RECORD = "begun.json"


def begin_work(out: Path, *, data: Path, engine: str, settings: Mapping[str, Any], seed: int) -> Path:
    """The folder for the parts of `out`, with a record of what they are made from.

    File and model folder count by their content, a hub model by its name, a server by its address.

    Raises:
        InputError: the folder holds parts that were made from something else; the message tells what differs.
    """
    folder = out.with_name(f"{out.name}.work")
    model = Path(engine if is_server(engine) else model_folder(engine))
    now = {
        "data": hash_file(data),
        "engine": hash_artefacts(model) if model.is_dir() else str(model),
        "seed": seed,
        **settings,
    }
    record = folder / RECORD
    if not record.is_file():
        write_json(record, now)
        return folder
    before = json.loads(record.read_text(encoding="utf-8"))
    if differences := [key for key in {**now, **before} if now.get(key) != before.get(key)]:
        raise InputError(
            f"{folder} holds work that differs in {', '.join(differences)}. Give another --out, or remove {folder} to "
            "begin anew."
        )
    return folder
