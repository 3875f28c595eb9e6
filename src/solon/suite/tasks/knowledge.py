"""Right answers: facts, sums, statements that are true or false. The alignment tax is told of these tasks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from solon.data import QuarantineWriter, read_documents
from solon.data.fields import prompt_id, text_of
from solon.data.quarantine import Unusable
from solon.records import user
from solon.suite.reading import answers_of, choice_case, rows, written_case
from solon.suite.scorers.choosing import score_bits, score_choice, score_truths
from solon.suite.scorers.written import score_known, score_number
from solon.suite.solvers import Choose, Generate
from solon.suite.task import Case, Task
from solon.suite.text_measures import final_number

IN_A_FEW_WORDS = "Answer in a few words.\n\nQuestion: "
STEP_BY_STEP = "\n\nWork it out step by step, then end with a line 'The answer is' and the number."
TRUE_OR_FALSE = "Is this statement true or false?\n\n"
_GREEDY = 0.0
_LIN = "Lin et al. 2022, arXiv:2109.07958"
PASSAGE_CHARACTERS = 400


def short_case(row: dict[str, Any], name: str) -> Case:
    """A row `{question, answer}` with one or several short answers."""
    return written_case(IN_A_FEW_WORDS + text_of(row, "question"), right=answers_of(row, "answer"))


def sum_case(row: dict[str, Any], name: str) -> Case:
    """A row `{question, answer}` of GSM8K, whose answer ends in `#### NUMBER`."""
    answer = text_of(row, "answer")
    if "####" not in answer or final_number(answer) is None:
        raise Unusable("`answer` does not end in #### and a number")
    return written_case(text_of(row, "question") + STEP_BY_STEP, right=(answer.rpartition("####")[2].strip(),))


def targets_case(field: str) -> Any:
    """Reads a row `{question, mc1_targets, mc2_targets}` of TruthfulQA; `field` holds answer -> 1 where it is true."""

    def convert(row: dict[str, Any], name: str) -> Case:
        targets = row.get(field)
        if not isinstance(targets, dict):
            raise Unusable(f"`{field}` is no object of answers")
        right = [option for option, is_true in targets.items() if is_true == 1]
        if not right or len(right) == len(targets):
            raise Unusable(f"`{field}` needs true and false answers")
        return choice_case((user(text_of(row, "question")),), list(targets), right)

    return convert


def statement_case(row: dict[str, Any], name: str) -> Case:
    """A row `{statement, label}` with label 0 or 1."""
    label = str(row.get("label"))
    if label not in ("0", "1"):
        raise Unusable(f"`label` is {row.get('label')!r}, neither 0 nor 1")
    asked = (user(TRUE_OR_FALSE + text_of(row, "statement")),)
    options = (" false", " true")
    return choice_case(asked, options, (options[int(label)],), begun="The statement is")


def read_passages(path: Path, quarantine: QuarantineWriter) -> list[Case]:
    """Pieces of plain text in halves: the second is weighed after the first."""
    cases = []
    for document in read_documents(path, quarantine, document_characters=2 * PASSAGE_CHARACTERS):
        text = document.text
        middle = text.find(" ", len(text) // 2)
        if len(text) < PASSAGE_CHARACTERS or middle < 0:
            continue
        name = prompt_id((user(text),))
        cases.append(Case(id=name, asked=((),), begun=text[:middle], options=(text[middle:],), cluster=name))
    return cases


TASKS = (
    Task("nq-open", "short answers to questions of a search engine's users",
         ("nq_open/nq_open_dev.jsonl.gz", "nq_open/efficientqa_dev.jsonl.gz"), rows(short_case),
         Generate(32, _GREEDY), score_known, "correct",
         "Kwiatkowski et al. 2019; Min et al. 2021, arXiv:2101.00133"),
    Task("gsm8k", "school sums: the final number", ("gsm8k/test.jsonl.gz",), rows(sum_case), Generate(256, _GREEDY),
         score_number, "correct", "Cobbe et al. 2021, arXiv:2110.14168"),
    Task("truthfulqa-mc1", "one true answer among false ones that people believe", ("truthfulqa/mc_task.jsonl.gz",),
         rows(targets_case("mc1_targets")), Choose(), score_choice, "accuracy", _LIN, exact_logprobs=True),
    Task("truthfulqa-mc2", "the probability of all true answers", ("truthfulqa/mc_task.jsonl.gz",),
         rows(targets_case("mc2_targets")), Choose(), score_truths, "true_mass", _LIN, exact_logprobs=True),
    Task("true-false", "statements of fact", ("true_false/facts_true_false.jsonl.gz",), rows(statement_case), Choose(),
         score_choice, "accuracy", "Zou et al. 2023, arXiv:2310.01405"),
    Task("wikitext", "bits per byte of plain text", ("corpus/wikitext2_test.txt.gz",), read_passages, Choose(),
         score_bits, "bits_per_byte", "Merity et al. 2016, arXiv:1609.07843", exact_logprobs=True),
)  # fmt: skip
