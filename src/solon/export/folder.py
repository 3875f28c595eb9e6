"""The folder: the model's files, README.md, metrics.json, lineage.json."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import NamedTuple

from solon.errors import InputError
from solon.export.card import Stated, model_card
from solon.export.loading import make_loadable
from solon.export.origin import Kind, Origin, StageFacts, read_origin
from solon.export.public import public_value
from solon.models.saving import new_folder
from solon.store.records import write_json
from solon.store.run_folder import RunFolder

_TOKENIZER = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja")


class Exported(NamedTuple):
    """What was written."""

    folder: Path
    kind: Kind
    proven: bool
    tokenizer_class: str
    """Of transformers, that reads the tokenizer."""


def export_stage(run: Path, stage: str, target: Path, stated: Stated, *, adapter: bool = False) -> Exported:
    """Write a stage's model as a Hugging Face folder, whole or not at all.

    Args:
        stated: what no record holds.
        adapter: only the low-rank adapter that the stage trained, not the merged weights.

    Raises:
        InputError: no such run or stage, it holds no model or no adapter, or the target holds files already.
        ModelError: transformers would not read its prompts as Solon does.
        StorageError: the disk is full or may not be written.
    """
    target = target.absolute()
    folder = RunFolder.existing(run)
    model = folder.model(stage)
    origin = read_origin(folder, stage)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise InputError(f"{target}: exists and is not empty, and nothing is overwritten; name a new folder")
    trained = origin.stage.folder / "adapter"
    if adapter and not trained.is_dir():
        raise InputError(f"{run}@{stage}: no adapter there, for all weights were trained; export it without --adapter")
    with new_folder(target) as draft:
        for file in sorted(model.iterdir()):
            if file.is_file() and not file.name.startswith(".") and (not adapter or file.name in _TOKENIZER):
                shutil.copyfile(file, draft / file.name)
        loading = make_loadable(draft, str(model))
        for file in sorted(trained.iterdir()) if adapter else ():
            shutil.copyfile(file, draft / file.name)
        write_json(draft / "lineage.json", _lineage(origin))
        write_json(draft / "metrics.json", _metrics(origin))
        card = model_card(origin, loading, stated, adapter=adapter)
        (draft / "README.md").write_text(card, encoding="utf-8")
    return Exported(target, origin.stage.kind, origin.stage.proven, loading.tokenizer_class)


def _lineage(origin: Origin) -> dict[str, object]:
    return {
        "run": origin.run,
        "stage": origin.stage.name,
        "missing": list(origin.missing),
        "stages": [_told(one) for one in origin.line],
    }


def _told(stage: StageFacts) -> object:
    manifest = json.loads(stage.manifest.model_dump_json())
    return public_value({"kind": stage.kind, "records": dict(stage.records), **manifest})


def _metrics(origin: Origin) -> dict[str, object]:
    """As the run's own, of the stage and its ancestors."""
    stages = {one.name: public_value(one.figures.model_dump(mode="json")) for one in origin.line if one.figures}
    return {"stages": stages}
