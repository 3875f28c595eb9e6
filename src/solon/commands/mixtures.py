"""Folders of `solon data mix` as what a training reads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from solon.commands.shared import open_model

if TYPE_CHECKING:
    from pydantic import BaseModel

    from solon.data.mixing import MixedRows
    from solon.models.language_model import LanguageModel
    from solon.models.lora_settings import LoraSettings


def open_mixed(
    folder: Path, start: str, settings: BaseModel, lora: LoraSettings | None = None
) -> tuple[LanguageModel, MixedRows]:
    """The model that a training starts from, and the rows that it reads.

    Raises:
        InputError: the tokens are not those of the model, or a setting does not go with a mixture.
    """
    from solon.data.mixing import open_mixture
    from solon.data.mixture import expect_only_mixture

    expect_only_mixture(settings, lambda key: f"--set {key}")
    model = open_model(start, lora)
    return model, open_mixture(folder, model.tokenizer, model.name)


def files_of(data: Path) -> list[Path]:
    """What decides a training on `data`: the file itself, or the tokens and weights of a mixture."""
    from solon.data.mixing import is_mixture

    return sorted((data / "tokens").iterdir()) if is_mixture(data) else [data]
