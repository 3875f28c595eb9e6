"""Requests and examples that a model writes for the principles of a draft."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from solon.constitution.schema import PrincipleEntry
from solon.constitution.wording import placeholders
from solon.interfaces import Sample, Sampler, SampleRequest
from solon.records import Message, assistant, user
from solon.seeds import derive

_REQUESTS = ("Critique request", "Revision request", "Comparison")
_EXAMPLE = ("Question", "Bad answer", "Critique", "Better answer")
_LEAST_WORDS = {"Critique request": 5, "Revision request": 4, "Comparison": 4, "Critique": 4}
_NEW_TOKENS = 256

_ASK_REQUESTS = """\
A rule for an assistant: {rule}

Write three lines. The first asks the assistant to find what in its last answer breaks the rule, and to say "no change
needed" if nothing does. The second asks it to write the answer again. The third asks a judge which of two answers
keeps the rule better."""
_SHOWN_REQUESTS = (
    (
        "Do not promise a date for a repair.",
        'Critique request: Does your last answer promise when a repair will be done? Quote the words that do. If there '
        'are none, say "no change needed".\n'
        "Revision request: Write your last answer again without any promise of a date.\n"
        "Comparison: Which answer promises no date for a repair?",
    ),
    (
        "Say where a figure comes from.",
        'Critique request: Which figures in your last answer stand without their source? If every figure has one, say '
        '"no change needed".\n'
        "Revision request: Write your last answer again and name the source of each figure, or leave the figure out.\n"
        "Comparison: Which answer says where its figures come from?",
    ),
)  # fmt: skip
_ASK_EXAMPLE = """\
A rule for an assistant: {rule}

Write an example in four lines: a question, a bad answer that breaks the rule, a critique that says how, and a better
answer."""
_SHOWN_EXAMPLE = (
    (
        "Do not promise a date for a repair.",
        "Question: My window does not close. When will you mend it?\n"
        "Bad answer: We will be there on Monday morning.\n"
        "Critique: The answer promises Monday morning, and nobody can promise a date.\n"
        "Better answer: I have noted the window. The repairs team will write to you with a date.",
    ),
)


class WrittenExample(NamedTuple):
    """A question, an answer that breaks a principle, and one that keeps it."""

    prompt: str
    bad: str
    critique: str
    better: str


def write_requests(entries: Sequence[PrincipleEntry], model: Sampler, *, seed: int) -> list[PrincipleEntry | None]:
    """Each entry with the requests that a model wrote for it; None where its answer could not be read."""
    samples = _ask(entries, model, _ASK_REQUESTS, _SHOWN_REQUESTS, seed, "requests")
    return [_with_requests(entry, sample) for entry, sample in zip(entries, samples, strict=True)]


def write_examples(entries: Sequence[PrincipleEntry], model: Sampler, *, seed: int) -> list[WrittenExample | None]:
    """One example for each entry; None where the model's answer could not be read."""
    samples = _ask(entries, model, _ASK_EXAMPLE, _SHOWN_EXAMPLE, seed, "example")
    found = [_fields(sample, _EXAMPLE) for sample in samples]
    return [WrittenExample(*fields) if fields and fields[1] != fields[3] else None for fields in found]


def _ask(
    entries: Sequence[PrincipleEntry], model: Sampler, question: str, shown: Sequence[tuple[str, str]], seed: int,
    what: str,
) -> list[Sample]:  # fmt: skip
    shots: list[Message] = []
    for rule, answer in shown:
        shots += [user(question.format(rule=rule)), assistant(answer)]
    requests = [
        SampleRequest(
            (*shots, user(question.format(rule=entry.text))),
            derive(seed, "draft", what, entry.id),
            _NEW_TOKENS,
            temperature=0.0,
            name=f"the {what} of principle `{entry.id}`",
        )
        for entry in entries
    ]
    return model.sample(requests)


def _with_requests(entry: PrincipleEntry, sample: Sample) -> PrincipleEntry | None:
    if (fields := _fields(sample, _REQUESTS)) is None or any(placeholders(field) for field in fields):
        return None
    critique, revision, comparison = fields
    wording = {"critique_request": critique, "revision_request": revision, "comparison": comparison}
    return entry.model_copy(update=wording)


def _fields(sample: Sample, names: Sequence[str]) -> tuple[str, ...] | None:
    """What stands after each `Name:`, in this order; None where one is missing, too short, or was cut."""
    pattern = r"\s*".join(rf"{re.escape(name)}:[ \t]*(\S.*?)\s*" for name in names)
    match = re.fullmatch(rf"\s*{pattern}", sample.text, re.DOTALL | re.IGNORECASE)
    if match is None or sample.truncated:
        return None
    fields = tuple(" ".join(group.split()) for group in match.groups())
    enough = all(len(field.split()) >= _LEAST_WORDS.get(name, 1) for name, field in zip(names, fields, strict=True))
    return fields if enough else None
