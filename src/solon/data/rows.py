"""Demonstrations from Alpaca rows, message rows, and prompts with a response."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from solon.data.fields import alpaca_question, answered, as_prompt, id_of, messages_of, text_of
from solon.data.quarantine import QuarantineWriter, Unusable, read_rows
from solon.records import Demonstration


def read_demonstrations(path: Path, quarantine: QuarantineWriter, *, limit: int | None = None) -> list[Demonstration]:
    """Demonstrations of a JSONL file.

    Rows are Alpaca's `{instruction, input?, output}` and `{prompt, response}`, trained on the answer, or
    `{messages}`, trained on every assistant turn. Ids that rows do not bring are FILE-STEM:LINE.

    Raises:
        InputError: see `read_rows`.
    """
    return read_rows(path, demonstration, quarantine, limit=limit)


def demonstration(row: dict[str, Any], name: str) -> Demonstration:
    """One row as a demonstration; `name` is its id where it has none."""
    source = name.rsplit(":", maxsplit=1)[0]
    row_id = id_of(row, name)
    if "messages" in row:
        messages = messages_of(row)
        if messages[-1].role != "assistant":
            raise Unusable("the conversation does not end with an assistant turn, so there is nothing to imitate")
        if all(turn.role in ("assistant", "system") for turn in messages):
            raise Unusable("nobody but the assistant speaks")
        return Demonstration(id=row_id, messages=messages, source=source, train_on="all")
    if "instruction" in row:
        messages = answered((alpaca_question(row),), text_of(row, "output"))
    elif "prompt" in row:
        messages = answered(as_prompt(row["prompt"], "prompt"), text_of(row, "response"))
    else:
        raise Unusable("a row needs `messages`, `instruction` and `output`, or `prompt` and `response`")
    return Demonstration(id=row_id, messages=messages, source=source, train_on="last")
