"""YAML that remembers its lines, so that every complaint can point at one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from solon.errors import InputError


class MarkedYaml(NamedTuple):
    """A YAML mapping as plain data, and where each part of it stands."""

    path: Path
    data: dict[str, Any]
    marks: CommentedMap

    def line(self, where: Sequence[str | int]) -> int:
        """The line (from 1) of the deepest part of `where` that the file has."""
        node: Any = self.marks
        line = 1
        for part in where:
            if isinstance(node, CommentedMap) and part in node:
                line = node.lc.key(part)[0] + 1
            elif isinstance(node, CommentedSeq) and isinstance(part, int) and part < len(node):
                line = node.lc.item(part)[0] + 1
            else:
                break
            node = node[part]
        return line


def read_utf8(path: Path) -> str:
    """The text of a file, line ends as line feeds; InputError where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError.at(path, None, "there is no such file") from None
    except UnicodeDecodeError as error:
        raise InputError.at(path, None, f"is not UTF-8 text ({error.reason} at byte {error.start})") from None
    except OSError as error:
        raise InputError.at(path, None, f"cannot be read: {error.strerror}") from None


def read_node(path: Path) -> Any:
    """The content of a YAML file with its marks; InputError with file and line where it cannot be read."""
    text = read_utf8(path)
    try:
        return YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark is not None else None
        # The first line only: some of the library's messages go on with advice about its own options.
        problem = str(error.problem or error.context or "cannot be parsed").strip().splitlines()[0]
        raise InputError.at(path, line, f"not valid YAML: {problem}") from None
    except (YAMLError, ValueError) as error:
        raise InputError.at(path, None, f"not valid YAML: {str(error).splitlines()[0]}") from None


def read_yaml(path: Path) -> MarkedYaml:
    """Read a file that holds one YAML mapping; InputError with file and line otherwise."""
    marks = read_node(path)
    if not isinstance(marks, CommentedMap):
        problem = "is empty" if marks is None else "holds no `key: value` lines"
        raise InputError.at(path, 1, problem)
    return MarkedYaml(path, _plain(marks), marks)


def _plain(node: Any) -> Any:
    """Without the reader's own classes, which keep the source's formatting."""
    if isinstance(node, CommentedMap):
        return {key: _plain(value) for key, value in node.items()}
    if isinstance(node, CommentedSeq):
        return [_plain(item) for item in node]
    for kind in (bool, int, float, str):
        if isinstance(node, kind):
            return kind(node)
    return node


class Found(NamedTuple):
    """One problem of a validation and where it stands."""

    line: int
    where: tuple[str | int, ...]
    problem: str


def problems_in(error: ValidationError, source: MarkedYaml) -> list[Found]:
    """All problems of a validation, in the order in which they were found."""
    found = []
    for problem in error.errors():
        cause = problem.get("ctx", {}).get("error")
        where = (*problem["loc"], *getattr(cause, "where", ()))
        found.append(Found(source.line(where), where, _say(problem["type"], problem["msg"])))
    return found


def located(error: ValidationError, source: MarkedYaml) -> InputError:
    """All problems of a validation, one a line, each as `FILE:LINE: KEY: problem`."""
    found = problems_in(error, source)
    return InputError("\n".join(f"{source.path}:{line}: {_key(where)}: {problem}" for line, where, problem in found))


def _key(where: Sequence[str | int]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in where)
    return text.removeprefix(".") or "file"


def _say(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "unknown key; correct its spelling or delete it"
    if kind == "missing":
        return "is missing"
    return message.removeprefix("Value error, ")
