"""All tasks, the suites they make up, and the sets that have none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from solon.errors import InputError
from solon.suite.task import Task
from solon.suite.tasks import choice, control, honesty, knowledge, over_refusal, robustness, safety, style

SUITES: Mapping[str, tuple[Task, ...]] = {
    "safety": safety.TASKS,
    "over-refusal": over_refusal.TASKS,
    "honesty": honesty.TASKS,
    "knowledge": knowledge.TASKS,
    "choice": choice.TASKS,
    "control": control.TASKS,
    "style": style.TASKS,
    "robustness": robustness.TASKS,
}
WORLD, ALL = "world", "all"
"""The suite on a recipe's own held-out prompts with its checker, and the suite of all tasks on files."""

TAXED = SUITES["knowledge"]
"""Tasks whose loss between two stages is the alignment tax."""

WITHOUT_TASK: Mapping[str, str] = {
    "alpaca": "training demonstrations",
    "alpaca_eval": "answers of other models with a judge's verdicts: pairs for judges and reward models",
    "alpaca_farm": "answers of other models",
    "alpaca_gpt4": "training demonstrations",
    "alpaca_seed": "training demonstrations",
    "auto_j": "pairs that people labelled: for judges (`solon judge audit`)",
    "auto_j_train": "training rows of a judge",
    "biggen_rubrics": "answers with rubrics and feedback: for judges",
    "cai": "principles and their few-shots",
    "cai_samples": "sampled answers of other models",
    "collective_constitution": "statements and votes: material of a constitution",
    "corpus": "plain text for training; wikitext2_test is the task `wikitext`",
    "critiquellm": "answers with people's scores, in Chinese: for judges",
    "demo_pairs": "training pairs",
    "do_not_answer/gpt4_annotated_response": "labelled answers of other models: for judges",
    "dolly": "training demonstrations",
    "dromedary_principles": "principles",
    "dummy_conversation": "training demonstrations of an identity",
    "flan_cot": "training demonstrations",
    "gsm8k/example_model_solutions.jsonl.gz": "answers of other models to the questions of `gsm8k`",
    "gsm8k/train.jsonl.gz": "training demonstrations",
    "harmbench/harmbench_targets_text.jsonl.gz": "beginnings of answers that attacks aim at, not prompts",
    "hh_rlhf": "people's pairs for reward models; its prompts are harmful and harmless without a label",
    "judgebench": "pairs for judges",
    "llmbar": "pairs for judges",
    "model_spec": "a constitution",
    "moderation": "texts with harm labels, not prompts: for classifiers and judges",
    "mt_bench/judge_prompts.jsonl.gz": "a judge's templates",
    "mt_bench/mt_bench_reference_gpt4.jsonl.gz": "answers of another model",
    "mt_bench_scores": "answers of other models with a judge's scores",
    "oasst1": "dialogues with people's rankings: training and reward models",
    "oasst_sample": "training demonstrations and prompts",
    "pandalm": "pairs that people labelled: for judges",
    "qa_feedback": "answers of other models with people's feedback: for reward models",
    "rbr_gold/proposition_prompts.yaml": "a judge's questions",
    "rm_bench": "pairs for reward models",
    "safety_tuned": "training demonstrations",
    "safety_tuned_eval/Q-Harm.jsonl.gz": "harmful and harmless questions without a label that tells them apart",
    "salmon_principles": "principles and a judge's templates",
    "shepherd": "critiques of answers: training of critics",
    "t0_p3": "training demonstrations",
    "tldr_samples": "summaries of other models without labels",
    "tool_dialogue": "training demonstrations",
    "truthfulqa/finetune_info.jsonl.gz": "labelled answers: training of a judge",
    "truthfulqa/finetune_truth.jsonl.gz": "labelled answers: training of a judge",
    "truthfulqa/truthfulqa.jsonl.gz": "the questions of `truthfulqa-mc1`; written answers need a judge of truth",
    "tulu_human_eval": "pairs that people labelled: for judges and reward models",
    "xstest/xstest_v2_completions": "labelled answers of other models: for refusal classifiers",
}
"""What no task reads below `$SOLON_DATA/data`, by the beginning of its path, and why."""


def all_tasks() -> tuple[Task, ...]:
    """The tasks of all suites, in order."""
    return tuple(task for tasks in SUITES.values() for task in tasks)


def tasks_of(suites: Sequence[str], names: Sequence[str]) -> list[Task]:
    """The tasks of some suites (`all` is every one), or those of these names; each once.

    Raises:
        InputError: there is no such suite or task; the known ones are named.
    """
    by_name = {task.name: task for task in all_tasks()}
    if unknown := [name for name in names if name not in by_name]:
        raise InputError(f"there is no task {unknown[0]!r}; known are {', '.join(by_name)}")
    if unknown := [name for name in suites if name not in (*SUITES, WORLD, ALL)]:
        raise InputError(f"there is no suite {unknown[0]!r}; known are {', '.join((*SUITES, WORLD, ALL))}")
    chosen = {name: by_name[name] for name in names}
    for suite in suites:
        chosen |= {task.name: task for task in (all_tasks() if suite == ALL else SUITES.get(suite, ()))}
    return list(chosen.values())
