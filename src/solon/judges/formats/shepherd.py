"""Shepherd: a critique of an answer, kinds of errors, and two scores of 1 to 5.

The published model writes the critique alone; kinds and scores are those of its annotators, whose form we ask for
because a critique without a verdict can rank nothing.

Source: Wang et al. 2023, arXiv:2308.04592, and its published annotations; the wording of the questions is ours.
"""

from __future__ import annotations

import re

from solon.judges.formats.asking import ask_of_response
from solon.judges.grammar import one_of, read_verdict, unscored
from solon.judges.reading import Reading, ResponseCase, Scale
from solon.records import Message

ERROR_TYPES = (
    "Arithmetic", "Coherence and Deduction", "Commonsense", "Consistency with Context", "Redundancy", "Veracity",
)  # fmt: skip
JUSTIFIED = (
    "1 Incomprehensible and wrong", "2 Not justified enough", "3 Somewhat justified", "4 Mostly well-justified",
    "5 Completely clear",
)  # fmt: skip
RELEVANT = (
    "1 Completely Irrelevant", "2 Not very relevant", "3 Somewhat relevant", "4 Mostly relevant",
    "5 Answers the question",
)  # fmt: skip

_TYPES = re.compile(r"^Error types:[ \t]*(?P<said>[^\n]*)$", re.MULTILINE)
_JUSTIFIED = re.compile(r"^Justified:[ \t]*(?P<said>[^\n]*)$", re.MULTILINE)
_RELEVANT = re.compile(r"^Relevant:[ \t]*(?P<said>[^\n]*)$", re.MULTILINE)

_TASK = "\n".join(
    [
        "Criticise one answer to a question: name each error, where it stands and what would be right. Then write "
        "three lines in exactly this form:",
        f"Error types: those of {', '.join(ERROR_TYPES)} that occur, with a semicolon between them; or None",
        f"Justified: one of {'; '.join(JUSTIFIED)}",
        f"Relevant: one of {'; '.join(RELEVANT)}",
    ]
)


class Shepherd:
    """The value is how correct and relevant the answer is; `details` hold the kinds of errors and the other score."""

    @property
    def scale(self) -> Scale:
        """1 to 5."""
        return Scale(1, 5, whole=True)

    def question(self, case: ResponseCase) -> tuple[Message, ...]:
        """A critique, kinds of errors, two scores."""
        return ask_of_response(case, _TASK, response="ANSWER", question="QUESTION")

    def parse(self, completion: str) -> Reading:
        """The score of relevance, where all three lines can be read."""
        relevant = read_verdict(completion, _RELEVANT, one_of(_values(RELEVANT)), wanted="`Relevant: ...` line")
        if relevant.status != "scored":
            return relevant
        justified = read_verdict(completion, _JUSTIFIED, one_of(_values(JUSTIFIED)), wanted="`Justified: ...` line")
        if justified.status != "scored":
            return unscored(completion, justified.reason)
        lines = _TYPES.findall(completion)
        named = [name.strip() for name in lines[-1].split(";")] if lines else []
        if unknown := [name for name in named if name not in (*ERROR_TYPES, "None")] or (not named):
            return unscored(completion, f"{unknown} are no kinds of errors" if named else "no `Error types: ...` line")
        details = {"error types": "; ".join(named), "justified": f"{justified.value:g}"}
        return relevant.model_copy(update={"details": details})


def _values(names: tuple[str, ...]) -> dict[str, float | str]:
    """A score by its full name, or by its number alone: what stands beside a number must be its name."""
    scores: dict[str, float | str] = {name: float(name[0]) for name in names}
    return scores | {name[0]: float(name[0]) for name in names}
