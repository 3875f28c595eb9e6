"""The embedded world of a run, whose author knows what a good, a bad and an off-topic answer is."""

from __future__ import annotations

from pathlib import Path

from solon.agora.source import Agora
from solon.errors import InputError
from solon.pipeline import open_source
from solon.recipe import load_recipe


def open_world(run: Path) -> Agora:
    """The world that a run's prompts come from.

    Raises:
        InputError: the run reads a user's files, and nobody knows the right answers to these.
    """
    source = open_source(load_recipe(run / "recipe.yaml"))
    if not isinstance(source, Agora):
        raise InputError(f"{run}: planted answers need the embedded world; use a recipe with `source: {{agora: ...}}`")
    return source
