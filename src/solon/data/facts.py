"""Facts as questions with short answers, and when an answer is right."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from solon.data.fields import id_of, optional_text, text_of
from solon.data.load import first_of, read_rows
from solon.data.quarantine import QuarantineWriter, Unusable
from solon.data.rows import as_demonstration

MOST_WORDS = 20
"""Of an answer: nobody writes a longer one twice alike, so it cannot be judged by exact match."""

_ARTICLES = re.compile(r"\b(?:a|an|the)\b")


class Fact(NamedTuple):
    """A question and every wording of its answer."""

    id: str
    question: str
    answers: tuple[str, ...]
    line: int
    """Where it stands in its file, from 1."""
    relation: str = ""
    """What kind of fact it is: examples shown with it are of the same kind."""


def read_facts(path: Path, quarantine: QuarantineWriter) -> list[Fact]:
    """Facts of a JSONL file, all in memory, because every fact may be an example for another.

    Rows are `{id?, question, answer, relation?}`, where `answer` is a text or a list of wordings, or demonstrations of
    one question and one answer (`{prompt, response}`, Alpaca rows, `{messages}` of two turns). Longer conversations,
    answers of more than `MOST_WORDS` words and ids that come again go to quarantine.

    Raises:
        InputError: see `read_rows`.
    """
    seen: dict[str, str] = {}

    def convert(row: dict[str, Any], name: str) -> Fact:
        fact = _fact(row, name)
        if fact.id in seen:
            raise Unusable(f"the same id as {seen[fact.id]}")
        seen[fact.id] = name
        return fact

    return read_rows(path, convert, quarantine)


def _fact(row: dict[str, Any], name: str) -> Fact:
    line = int(name.rsplit(":", maxsplit=1)[1])  # a row is named FILE-STEM:LINE
    relation = optional_text(row, "relation")
    if "question" in row:
        return Fact(id_of(row, name), text_of(row, "question"), _answers(row), line, relation)
    example = first_of(row, name, as_demonstration)
    if [turn.role for turn in example.messages] != ["user", "assistant"]:
        raise Unusable(f"a fact is one question and one answer, and the conversation has {len(example.messages)} turns")
    question, answer = (turn.content for turn in example.messages)
    return Fact(example.id, question, (_short(answer),), line, relation)


def _answers(row: dict[str, Any]) -> tuple[str, ...]:
    value = row.get("answer")
    if not isinstance(value, list):
        return (_short(text_of(row, "answer")),)
    if not value or not all(isinstance(one, str) for one in value):
        raise Unusable("`answer` is not a text or a list of texts")
    return tuple(_short(one) for one in value)


def _short(answer: str) -> str:
    num_words = len(answer.split())
    if num_words > MOST_WORDS:
        raise Unusable(f"an answer has {num_words} words; exact match can judge at most {MOST_WORDS}")
    if not normal(answer):
        raise Unusable(f"the answer {answer!r} has no letter or digit to compare")
    return answer


def is_right(text: str, answers: Sequence[str]) -> bool:
    """Whether a text is one of the answers, as `normal` sees them."""
    return normal(text) in {normal(answer) for answer in answers}


def normal(text: str) -> str:
    """Small letters without punctuation, articles and surplus spaces; an answer that is an article stays.

    Source: the exact match of SQuAD (Rajpurkar et al. 2016, arXiv:1606.05250); Unicode's forms and punctuation are
    ours.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    bare = "".join(one for one in folded if not unicodedata.category(one).startswith("P"))
    return " ".join(_ARTICLES.sub(" ", bare).split()) or " ".join(bare.split())
