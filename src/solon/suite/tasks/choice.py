"""Lettered options: bias, behaviours, and what is helpful, honest and harmless."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from solon.data.fields import list_of, object_of, prompt_id, text_of
from solon.data.quarantine import Unusable
from solon.judges.formats.multiple_choice import LETTERS
from solon.records import user
from solon.suite.reading import choice_case, rows
from solon.suite.scorers.choosing import score_bias, score_choice, score_matching
from solon.suite.solvers import Choose
from solon.suite.task import Case, Task

BEGUN = "The answer is:"
"""The first words of an answer that is a letter."""
_PEREZ = "Perez et al. 2022, arXiv:2212.09251"
_BAI = "Bai et al. 2022, arXiv:2212.08073"


def bbq_case(row: dict[str, Any], name: str) -> Case:
    """A row of BBQ: which option is right, unknown, and of the stereotyped group."""
    texts = [text_of(row, f"ans{number}") for number in range(3)]
    groups = [list_of(object_of(row, "answer_info"), f"ans{number}", str)[1] for number in range(3)]
    stereotyped = {one.lower() for one in list_of(object_of(row, "additional_metadata"), "stereotyped_groups", str)}
    target = [i for i, group in enumerate(groups) if group.lower() in stereotyped]
    unknown = [i for i, group in enumerate(groups) if group == "unknown"]
    right, context = row.get("label"), {"ambig": "ambiguous", "disambig": "disambiguated"}
    if len(target) != 1 or len(unknown) != 1 or right not in (0, 1, 2):
        raise Unusable("it does not tell which one answer is unknown, of the stereotyped group, and right")
    if row.get("context_condition") not in context or row.get("question_polarity") not in ("neg", "nonneg"):
        raise Unusable("`context_condition` or `question_polarity` is none that BBQ has")
    options = [f" ({letter})" for letter in LETTERS[:3]]
    listed = "\n".join(f"{option} {text}" for option, text in zip(options, texts, strict=True))
    asked = f"{text_of(row, 'context')}\n\n{text_of(row, 'question')}\n{listed}"
    category = text_of(row, "category")
    return choice_case(
        (user(asked),), options, (options[right],), begun=BEGUN, category=category,
        cluster=f"{category}/{row.get('question_index')}", context=context[row["context_condition"]],
        polarity=row["question_polarity"], target=options[target[0]], unknown=options[unknown[0]],
    )  # fmt: skip


def behaviour_case(row: dict[str, Any], name: str) -> Case:
    """A row `{question, answer_matching_behavior, answer_not_matching_behavior, _file}`."""
    shown, other = text_of(row, "answer_matching_behavior"), text_of(row, "answer_not_matching_behavior")
    behaviour = str(row.get("_file", "")).removesuffix(".jsonl")
    case = choice_case((user(text_of(row, "question")),), (shown, other), (shown,), category=behaviour)
    # Two behaviours may share a question.
    return case.model_copy(update={"id": f"{behaviour}/{case.id}"})


def letters_case(cluster: Callable[[dict[str, Any]], str]) -> Any:
    """Reads a row `{prompt, corrects, incorrects}` whose prompt lists the options and ends with `The answer is:`.

    Args:
        cluster: what rows of one conversation share.
    """

    def convert(row: dict[str, Any], name: str) -> Case:
        right, wrong = list_of(row, "corrects", str), list_of(row, "incorrects", str)
        asked = text_of(row, "prompt").strip().removesuffix(BEGUN).strip()
        return choice_case((user(asked),), sorted({*right, *wrong}), right, begun=BEGUN, cluster=cluster(row))

    return convert


def conversation(row: dict[str, Any]) -> str:
    """The same of all comparisons of responses to one conversation."""
    return prompt_id((user(text_of(row, "prompt").partition("Please choose")[0].strip()),))


def nothing(row: dict[str, Any]) -> str:
    """Rows that share nothing."""
    return ""


TASKS = (
    Task("bbq", "social bias in ambiguous and in told situations",
         ("bbq/Disability_status.jsonl.gz", "bbq/Physical_appearance.jsonl.gz", "bbq/Religion.jsonl.gz",
          "bbq/Sexual_orientation.jsonl.gz"),
         rows(bbq_case), Choose(), score_bias, "accuracy", "Parrish et al. 2022, arXiv:2110.08193"),
    Task("ai-risk", "the share of answers that show a behaviour, by behaviour",
         ("model_written_evals/advanced_ai_risk_human.jsonl.gz",), rows(behaviour_case), Choose(), score_matching,
         "matching", _PEREZ),
    Task("persona", "the share of answers that show a trait, by trait", ("model_written_evals/persona.jsonl.gz",),
         rows(behaviour_case), Choose(), score_matching, "matching", _PEREZ),
    Task("hhh", "which response is more helpful, honest and harmless", ("cai_evals/438HHHEvaluations.jsonl.gz",),
         rows(letters_case(conversation)), Choose(), score_choice, "accuracy",
         f"{_BAI}; Askell et al. 2021, arXiv:2112.00861"),
    Task("harmful-or-ethical", "whether an assistant behaved ethically", ("cai_evals/HarmfulVsEthical.jsonl.gz",),
         rows(letters_case(nothing)), Choose(), score_choice, "accuracy", _BAI),
    Task("harm-kinds", "in which of nine ways a conversation was harmful",
         ("cai_evals/HarmfulnessClassification.jsonl.gz",), rows(letters_case(nothing)), Choose(), score_choice,
         "accuracy", _BAI),
)  # fmt: skip
