"""What the small files of a model folder say, without loading weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

_EMBEDDINGS = ("embed_tokens.weight", "wte.weight", "embed_in.weight", "word_embeddings.weight")


def config_value(folder: Path | None, file: str, key: str) -> Any:
    """A key of a JSON file of the folder; None where folder, file or key are not there or the file is damaged."""
    try:
        return json.loads((folder / file).read_text(encoding="utf-8")).get(key) if folder else None
    except (OSError, ValueError, AttributeError):  # of a damaged file the loading of the model tells
        return None


def context_tokens(folder: Path | None) -> int | None:
    """The longest sequence that the model reads, as its config says."""
    for key in ("max_position_embeddings", "n_positions"):
        if isinstance(value := config_value(folder, "config.json", key), int):
            return value
    return None


def stop_ids(folder: Path | None) -> list[int] | None:
    """The ids at which generation stops, as transformers reads them."""
    for file in ("generation_config.json", "config.json"):
        value = config_value(folder, file, "eos_token_id")
        if value is not None:
            return [value] if isinstance(value, int) else list(value)
    return None


def embedding_rows(folder: Path | None) -> int | None:
    """Rows of the embedding: from the header of the weights where they are there, else from the config."""
    files = sorted(folder.glob("*.safetensors")) if folder else []
    for file in files:
        try:
            with safe_open(file, framework="numpy") as weights:
                names = weights.keys()
                for name in names:
                    if name.endswith(_EMBEDDINGS):
                        return int(weights.get_slice(name).get_shape()[0])
        except SafetensorError:  # of damaged weights the loading of the model tells
            continue
    value = config_value(folder, "config.json", "vocab_size")
    return value if isinstance(value, int) else None
