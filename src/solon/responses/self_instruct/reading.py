"""Instances read back from what a model wrote in the forms of `wording`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from solon.interfaces import Sample
from solon.responses.self_instruct.tasks import Instance

_EXAMPLE = re.compile(r"^Example \d+[.:]?[ \t]*$", re.MULTILINE)
_OUTPUT = re.compile(r"^Output:", re.MULTILINE)
_FIELD = re.compile(r"^(?:Input|Output):", re.MULTILINE)
_LABEL = re.compile(r"^Label:", re.MULTILINE)


class Written(NamedTuple):
    """The instances in a text, and the pieces that hold none, with the reason."""

    instances: list[Instance]
    refused: list[tuple[str, str]]


def read_labels_answer(sample: Sample) -> bool | None:
    """Whether a task has fixed labels; None where the model said neither yes nor no."""
    word = re.match(r"\s*([a-z]+)", sample.text.casefold())
    return {"yes": True, "no": False}.get(word[1]) if word else None


def read_input_first(sample: Sample) -> Written:
    """Instances `Input: ... Output: ...` between headings; the first heading stands in the prefill."""
    return _read(sample, _EXAMPLE, _input_then_output)


def read_output_first(sample: Sample) -> Written:
    """Instances `LABEL (line end) Input: ...` between marks; the first mark stands in the prefill."""
    return _read(sample, _LABEL, _label_then_input)


def _read(sample: Sample, mark: re.Pattern[str], parse: Callable[[str], Instance | str]) -> Written:
    pieces = [piece.strip() for piece in mark.split(sample.text)]
    refused = [(pieces.pop(), "cut by the token limit")] if sample.truncated else []
    parsed = [(piece, parse(piece)) for piece in pieces]
    refused += [(piece, reason) for piece, reason in parsed if isinstance(reason, str)]
    return Written([found for _, found in parsed if isinstance(found, Instance)], refused)


def _input_then_output(piece: str) -> Instance | str:
    given, *outputs = _OUTPUT.split(piece, maxsplit=1)
    if not outputs:
        return "no `Output:`"
    output = _FIELD.split(outputs[0], maxsplit=1)[0]  # a model may run on into another pair without a heading
    return Instance(input=given.strip().removeprefix("Input:").strip(), output=output.strip())


def _label_then_input(piece: str) -> Instance | str:
    label, _, given = piece.partition("\n")
    text = given.strip().removeprefix("Input:").strip()
    return Instance(input=text, output=label.strip()) if text else "a label without an input"
