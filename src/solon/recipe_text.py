"""A recipe as a file to edit: every key with its meaning and its value."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel
from ruamel.yaml import YAML

from solon.recipe import Recipe

WIDTH = 110


def recipe_text(recipe: Recipe) -> str:
    """YAML that loads to an equal recipe. The constitution is named as the recipe names it."""
    return "\n".join(_lines(recipe, 0)) + "\n"


def _lines(section: BaseModel, indent: int) -> Iterator[str]:
    space = " " * indent
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        if isinstance(value, BaseModel):
            about = " ".join((type(value).__doc__ or "").split())
            yield ""
            yield from _comment(about, space)
            yield f"{space}{name}:"
            yield from _lines(value, indent + 2)
        else:
            yield from _comment(field.description or "", space)
            yield f"{space}{name}: {_flow(section.model_dump(mode='json')[name])}"


def _comment(text: str, space: str) -> list[str]:
    return [f"{space}# {line}" for line in textwrap.wrap(text, WIDTH - len(space))]


def _flow(value: Any) -> str:
    """A value on one line."""
    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = True
    writer.width = 10_000
    writer.allow_unicode = True
    stream = io.StringIO()
    writer.dump({"key": value}, stream)
    return stream.getvalue().strip().removeprefix("{key: ").removesuffix("}")
