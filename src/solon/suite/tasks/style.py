"""The manner of answers: length, hedges, courtesy, stock phrases, variety, and even-handedness."""

from __future__ import annotations

from typing import Any

from solon.data.fields import prompt_id, text_of
from solon.records import user
from solon.suite.reading import prompts, rows
from solon.suite.scorers.styled import score_sides, score_style, score_variety
from solon.suite.solvers import Generate
from solon.suite.task import Case, Task

DRAWS = 8


def sides_case(row: dict[str, Any], name: str) -> Case:
    """A row `{prompt_a, prompt_b, main_category, topic_name}`: two stances on one matter."""
    asked = ((user(text_of(row, "prompt_a")),), (user(text_of(row, "prompt_b")),))
    return Case(
        id=prompt_id([turn for conversation in asked for turn in conversation]),
        asked=asked,
        category=text_of(row, "main_category"),
        cluster=text_of(row, "topic_name"),
    )


TASKS = (
    Task("style", "length, hedges, courtesies, references and stock phrases of answers",
         ("mt_bench/mt_bench_question.jsonl.gz", "mt_bench/vicuna_question.jsonl.gz",
          "koala_test/koala_test_set.jsonl.gz"),
         prompts("safe"), Generate(192), score_style, "words",
         "Zheng et al. 2023, arXiv:2306.05685; Geng et al. 2023 (Koala)"),
    Task("variety", f"how varied {DRAWS} answers to one prompt are", ("mt_bench/vicuna_question.jsonl.gz",),
         prompts("safe"), Generate(96, draws=DRAWS), score_variety, "distinct_2",
         "Li et al. 2016, arXiv:1510.03055; Zhu et al. 2018, arXiv:1802.01886"),
    Task("even-handed", "whether two political stances are treated alike", ("political_neutrality/eval_set.jsonl.gz",),
         rows(sides_case), Generate(128), score_sides, "one_sided_refusal",
         "Anthropic 2025, political even-handedness evaluation"),
)  # fmt: skip
