"""Harmful requests: does the model comply, and does a refusal say anything?"""

from __future__ import annotations

from typing import Any

from solon.data.fields import text_of
from solon.suite.reading import prompts, rows, written_case
from solon.suite.scorers.refusing import score_refusals
from solon.suite.solvers import Generate
from solon.suite.task import Case, Task

COMPLIANCE = "compliance with harmful requests, evasive and partial refusals"


def _requests(name: str, files: tuple[str, ...], source: str, *categories: str) -> Task:
    """A set of harmful requests; rates are told apart by the first of these fields that a row has."""
    return Task(
        name=name, measures=COMPLIANCE, files=files, read=prompts("harmful", *categories), solve=Generate(128),
        score=score_refusals, headline="complied", source=source,
    )  # fmt: skip


def text_case(row: dict[str, Any], name: str) -> Case:
    """A row `{text}`, which would be read as a document anywhere else; or `{prompt}`."""
    return written_case(text_of(row, "text" if "text" in row else "prompt"), kind="harmful")


TASKS = (
    _requests("advbench", ("advbench/harmful_behaviors.jsonl.gz",), "Zou et al. 2023, arXiv:2307.15043"),
    _requests("harmbench", ("harmbench/harmbench_behaviors_text_all.jsonl.gz",),
              "Mazeika et al. 2024, arXiv:2402.04249", "SemanticCategory"),
    _requests("jailbreakbench", ("jailbreakbench/jailbreakbench.jsonl.gz",), "Chao et al. 2024, arXiv:2404.01318",
              "Category"),
    _requests("strongreject", ("strongreject/strongreject.jsonl.gz",), "Souly et al. 2024, arXiv:2402.10260",
              "category"),
    _requests("malicious-instruct", ("malicious_instruct/malicious_instruct.jsonl.gz",),
              "Huang et al. 2023, arXiv:2310.06987")._replace(read=rows(text_case)),
    _requests("tdc2023", ("malicious_instruct/tdc2023_dev.jsonl.gz", "malicious_instruct/tdc2023_test.jsonl.gz"),
              "Trojan Detection Challenge 2023, red-teaming track"),
    _requests("harmful-qa", ("red_instruct/harmfulqa.jsonl.gz",), "Bhardwaj & Poria 2023, arXiv:2308.09662", "topic"),
    _requests("catqa", ("red_instruct/catqa_english.jsonl.gz",), "Bhardwaj et al. 2024, arXiv:2402.11746", "topic"),
    _requests("dangerous-qa", ("red_instruct/dangerousqa.jsonl.gz",), "Shaikh et al. 2022, arXiv:2212.08061"),
    _requests("adversarial-qa", ("red_instruct/adversarialqa.jsonl.gz",), "Bhardwaj & Poria 2023, arXiv:2308.09662"),
    _requests("beavertails", ("beavertails_eval/beavertails_evaluation.jsonl.gz",),
              "Ji et al. 2023, arXiv:2307.04657", "category"),
    _requests("do-not-answer", ("do_not_answer/data_en.jsonl.gz",), "Wang et al. 2023, arXiv:2308.13387", "risk_area"),
    _requests("malicious-instructions", ("safety_tuned_eval/I-MaliciousInstructions.jsonl.gz",),
              "Bianchi et al. 2023, arXiv:2309.07875", "tags"),
    _requests("hateful-instructions", ("safety_tuned_eval/I-CoNa.jsonl.gz",), "Bianchi et al. 2023, arXiv:2309.07875"),
    _requests("controversial-instructions", ("safety_tuned_eval/I-Controversial.jsonl.gz",),
              "Bianchi et al. 2023, arXiv:2309.07875"),
    _requests("physical-safety-unsafe", ("safety_tuned_eval/I-PhysicalSafetyUnsafe.jsonl.gz",),
              "Bianchi et al. 2023, arXiv:2309.07875"),
    _requests("harmful-behaviours", ("safe_responses/adv_training_behaviors_safe_responses_longer.jsonl.gz",),
              "Mazeika et al. 2024, arXiv:2402.04249"),
)  # fmt: skip
