"""YAML files read by frozen pydantic models; every error names file, line and key."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from solon.constitution.marked_yaml import MarkedYaml
from solon.errors import InputError

M = TypeVar("M", bound=BaseModel)
Key = tuple[str | int, ...]


class Settings(BaseModel):
    """Base of what recipes are made of: immutable, unknown keys refused, the docstring under a field explains it."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Marks:
    """Where each key of a settings file stands; keys given on the command line stand at `--set KEY`."""

    def __init__(self, source: MarkedYaml | None = None, overridden: Sequence[Key] = (), option: str = "--set") -> None:
        self._source, self._option = source, option
        self._overridden = tuple(overridden)

    @property
    def path(self) -> Path | None:
        """The file, where there is one."""
        return self._source.path if self._source else None

    def place(self, key: Key) -> str:
        """`FILE:LINE: KEY` for a key, with the line of the nearest key above it that the file holds."""
        dotted = ".".join(map(str, key))
        if any(key[: len(given)] == given for given in self._overridden):
            return f"{self._option} {dotted}"
        if self._source is None:
            return dotted or "settings"
        return f"{self._source.path}:{self._source.line(key)}: {dotted}" if key else str(self._source.path)

    def below(self, *section: str) -> Marks:
        """The marks of one section, for a model that reads it by itself; places are still told from the root."""
        return _SectionMarks(self, section)


class _SectionMarks(Marks):
    def __init__(self, whole: Marks, section: Key) -> None:
        super().__init__(whole._source)
        self._whole, self._section = whole, section

    def place(self, key: Key) -> str:
        return self._whole.place((*self._section, *key))


def override(value: dict[str, Any], assignments: Sequence[str], option: str = "--set") -> list[Key]:
    """Apply `a.b.c=VALUE` assignments (values are YAML) to plain values in place; the keys that were given.

    Raises:
        InputError: an assignment has no `=`, its value is not YAML, or it goes through a value that is no section.
    """
    keys: list[Key] = []
    for assignment in assignments:
        dotted, equals, text = assignment.partition("=")
        key = tuple(dotted.strip().split("."))
        if not equals or not all(key):
            raise InputError(f"{option} {assignment}: write it as KEY=VALUE, for example {option} seed=2")
        try:
            given = YAML(typ="safe", pure=True).load(text) if text.strip() else None
        except YAMLError as error:
            raise InputError(f"{option} {assignment}: the value is not YAML: {str(error).splitlines()[0]}") from None
        section = value
        for part in key[:-1]:
            if section.get(part) is None:
                section[part] = {}
            section = section[part]
            if not isinstance(section, dict):
                raise InputError(f"{option} {assignment}: '{part}' holds a value, not a section")
        section[key[-1]] = given
        keys.append(key)
    return keys


def validate(value: Mapping[str, Any], model: type[M], marks: Marks) -> M:
    """The values as `model`.

    Raises:
        InputError: an unknown key (with the names near it), a missing one, or a value that does not fit.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        problems = [_problem(detail, model, marks) for detail in error.errors()]
        raise InputError("\n".join(problems)) from None


def near(name: str, names: Sequence[str]) -> str:
    """The hint after an unknown name: the names like it, else all of them."""
    close = difflib.get_close_matches(name, names, n=3, cutoff=0.6)
    return f"did you mean {' or '.join(close)}?" if close else f"known: {', '.join(sorted(names))}"


def _problem(detail: Any, model: type[BaseModel], marks: Marks) -> str:
    key: Key = tuple(detail["loc"])
    place = marks.place(key)
    if detail["type"] == "extra_forbidden":
        return f"{place}: unknown key; {near(str(key[-1]), _fields_at(model, key[:-1]))}"
    if detail["type"] == "missing":
        return f"{place}: is needed and missing"
    message = detail["msg"].removeprefix("Value error, ")
    return f"{place}: {message}" + ("" if detail["type"] == "value_error" else f", not {detail['input']!r}")


def _fields_at(model: type[BaseModel], key: Key) -> list[str]:
    """The field names of the model that stands at `key` below `model`."""
    for part in key:
        field = model.model_fields.get(str(part))
        if field is None:
            continue  # a step that pydantic adds, such as the tag of a union
        inner = _model_of(field.annotation)
        if inner is None:
            return []
        model = inner
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_of(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        if (found := _model_of(argument)) is not None:
            return found
    return None
