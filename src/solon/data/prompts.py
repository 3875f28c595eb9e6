"""Prompts from rows of several published forms."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from solon.data.fields import alpaca_question, as_prompt, ends_with_a_question, id_of, messages_of
from solon.data.quarantine import QuarantineWriter, Unusable, read_rows
from solon.data.transcripts import split_pair
from solon.records import Message, Prompt

FORMS = "`prompt`, `messages`, `goal` (AdvBench), `instruction` (Alpaca), or `chosen` and `rejected` (HH-RLHF)"


def read_prompts(
    path: Path, quarantine: QuarantineWriter, *, limit: int | None = None, seen: dict[str, str] | None = None
) -> list[Prompt]:
    """Prompts of a JSONL file: `{id?, prompt | messages}`, AdvBench, Alpaca or HH-RLHF rows.

    Without `id` a prompt is named by its text, so that it keeps its random choices when other rows come or go. A row
    with the id of an earlier one is quarantined; `seen` (id -> place) carries the ids on from file to file.

    Raises:
        InputError: see `read_rows`.
    """
    seen = {} if seen is None else seen

    def convert(row: dict[str, Any], name: str) -> Prompt:
        messages = prompt_messages(row)
        prompt = Prompt(id=id_of(row, prompt_id(messages)), messages=messages)
        if prompt.id in seen:
            raise Unusable(f"the same id or text as {seen[prompt.id]}")
        seen[prompt.id] = name
        return prompt

    return read_rows(path, convert, quarantine, limit=limit)


def prompt_messages(row: dict[str, Any]) -> tuple[Message, ...]:
    """What a row asks, whichever form it has."""
    if "prompt" in row:
        return as_prompt(row["prompt"], "prompt")
    if "goal" in row:
        return as_prompt(row["goal"], "goal")
    if "instruction" in row:
        return (alpaca_question(row),)
    if "chosen" in row:
        return split_pair(row).messages
    if "messages" in row:
        return ends_with_a_question(_without_answer(messages_of(row)))
    raise Unusable(f"no prompt: a row needs {FORMS}")


def prompt_id(messages: tuple[Message, ...]) -> str:
    """A name made from the text: 16 hex digits."""
    text = "\x1e".join(f"{turn.role}\x1f{turn.content}" for turn in messages)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _without_answer(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    return messages[:-1] if messages[-1].role == "assistant" else messages
