"""What is wrong with a constitution, before anything is spent on it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from solon.constitution.importers.supplement import import_cai_supplement
from solon.constitution.lint import checks
from solon.constitution.lint.contradictions import Asked, contradictions
from solon.constitution.lint.problem import Lines, NoLines, Problem
from solon.constitution.marked_yaml import problems_in, read_yaml
from solon.constitution.schema import Constitution

__all__ = ["Asked", "Linted", "Problem", "contradictions", "lint_constitution", "lint_file"]


class Linted(NamedTuple):
    """A file and its problems."""

    constitution: Constitution | None
    """None where it cannot be loaded; the problems say why."""
    problems: list[Problem]
    lines: Lines


def lint_file(path: Path) -> Linted:
    """Lint a YAML file, or a folder with the published supplement (which has no lines).

    Raises:
        InputError: there is no such file, it is no YAML mapping, or the supplement is not as published.
    """
    if path.is_dir():
        constitution = import_cai_supplement(path)
        return Linted(constitution, lint_constitution(constitution, NoLines()), NoLines())
    source = read_yaml(path)
    try:
        constitution = Constitution.model_validate(source.data)
    except ValidationError as error:
        found = []
        for line, where, problem in problems_in(error, source):
            key = ".".join(str(part) for part in where) or "file"
            found.append(Problem(line, _id_at(source.data, where), "unreadable", "error", f"{key}: {problem}"))
        return Linted(None, found, source)
    return Linted(constitution, lint_constitution(constitution, source), source)


def lint_constitution(constitution: Constitution, lines: Lines) -> list[Problem]:
    """All problems that need no model to find, by line."""
    found = [
        problem
        for check in (
            checks.requests, checks.duplicates, checks.wording, checks.examples, checks.weights, checks.tags,
        )
        for problem in check(constitution, lines)
    ]  # fmt: skip
    return sorted(found, key=lambda problem: problem.line or 0)


def _id_at(data: object, where: tuple[str | int, ...]) -> str | None:
    """The id of the principle that a problem is in, where it has one."""
    match where:
        case ("principles", int(index), *_) if isinstance(data, dict):
            one = data["principles"][index]
            name = one.get("id") if isinstance(one, dict) else None
            return name if isinstance(name, str) else None
    return None
