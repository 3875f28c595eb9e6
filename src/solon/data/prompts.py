"""Prompts of any file."""

from __future__ import annotations

from pathlib import Path

from solon.data.fields import ends_with_a_question, prompt_id
from solon.data.images import text_alone
from solon.data.load import Accept, read_as
from solon.data.quarantine import QuarantineWriter, Unusable
from solon.records import (
    Comparison,
    Demonstration,
    LabelledResponse,
    Message,
    Preference,
    Prompt,
    Ranking,
    Record,
    Response,
    Revision,
)

FORMS = "; a prompt needs `prompt`, `messages`, `goal` (AdvBench), `instruction` (Alpaca) or `chosen` and `rejected`"


def read_prompts(
    path: Path,
    quarantine: QuarantineWriter,
    *,
    limit: int | None = None,
    seen: dict[str, str] | None = None,
    images: bool = True,
) -> list[Prompt]:
    """The prompts of a file, whatever its kind and format (see `load`); of a demonstration what it answers, and
    of a row whose answer is empty what it asks.

    Without `id` a prompt is named by its text, so that it keeps its random choices when other rows come or go. A row
    with the id of an earlier one is quarantined; `seen` (id -> place) carries the ids on from file to file. Without
    `images` so is one that shows a picture.

    Raises:
        InputError: see `read_as`.
    """
    take = unrepeated({} if seen is None else seen)

    def accept(record: Record, name: str) -> Prompt:
        if not images:
            text_alone(as_prompt_record(record, name).messages)
        return take(record, name)

    return read_as(path, accept, quarantine, limit=limit, hint=FORMS)


def unrepeated(seen: dict[str, str]) -> Accept[Prompt]:
    """Takes what a record asks, unless its id (-> place) was seen before."""

    def accept(record: Record, name: str) -> Prompt:
        prompt = as_prompt_record(record, name)
        if prompt.id in seen:
            raise Unusable(f"the same id or text as {seen[prompt.id]}")
        seen[prompt.id] = name
        return prompt

    return accept


def as_prompt_record(record: Record, name: str) -> Prompt:
    """What a record asks; an id that its row `name` brought stays."""
    if isinstance(record, Prompt):
        return record
    if isinstance(record, Demonstration):
        messages = ends_with_a_question(_without_answer(record.messages))
        own = _own_id(record.id, name) or prompt_id(messages, record.tools)
        return Prompt(id=own, messages=messages, labels=record.labels, tools=record.tools)
    if isinstance(record, Preference):
        return as_prompt_record(record.comparison, name)
    if isinstance(record, Comparison | Ranking):
        return record.prompt.model_copy(update={"id": _own_id(record.id, name) or record.prompt.id})
    if isinstance(record, LabelledResponse | Response | Revision):
        return record.prompt
    raise Unusable(f"a {type(record).__name__} holds no prompt")


def _own_id(record: str, name: str) -> str:
    """A record's id where its row brought it, and not the row's name made it."""
    return "" if record == name or record.startswith(f"{name}/") else record


def _without_answer(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    return messages[:-1] if messages[-1].role == "assistant" else messages
