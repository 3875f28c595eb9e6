"""Fields of a row: taken with their type checked, or the row is unusable."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from solon.data.conversations import messages_of
from solon.data.images import with_images
from solon.data.quarantine import Unanswered, Unusable
from solon.records import Demonstration, LabelledResponse, Message, Prompt, Ranking, ToolDefinition, assistant, user

Label = bool | int | float | str
LONGEST_LABEL = 60
"""Characters of a field that labels a demonstration; a longer one is text and is left aside."""


def text_of(row: dict[str, Any], field: str) -> str:
    """A field that must be a string with something in it."""
    text = optional_text(row, field)
    if not text.strip():
        raise Unusable(f"`{field}` is empty" if field in row else f"`{field}` is missing")
    return text


def optional_text(row: dict[str, Any], field: str) -> str:
    """A field that is a string, or empty, or absent."""
    value = row.get(field, "")
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Unusable(f"`{field}` is {type(value).__name__}, not a string")
    return value


def list_of(row: dict[str, Any], field: str, kind: type) -> list[Any]:
    """A field that must be a list, not empty, of values of one type."""
    value = row.get(field)
    if not isinstance(value, list) or not value:
        raise Unusable(f"`{field}` is not a list with something in it")
    for number, item in enumerate(value, start=1):
        if not isinstance(item, kind) or (isinstance(item, bool) and kind is not bool):
            raise Unusable(f"`{field}` holds {type(item).__name__} as item {number}, not {kind.__name__}")
    return value


def object_of(row: dict[str, Any], field: str) -> dict[str, Any]:
    """A field that must be an object."""
    value = row.get(field)
    if not isinstance(value, dict):
        raise Unusable(f"`{field}` is {type(value).__name__}, not an object")
    return value


def id_of(row: dict[str, Any], default: str, field: str = "id") -> str:
    """The row's own id (a string or a whole number), or the default."""
    value = row.get(field)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Unusable(f"`{field}` is {type(value).__name__}, not a string")
    if value == "":
        raise Unusable(f"`{field}` is empty")
    return str(value)


def source_of(name: str) -> str:
    """The file's stem, of a row's name FILE-STEM:LINE."""
    return name.rsplit(":", maxsplit=1)[0]


def labels_of(row: Mapping[str, Any], *fields: str) -> dict[str, str]:
    """What a prompt is labelled with: these fields under their own names, as text; empty ones are left out."""
    return {field: as_text(row[field]) for field in fields if row.get(field) not in (None, "", [], {})}


def other_labels(row: Mapping[str, Any], *taken: str) -> dict[str, str]:
    """All fields but those taken, as labels of a prompt; a column without a name, a written index, is left out."""
    return labels_of(row, *(field for field in row if field not in taken and field != ""))


def short_labels(row: Mapping[str, Any], *taken: str) -> dict[str, str]:
    """What a demonstration is labelled with: all fields but those taken that have at most LONGEST_LABEL characters.

    Unlike a prompt for evaluation it keeps no long ones: who trains on a million rows wants their categories, not
    every text that stands beside them.
    """
    labels = other_labels(row, "id", *taken)
    return {field: text for field, text in labels.items() if len(text) <= LONGEST_LABEL}


def as_text(value: Any) -> str:
    """A string as it is, all else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def as_label(value: Any) -> Label:
    """A value that a label may have as it is; lists, objects and null as JSON."""
    if isinstance(value, float) and value - value != 0:
        return str(value)  # not a number, or infinite: neither is JSON
    return value if isinstance(value, bool | int | float | str) else as_text(value)


def alpaca_question(row: dict[str, Any], given_field: str = "input") -> Message:
    """An Alpaca row's instruction, with its input below it where there is one."""
    return question_on(text_of(row, "instruction"), optional_text(row, given_field))


def question_on(instruction: str, given: str) -> Message:
    """An instruction, with what it is about below it where there is something."""
    return user(f"{instruction}\n\n{given}" if given.strip() else instruction)


