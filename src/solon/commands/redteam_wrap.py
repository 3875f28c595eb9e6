"""`solon redteam wrap`: prompts inside wrappers."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from solon.commands.shared import Json, Out, Seed, finish, quarantine_beside, row_counts

if TYPE_CHECKING:
    from solon.data import QuarantineWriter
    from solon.records import Prompt, Record


def wrap(
    prompts: Annotated[Path, typer.Argument(metavar="PROMPTS", help="JSONL of {id, prompt | messages}")],
    out: Out,
    templates: Annotated[
        int | None, typer.Option("--templates", min=1, help="so many for each prompt, drawn by the seed; else all")
    ] = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Put prompts into wrappers that try to have them answered all the same; labels stay, `template` is added."""
    from solon.commands.rows import LabelledPromptRow
    from solon.responses.attacks.wrap import wrap as wrapped_in_templates
    from solon.store.records import write_records

    quarantine = quarantine_beside(out)
    given = _read_wrappable(prompts, quarantine)
    wrapped = wrapped_in_templates(given, seed=seed, per_prompt=templates)
    write_records(out, map(LabelledPromptRow.of, wrapped))
    counts = Counter(prompt.labels["template"] for prompt in wrapped)
    result = {"out": str(out), "prompts": len(wrapped), "by_template": dict(counts), **row_counts(quarantine.counts)}
    finish(result, as_json, f"{len(given)} prompts, alone and wrapped: {len(wrapped)} prompts -> {out}")


def _read_wrappable(path: Path, quarantine: QuarantineWriter) -> list[Prompt]:
    """The prompts of a file whose last turn is a user's and has text; the others go to quarantine.

    Raises:
        InputError: see `read_as`.
    """
    from solon.data.load import read_as
    from solon.data.prompts import FORMS, unrepeated
    from solon.data.quarantine import Unusable

    take = unrepeated({})

    def accept(record: Record, name: str) -> Prompt:
        prompt = take(record, name)
        if prompt.messages[-1].role != "user" or not prompt.messages[-1].content.strip():
            raise Unusable("no user turn with text stands at its end, so there is nothing to wrap")
        return prompt

    return read_as(path, accept, quarantine, hint=FORMS)
