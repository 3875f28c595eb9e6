"""Cases from files: one conversation each, or rows of a set's own form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from solon.data import QuarantineWriter, read_prompts
from solon.data.fields import prompt_id
from solon.data.load import read_rows
from solon.data.quarantine import Unusable
from solon.records import Message, user
from solon.suite.task import Case, Reader, case_of

NO_CATEGORIES: tuple[str, ...] = ()


def prompts(kind: str, *categories: str) -> Reader:
    """Reads prompts in any form that Solon knows; a prompt that stands in a file twice is asked once.

    Args:
        kind: what the scorer takes them for, unless a row's own `kind` says `harmful` or `safe`.
        categories: the labels, the first that a prompt has, that rates are told apart by.
    """

    def read(path: Path, quarantine: QuarantineWriter) -> list[Case]:
        cases = []
        for prompt in read_prompts(path, quarantine, images=False):
            labels = prompt.labels
            category = next((labels[name] for name in categories if name in labels), "")
            own = labels.get("kind")
            case = case_of(prompt, category=category)
            told = own if own in ("harmful", "safe") else kind
            cases.append(case.model_copy(update={"labels": {**labels, "kind": told}}))
        return cases

    return read


def rows(convert: Callable[[dict[str, Any], str], Case]) -> Reader:
    """Reads rows of a form of the task's own; those that `convert` calls Unusable go to quarantine, and so does a row
    with the id of an earlier one."""

    def read(path: Path, quarantine: QuarantineWriter) -> list[Case]:
        seen: set[str] = set()

        def once(row: dict[str, Any], name: str) -> Case:
            case = convert(row, name)
            if case.id in seen:
                raise Unusable("the same as an earlier row")
            seen.add(case.id)
            return case

        return read_rows(path, once, quarantine)

    return read


def written_case(text: str, *, right: Sequence[str] = (), category: str = "", cluster: str = "", **labels: str) -> Case:
    """A case of one user turn whose answer is written."""
    asked = (user(text),)
    name = prompt_id(asked)
    return Case(id=name, asked=(asked,), right=tuple(right), category=category, cluster=cluster or name, labels=labels)


def choice_case(
    asked: tuple[Message, ...],
    options: Sequence[str],
    right: Sequence[str],
    *,
    begun: str = "",
    category: str = "",
    cluster: str = "",
    **labels: str,
) -> Case:
    """A case of options. Raises Unusable where they are not different, or a right one is none of them."""
    if len(set(options)) < max(2, len(options)) or not all(option.strip() for option in options):
        raise Unusable("its options are not at least two different texts")
    if not set(right) <= set(options):
        raise Unusable(f"the right answer {list(right)[:1]} is none of the options")
    name = prompt_id(asked)
    return Case(
        id=name, asked=(asked,), begun=begun, options=tuple(options), right=tuple(right), category=category,
        cluster=cluster or name, labels=labels,
    )  # fmt: skip


def answers_of(row: dict[str, Any], field: str) -> tuple[str, ...]:
    """A field that holds an answer or a list of answers; raises Unusable where it holds none."""
    value = row.get(field)
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list) or not found or not all(isinstance(one, str) and one.strip() for one in found):
        raise Unusable(f"`{field}` holds no answer")
    return tuple(found)
