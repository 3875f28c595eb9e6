"""Instructions with answers: Alpaca, Dolly, and Self-Instruct's tasks with several instances."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from solon.data.fields import alpaca_question, answered, id_of, list_of, optional_text, prompt_of, source_of, text_of
from solon.data.formats.format import Format, has
from solon.data.quarantine import Unusable
from solon.records import Demonstration, Message, Response


def read_alpaca(row: dict[str, Any], name: str) -> Sequence[Demonstration | Response]:
    """A row `{instruction, input?, output}`; several outputs, or one of a named `generator`, are sampled answers."""
    output = row.get("output")
    if not isinstance(output, list) and not row.get("generator"):
        return (_demonstration(id_of(row, name), alpaca_question(row), text_of(row, "output"), name),)
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
    return (_demonstration(id_of(row, name), alpaca_question(row, "context"), text_of(row, "response"), name),)


def read_tasks(row: dict[str, Any], name: str) -> Sequence[Demonstration]:
    """A task `{instruction, instances: [{input, output}]}`: one demonstration for each instance."""
    found = []
    for number, instance in enumerate(list_of(row, "instances", dict)):
        question = alpaca_question({"instruction": row.get("instruction"), "input": instance.get("input")})
        found.append(_demonstration(f"{id_of(row, name)}/{number}", question, text_of(instance, "output"), name))
    return found


def read_safe_response(row: dict[str, Any], name: str) -> Sequence[Demonstration]:
    """A row `{Behavior, Safe_Response}`: a harmful request with its written refusal."""
    question = prompt_of(text_of(row, "Behavior")).messages[0]
    return (_demonstration(name, question, text_of(row, "Safe_Response"), name),)


def _demonstration(name: str, question: Message, answer: str, row_name: str) -> Demonstration:
    if not answer.strip():
        raise Unusable("the answer is empty")
    return Demonstration(id=name, messages=answered((question,), answer), source=source_of(row_name), train_on="last")


ALPACA = (
    Format("tasks", "`instruction`, `instances`", "demonstrations", "name, motivation_app, is_classification",
           has("instruction", "instances"), read_tasks),
    Format("alpaca", "`instruction`, `output`", "demonstration; response where there is a `generator` or a list",
           "all other fields", has("instruction", "output"), read_alpaca),
    Format("dolly", "`instruction`, `response`", "demonstration", "category and all other fields",
           has("instruction", "response"), read_dolly),
    Format("safe-response", "`Behavior`, `Safe_Response`", "demonstration", "all other fields",
           has("Behavior", "Safe_Response"), read_safe_response),
)  # fmt: skip
