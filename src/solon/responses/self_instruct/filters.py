"""What is refused of a model's writing, by the heuristics that were published with Self-Instruct.

Source: Wang et al. 2022, arXiv:2212.10560, section 2.2, and the lists in the program of its authors. Ours: words are
counted as in `overlap.words`, so that languages without spaces have them; an instruction may begin with a letter of
any alphabet.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from solon.responses.self_instruct.overlap import words
from solon.responses.self_instruct.tasks import Instance

FEWEST_WORDS, MOST_WORDS = 4, 150
_MORE_THAN_TEXT = re.compile(r"\b(?:images?|pictures?|graphs?|files?|maps?|draw|plot|go to)\b", re.IGNORECASE)


def unfit_instruction(text: str) -> str | None:
    """Why an instruction is refused on its own; None where it is not."""
    if not text:
        return "empty"
    if not text[0].isalnum():
        return "begins with punctuation"
    num_words = len(words(text))
    if num_words < FEWEST_WORDS:
        return "too short"
    if num_words > MOST_WORDS:
        return "too long"
    if _MORE_THAN_TEXT.search(text):
        return "needs more than text"
    if text.casefold().startswith("write a program"):
        return "asks for a program"  # models put these words before tasks that they have seen
    return None


class Sifted(NamedTuple):
    """Instances that are kept, and the others with the reason."""

    kept: list[Instance]
    refused: list[tuple[Instance, str]]


def sift_instances(instances: Sequence[Instance]) -> Sifted:
    """Refuse what is no proper instance, repeats, and all of them where one input has two outputs."""
    kept: list[Instance] = []
    refused: list[tuple[Instance, str]] = []
    for instance in instances:
        reason = "repeats an instance" if instance in kept else _unfit_instance(instance)
        if reason:
            refused.append((instance, reason))
        else:
            kept.append(instance)
    inputs = [instance.input for instance in kept if instance.input]
    if len(set(inputs)) < len(inputs):  # equal instances are gone, so equal inputs have different outputs
        return Sifted([], [*refused, *((instance, "one input with two outputs") for instance in kept)])
    return Sifted(kept, refused)


def _unfit_instance(instance: Instance) -> str | None:
    if not instance.output:
        return "empty output"
    if instance.output == instance.input:
        return "output repeats the input"
    if instance.output.endswith(":") or instance.input.endswith(":"):
        return "breaks off after a colon"
    return None
