"""Propositions about a response, and the class that they put it into.

Source: Mu et al. 2024, "Rule based rewards for language model safety", arXiv:2411.01111, and its published
configuration, whose YAML is read here.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from solon.constitution.marked_yaml import located, read_yaml
from solon.constitution.schema import PlacedError
from solon.errors import InputError

Conditions = Mapping[str, bool]
"""Propositions and what each must be; all must hold."""


class SimpleProposition(BaseModel):
    """A proposition that is asked of a response."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prompt: str = Field(min_length=1)


class Propositions(BaseModel):
    """What is asked, and how answers make classes. Every name must be a proposition, derived ones from earlier ones."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    prompt_template: str = ""
    """The published question around a proposition; ours is used instead, which shows the response as data."""
    completion_class_order: tuple[str, ...]
    """The classes, the best first."""
    completion_classes: Mapping[str, Mapping[str, Conditions]]
    """Class -> kind of response that is wanted -> what puts a response into the class."""
    derived_propositions: Mapping[str, Conditions] = Field(default_factory=dict)
    simple_propositions: Mapping[str, SimpleProposition]

    @model_validator(mode="after")
    def _names_are_known(self) -> Propositions:
        known = set(self.simple_propositions)
        for name, conditions in self.derived_propositions.items():
            for part in conditions:
                if part not in known:
                    raise PlacedError(f"`{part}` is no proposition above it", "derived_propositions", name, part)
            known.add(name)
        for name, of_kind in self.completion_classes.items():
            if name not in self.completion_class_order:
                raise PlacedError(f"class `{name}` has no place in completion_class_order", "completion_classes", name)
            for kind, conditions in of_kind.items():
                for part in conditions:
                    if part not in known:
                        raise PlacedError(f"`{part}` is no proposition", "completion_classes", name, kind, part)
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """The simple propositions, in the order of features."""
        return tuple(self.simple_propositions)

    def class_of(self, holds: Mapping[str, bool], kind: str) -> str:
        """The class of a response of which these simple propositions hold, where a response of `kind` is wanted.

        Raises:
            InputError: a proposition is not told, or not exactly one class fits.
        """
        if missing := [name for name in self.names if name not in holds]:
            raise InputError(f"{len(missing)} propositions are not told, among them {missing[:3]}")
        known = dict(holds)
        for name, conditions in self.derived_propositions.items():
            known[name] = all(known[part] == wanted for part, wanted in conditions.items())
        fitting = [
            name
            for name in self.completion_class_order
            if kind in self.completion_classes.get(name, {})
            and all(known[part] == wanted for part, wanted in self.completion_classes[name][kind].items())
        ]
        if len(fitting) != 1:
            told = ", ".join(fitting) or "none"
            raise InputError(f"a response where `{kind}` is wanted must be of exactly one class, and is of: {told}")
        return fitting[0]


def load_propositions(path: Path | str) -> Propositions:
    """Read propositions and classes from YAML in the published form.

    Raises:
        InputError: the file is missing or not YAML, or a key or name is unknown or missing; with file and line.
    """
    source = read_yaml(Path(path))
    try:
        return Propositions.model_validate(source.data)
    except ValidationError as error:
        raise located(error, source) from None
