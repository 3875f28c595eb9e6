"""Is an instruction answered, and are demands on the form met?"""

from __future__ import annotations

from pathlib import Path

from solon.data import QuarantineWriter
from solon.records import user
from solon.seeds import generator
from solon.suite.constraints import CONSTRAINTS
from solon.suite.reading import prompts
from solon.suite.scorers.styled import score_constraint, score_form
from solon.suite.solvers import Generate
from solon.suite.task import Case, Task

_FILES = ("koala_test/koala_test_set.jsonl.gz", "self_instruct_eval/user_oriented_instructions.jsonl.gz")
_SOURCES = "Geng et al. 2023 (Koala); Wang et al. 2022, arXiv:2212.10560"


def read_constrained(path: Path, quarantine: QuarantineWriter) -> list[Case]:
    """Each prompt with one of the demands below it, drawn by its id."""
    return [constrained(case) for case in prompts("safe")(path, quarantine)]


def constrained(case: Case) -> Case:
    """A case with a demand, which is its category."""
    draw = generator(0, "constraint", case.id)
    one = CONSTRAINTS[int(draw.integers(len(CONSTRAINTS)))]
    number = one.numbers[int(draw.integers(len(one.numbers)))] if one.numbers else 0
    (messages,) = case.asked
    asks = one.asks.replace("{number}", str(number))
    asked = (*messages[:-1], user(f"{messages[-1].content}\n\n{asks}"))
    return case.model_copy(update={"asked": (asked,), "category": one.name, "labels": {"number": str(number)}})


TASKS = (
    Task("constraints", "demands on the form of an answer that are checked exactly", _FILES, read_constrained,
         Generate(192), score_constraint, "followed",
         f"prompts of {_SOURCES}; after Zhou et al. 2023, arXiv:2311.07911"),
    Task("continuation", "texts that go on with the user's words instead of answering them",
         ("arena_hard/question.jsonl.gz", *_FILES), prompts("safe"), Generate(96), score_form, "continuation",
         f"prompts of {_SOURCES}; Li et al. 2024, arXiv:2406.11939"),
)  # fmt: skip