def ends_with_a_question(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    """The messages, if the assistant is the one to speak next."""
    if not messages or messages[-1].role not in ("user", "tool"):
        raise Unusable("the conversation does not end with a user turn, so there is nothing to answer")
    return messages


def as_prompt(value: Any, field: str) -> tuple[Message, ...]:
    """A prompt given as a string, as a list of messages, or as a Prompt record of a command or a run."""
    if isinstance(value, dict) and "messages" in value:
        return ends_with_a_question(messages_of(value))
    if isinstance(value, list):
        return ends_with_a_question(messages_of({field: value}, field))
    return (user(text_of({field: value}, field)),)


def asked_in(row: dict[str, Any]) -> tuple[Message, ...]:
    """The conversation of a row's `prompt` or `messages` that waits for an answer, with the pictures of the row."""
    field = "prompt" if "prompt" in row else "messages"
    return with_images(row, as_prompt(row.get(field), field))


def answered(messages: tuple[Message, ...], answer: str) -> tuple[Message, ...]:
    """A conversation with its answer."""
    return (*messages, assistant(answer))


def shown(
    row: dict[str, Any],
    name: str,
    asked: tuple[Message, ...],
    answer: str,
    *taken: str,
    source: str = "",
    tools: tuple[ToolDefinition, ...] = (),
) -> Demonstration:
    """A demonstration of one answer, labelled with the short fields of its row but those taken.

    Args:
        name: its id, where the row brings none.
        source: where that is not the file's stem.

    Raises:
        Unanswered: the answer is empty.
    """
    labels = short_labels(row, *taken)
    if not answer.strip():
        raise Unanswered(Prompt(id=id_of(row, prompt_id(asked, tools)), messages=asked, labels=labels, tools=tools))
    messages = answered(asked, answer)
    return Demonstration(
        id=id_of(row, name), messages=messages, source=source or source_of(name), labels=labels, tools=tools
    )


def prompt_id(messages: Sequence[Message], tools: Sequence[ToolDefinition] = ()) -> str:
    """A name made from the text, and from pictures (as they are named) and tools where there are any: 16 hex digits."""
    parts = ["\x1f".join([turn.role, turn.content, *turn.images]) for turn in messages]
    text = "\x1e".join([*parts, *(json.dumps(tool, sort_keys=True) for tool in tools)])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def prompt_of(
    asked: str | Message | Sequence[Message],
    labels: Mapping[str, str] | None = None,
    tools: tuple[ToolDefinition, ...] = (),
) -> Prompt:
    """A prompt named by its text."""
    messages = (user(asked),) if isinstance(asked, str) else (asked,) if isinstance(asked, Message) else tuple(asked)
    return Prompt(id=prompt_id(messages, tools), messages=messages, labels=dict(labels or {}), tools=tools)


def ranking_of(
    name: str, prompt: Prompt, responses: Sequence[str], ranks: Sequence[int], rater: str = "people"
) -> Ranking:
    """A ranking; raises Unusable where there are not at least two responses with a rank each."""
    if len(ranks) != len(responses) or len(responses) < 2:
        raise Unusable(f"{len(responses)} responses and {len(ranks)} ranks: give at least two, and a rank for each")
    return Ranking(id=name, prompt=prompt, responses=tuple(responses), ranks=tuple(ranks), rater=rater)


def ranks_of_scores(scores: Sequence[float]) -> tuple[int, ...]:
    """Ranks of scores, the highest 0; equal scores tie."""
    order = sorted(set(scores), reverse=True)
    return tuple(order.index(score) for score in scores)


def labelled_response(name: str, prompt: Prompt, text: str, labels: Mapping[str, Any], rater: str) -> LabelledResponse:
    """An answer with what a rater said of it."""
    told = {field: as_label(value) for field, value in labels.items() if value is not None}
    if not told:
        raise Unusable("nothing is said of the answer: its labels are empty")
    return LabelledResponse(id=name, prompt=prompt, text=text, labels=told, rater=rater)
