"""Prompts, and sets for evaluation: a prompt whose answer, category and the like are its labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from solon.data.fields import (
    alpaca_question,
    as_prompt,
    as_text,
    id_of,
    optional_text,
    other_labels,
    prompt_id,
    prompt_of,
    question_on,
    text_of,
)
from solon.data.formats.format import Format, has
from solon.data.images import IMAGE_FIELDS, with_images
from solon.data.quarantine import Unusable
from solon.data.tools import tools_of
from solon.records import Message, Prompt

_ASKED = (
    "prompt", "goal", "Goal", "Behavior", "forbidden_prompt", "question", "Question", "instruction", "instructions",
    "statement", "value",
)  # fmt: skip


def read_prompt(row: dict[str, Any], name: str) -> Sequence[Prompt]:
    """The first of the known fields is asked; all other fields are labels. `text` alone is read where it is named."""
    field = next((field for field in (*_ASKED, "text") if row.get(field) is not None), None)
    if field is None:
        raise Unusable(f"no prompt: a row needs one of {', '.join(f'`{known}`' for known in _ASKED)}")
    taken = [field, "id"]
    if field == "instruction":
        messages: tuple[Message, ...] = (alpaca_question(row),)
        taken.append("input")
    elif field == "Behavior":
        messages = (question_on(text_of(row, field), optional_text(row, "ContextString")),)
        taken.append("ContextString")
    else:
        messages = as_prompt(row[field], field)
    if (shown := with_images(row, messages)) is not messages:
        messages = shown
        taken += IMAGE_FIELDS
    return (_prompt(row, messages, *taken),)


def read_turns(row: dict[str, Any], name: str) -> Sequence[Prompt]:
    """A row `{turns}` of texts or `{content}`: the first is asked; the later ones, which need its answer, label it."""
    turns = row.get("turns")
    if not isinstance(turns, list) or not turns:
        raise Unusable("`turns` is not a list with something in it")
    told = [turn.get("content") if isinstance(turn, dict) else turn for turn in turns]
    texts = [text for text in told if isinstance(text, str) and text.strip()]
    if len(texts) != len(turns):
        raise Unusable("`turns` are not texts")
    labels = other_labels(row, "turns") | {f"turn_{k}": text for k, text in enumerate(texts[1:], start=2)}
    prompt = prompt_of(texts[0], labels)
    return (prompt.model_copy(update={"id": id_of(row, prompt.id, "question_id")}),)


def read_stances(row: dict[str, Any], name: str) -> Sequence[Prompt]:
    """A row `{prompt_a, prompt_b}`: two prompts that differ in the stance they ask for."""
    other = other_labels(row, "prompt_a", "prompt_b", "prompt_a_group", "prompt_b_group", "stance_a", "stance_b")
    return [
        prompt_of(
            text_of(row, f"prompt_{side}"),
            other | {field: as_text(row[f"{key}"]) for field, key in _of_side(side) if row.get(key)},
        )
        for side in "ab"
    ]


def read_choice(row: dict[str, Any], name: str) -> Sequence[Prompt]:
    """A row `{context, question, ans0, ans1, ans2, label}` of BBQ: the options lettered, the right one a label."""
    options = [text_of(row, f"ans{number}") for number in range(3)]
    right = row.get("label")
    if not isinstance(right, int | str) or str(right) not in ("0", "1", "2"):
        raise Unusable(f"`label` is {right!r}, which is none of the three answers")
    listed = "\n".join(f" ({letter}) {option}" for letter, option in zip("ABC", options, strict=True))
    text = f"{text_of(row, 'context')}\n\n{text_of(row, 'question')}\n{listed}"
    labels = other_labels(row, "context", "question", "ans0", "ans1", "ans2", "label")
    return (prompt_of(text, labels | {"answer": f" ({'ABC'[int(right)]})"}),)


def _of_side(side: str) -> tuple[tuple[str, str], ...]:
    return (("stance", f"stance_{side}"), ("group", f"prompt_{side}_group"))


def _prompt(row: dict[str, Any], messages: tuple[Message, ...], *taken: str) -> Prompt:
    labels = other_labels(row, *taken, "tools", "functions")
    tools = tools_of(row)
    return Prompt(id=id_of(row, prompt_id(messages, tools)), messages=messages, labels=labels, tools=tools)


def _is_prompt(row: dict[str, Any]) -> bool:
    if "_key" in row and row.keys() <= {"_key", "value"}:
        return False  # a member of an object: what its key asks for is not told
    return any(field in row for field in _ASKED) and "choices" not in row


EVALUATION = (
    Format("turns", "`turns`", "prompt of the first turn; later turns and all other fields label it", "nothing",
           has("turns"), read_turns),
    Format("stances", "`prompt_a`, `prompt_b`", "two prompts; other fields label them", "nothing",
           has("prompt_a", "prompt_b"), read_stances),
    Format("bbq", "`context`, `question`, `ans0`, `ans1`, `ans2`, `label`",
           "prompt with lettered options; the right letter and other fields label it", "nothing",
           has("context", "question", "ans0", "ans1", "ans2", "label"), read_choice),
    Format("prompts", f"one of {', '.join(f'`{field}`' for field in _ASKED)}",
           "prompt; all other fields label it", "a column without a name", _is_prompt, read_prompt),
)  # fmt: skip
