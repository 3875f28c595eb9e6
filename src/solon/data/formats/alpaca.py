"""Instructions with answers: Alpaca, Dolly, and Self-Instruct's tasks with several instances."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from solon.data.fields import (
    alpaca_question,
    answered,
    id_of,
    list_of,
    optional_text,
    prompt_of,
    short_labels,
    shown,
    source_of,
    text_of,
)
from solon.data.formats.format import LONG_FIELDS, Format, has
from solon.records import Demonstration, Response, user


def read_alpaca(row: dict[str, Any], name: str) -> Sequence[Demonstration | Response]:
    """A row `{instruction, input?, output}`; several outputs, or one of a named `generator`, are sampled answers."""
    output = row.get("output")
    if not isinstance(output, list) and not row.get("generator"):
        return (shown(row, name, (alpaca_question(row),), optional_text(row, "output"), *_ALPACA),)
    texts = list_of(row, "output", str) if isinstance(output, list) else [text_of(row, "output")]
    sampler = optional_text(row, "generator") or source_of(name)
    prompt = prompt_of(alpaca_question(row))
    own = id_of(row, name)
    return [
        Response(id=f"{own}/{draw}" if len(texts) > 1 else own, prompt=prompt, text=text, sampler=sampler)
        for draw, text in enumerate(texts)
    ]


def read_dolly(row: dict[str, Any], name: str) -> Sequence[Demonstration]:
    """A row `{instruction, context?, response}`."""
    question, answer = alpaca_question(row, "context"), optional_text(row, "response")
    return (shown(row, name, (question,), answer, "instruction", "context", "response"),)


def read_tasks(row: dict[str, Any], name: str) -> Sequence[Demonstration]:
    """A task `{instruction, instances: [{input, output}]}`: one demonstration for each instance."""
    own, labels, found = id_of(row, name), short_labels(row, "instruction", "instances"), []
    for number, instance in enumerate(list_of(row, "instances", dict)):
        question = alpaca_question({"instruction": row.get("instruction"), "input": instance.get("input")})
        messages = answered((question,), text_of(instance, "output"))
        found.append(Demonstration(id=f"{own}/{number}", messages=messages, source=source_of(name), labels=labels))
    return found


def read_safe_response(row: dict[str, Any], name: str) -> Sequence[Demonstration]:
    """A row `{Behavior, Safe_Response}`: a harmful request with its written refusal."""
    question, answer = user(text_of(row, "Behavior")), optional_text(row, "Safe_Response")
    return (shown(row, name, (question,), answer, "Behavior", "Safe_Response"),)


_ALPACA = ("instruction", "input", "output", "generator")
ALPACA = (
    Format("tasks", "`instruction`, `instances`", "demonstrations", LONG_FIELDS,
           has("instruction", "instances"), read_tasks),
    Format("alpaca", "`instruction`, `output`", "demonstration; response where there is a `generator` or a list",
           LONG_FIELDS, has("instruction", "output"), read_alpaca),
    Format("dolly", "`instruction`, `response`", "demonstration", LONG_FIELDS,
           has("instruction", "response"), read_dolly),
    Format("safe-response", "`Behavior`, `Safe_Response`", "demonstration", LONG_FIELDS,
           has("Behavior", "Safe_Response"), read_safe_response),
)  # fmt: skip
