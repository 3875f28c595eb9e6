"""Dimensions with definitions and weights, as SALMON keeps its principles.

Source of the shape: Sun et al. 2023, arXiv:2310.05910, section 3 and the repository's principle collections.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from solon.constitution.importers.imported import Imported, Names, entry_of, slug
from solon.constitution.importers.sources import json_items
from solon.constitution.schema import Constitution, PrincipleEntry
from solon.errors import InputError


class _Dimension(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    dimension: str = Field(min_length=1)
    definition: str = Field(min_length=1)
    weight: float = Field(1.0, gt=0, allow_inf_nan=False)
    negative_definition: str | None = None


class _Placed(NamedTuple):
    line: int
    value: _Dimension


def import_weights(path: Path | str) -> Imported:
    """A JSON list of `{dimension, definition, weight?, negative_definition?}`, or an object of definitions by name.

    Each dimension becomes a principle of its weight, tagged with its name. A `negative_definition` asks for the
    opposite, so it must not stand among the principles, where it would train what they forbid: the negatives make a
    second constitution, for judges alone, with the same ids and weights. The same seed then draws the same dimension
    from both, and who reads principles answers the other way round. SALMON instead negates dimensions at random
    within one question.

    Raises:
        InputError: the file is not such JSON; the element is named by its line.
    """
    path = Path(path)
    dimensions = [_dimension(path, *item) for item in json_items(path)]
    if not dimensions:
        raise InputError.at(path, 1, "there is no dimension; each is an object {dimension, definition, weight}")
    names = Names()
    named = [(names.name(value.dimension), line, value) for line, value in dimensions]
    entries = [_entry(path, name, line, value, value.definition) for name, line, value in named]
    opposites = [
        _entry(path, name, line, value, value.negative_definition, critique=False)
        for name, line, value in named
        if value.negative_definition
    ]
    made = Constitution(id=slug(path.stem), version="1", principles=tuple(entries))
    negatives = None
    if opposites:
        negatives = Constitution(id=f"{made.id}-negative", version="1", principles=tuple(opposites))
    counts = {"principles": len(entries), "negatives": len(opposites)}
    return Imported(made, counts, negatives=negatives)


def _dimension(path: Path, line: int, key: str | None, value: Any) -> _Placed:
    if key is not None:
        value = {"dimension": key, **(value if isinstance(value, dict) else {"definition": value})}
    try:
        return _Placed(line, _Dimension.model_validate(value))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "element"
        problem = f"{field}: {first['msg']}; write {{dimension, definition, weight?, negative_definition?}}"
        raise InputError.at(path, line, problem) from None


def _entry(path: Path, name: str, line: int, value: _Dimension, text: str, *, critique: bool = True) -> PrincipleEntry:
    source, tags = f"{path.name}:{line}", (slug(value.dimension),)
    return entry_of(name, text, source=source, tags=tags, weight=value.weight, critique=critique)
