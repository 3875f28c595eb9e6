"""Tasks put into words by templates: T0 / P3, FLAN, Natural Instructions; and questions with their answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from solon.data.fields import list_of, optional_text, question_on, short_labels, shown, source_of, text_of
from solon.data.formats.format import LONG_FIELDS, Format, has
from solon.data.quarantine import Unusable
from solon.records import Demonstration, user

_END_OF_TEXT = "<|endoftext|>"
_TEMPLATED = (("prompt", "completion"), ("inputs", "targets"), ("inputs_pretokenized", "targets_pretokenized"))
_TEMPLATES = ("_file", "template_name", "task_name", "_task_name", "task")


def read_templated(row: dict[str, Any], name: str) -> Sequence[Demonstration]:
    """A prompt that a template made, and its completion.

    The template (`_file`, `template_name`) or task (`task_name`, `_task_name`, `task`) is the source. An end token
    that is spelled out at the end of a completion is left out: the model's own is put there when it is tokenised.
    """
    asked, answer = next((pair for pair in _TEMPLATED if pair[1] in row), _TEMPLATED[0])
    text = optional_text(row, answer).removesuffix(_END_OF_TEXT)
    template = next(filter(None, (optional_text(row, field) for field in _TEMPLATES)), "").removesuffix(".jsonl")
    source, question = _source(name, template), user(text_of(row, asked))
    return (shown(row, name, (question,), text.strip(), asked, answer, *_TEMPLATES, source=source),)


def read_natural_instructions(row: dict[str, Any], name: str) -> Sequence[Demonstration]:
    """A task `{Definition, Instances: [{input, output}]}`, or a row `{definition, inputs, targets}`.

    Where a task has several definitions, or an instance several outputs, each has its turn: instance number i is asked
    with definition number i (counted round) and shown with its first output.
    """
    if "targets" in row:
        source = _source(name, optional_text(row, "task_name"))
        question = question_on(text_of(row, "definition"), text_of(row, "inputs"))
        answer = optional_text(row, "targets")
        return (shown(row, name, (question,), answer, "definition", "inputs", "targets", "task_name", source=source),)
    definitions = [row["Definition"]] if isinstance(row.get("Definition"), str) else list_of(row, "Definition", str)
    of_task, found = short_labels(row, "Definition", "Instances"), []
    for number, instance in enumerate(list_of(row, "Instances", dict)):
        outputs = instance.get("output")
        answer = outputs if isinstance(outputs, str) else list_of(instance, "output", str)[0]
        question = question_on(definitions[number % len(definitions)], text_of(instance, "input"))
        if not answer.strip():
            raise Unusable(f"instance {number + 1} has an empty output")
        found.append(shown({**of_task, **instance}, f"{name}/{number}", (question,), answer, "input", "output"))
    return found


def read_rationale(row: dict[str, Any], name: str) -> Sequence[Demonstration]:
    r"""A row `{question, answer, rationale}` of FLAN's chains of thought, whose line ends are a written `\n`.

    The answer to imitate is the rationale, and then: So the answer is ANSWER.
    """
    question, answer, rationale = (text_of(row, field).replace("\\n", "\n") for field in _RATIONALE)
    return (shown(row, name, (user(question),), f"{rationale.rstrip()}\nSo the answer is {answer}.", *_RATIONALE),)


def read_question_answer(row: dict[str, Any], name: str) -> Sequence[Demonstration]:
    """A row `{question, answer}` of two texts."""
    asked, answer = user(text_of(row, "question")), optional_text(row, "answer")
    return (shown(row, name, (asked,), answer, "question", "answer"),)


def _source(name: str, template: str) -> str:
    return f"{source_of(name)}/{template}" if template else source_of(name)


def _is_templated(row: dict[str, Any]) -> bool:
    return any(asked in row and answer in row for asked, answer in _TEMPLATED)


def _is_question_answer(row: dict[str, Any]) -> bool:
    # With other fields it is a set for evaluation, whose answer nobody should imitate as it stands.
    return {"question", "answer"} <= row.keys() <= {"question", "answer", "id"} and isinstance(row["answer"], str)


_RATIONALE = ("question", "answer", "rationale")
INSTRUCTIONS = (
    Format("natural-instructions", "`Definition`, `Instances`; or `definition`, `inputs`, `targets`",
           "demonstrations", f"further outputs; {LONG_FIELDS}",
           lambda row: has("Definition", "Instances")(row) or has("definition", "inputs", "targets")(row),
           read_natural_instructions),
    Format("templates", "`prompt`, `completion`; `inputs`, `targets`; or these with `_pretokenized`",
           "demonstration, its template in the source", f"an end token in the completion; {LONG_FIELDS}",
           _is_templated, read_templated),
    Format("rationales", "`question`, `answer`, `rationale`", "demonstration", LONG_FIELDS,
           has(*_RATIONALE), read_rationale),
    Format("question-answer", "`question`, `answer` (a text), nothing else", "demonstration", "nothing",
           _is_question_answer, read_question_answer),
)  # fmt: skip
