"""How the rows of a source look: turns, lengths, style and language of its prompts and responses."""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from solon.data.doctor.language import language_of
from solon.data.doctor.texts import AnyRecord, prompt_turns, responses
from solon.records import Demonstration, Document

# In Chinese and Japanese every character counts as a word: they have no spaces.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")

STYLE = {
    "list": re.compile(r"^[ \t]*(?:[-*+\u2022]|\(?\d{1,3}[.)])[ \t]+\S", re.M),
    "code": re.compile(r"```|^(?: {4}|\t)(?:def |class |import |return |for |if |print\(|#include)", re.M),
    "heading": re.compile(r"^#{1,6} +\S|^\*\*[^*\n]+\*\*:?[ \t]*$", re.M),
    "link": re.compile(r"https?://\S|\bwww\.\w|\[[^\]\n]+\]\([^)\s]+\)"),
    "citation": re.compile(
        r"(?<![\w\]])\[\d{1,3}(?:, ?\d{1,3})*\](?!\()"
        r"|\([A-Z][\w'-]+(?: et al\.?| (?:and|&) [A-Z][\w'-]+)?,? \d{4}[a-z]?\)"
    ),
    "refusal": re.compile(
        r"\A\s*(?:I['\u2019]?m sorry|I am sorry|Sorry,|I apologi[sz]e|I can['\u2019]?t\b|I cannot|I can not"
        r"|I won['\u2019]t|I['\u2019]?m (?:not able|unable)|I am (?:not able|unable)|As an AI"
        r"|\u5f88?\u62b1\u6b49|\u5bf9\u4e0d\u8d77|\u6211\u4e0d\u80fd|\u6211\u65e0\u6cd5)"
    ),
}
"""Of a response: holds a list item, a fenced or indented piece of code, a heading, an address, a reference in brackets;
begins like a refusal. What begins like one need not be one: this is a figure of style."""

_FENCED = re.compile(r"```.*?(?:```|\Z)|`[^`\n]+`", re.S)
_END = re.compile(r"(?:\.(?:jsonl?|csv|tsv|txt|parquet|gz|zst))+\Z")

MOST_CHARACTERS = 20_000
"""What of a long text is searched for style."""


class Lengths(NamedTuple):
    """Of all texts of one kind; None where there are none."""

    mean: float | None
    median: float | None
    p95: float | None


class Statistics(NamedTuple):
    """One line of the style table."""

    source: str
    rows: int
    num_responses: int
    turns: float | None
    """Mean turns of a conversation, its answer included."""
    prompt_characters: Lengths
    prompt_words: Lengths
    response_characters: Lengths
    response_words: Lengths
    """Of a plain text, the text itself."""
    style: dict[str, float | None]
    """Share of the responses, from 0 to 1, by the names of STYLE."""
    languages: dict[str, float]
    """Share of the rows by ISO 639-1 code, the largest first."""

    @property
    def name(self) -> str:
        """FOLDER/FILE without the ends of its name: files called `test` are many."""
        path = Path(self.source)
        stem = _END.sub("", path.name)
        return f"{path.parent.name}/{stem}" if path.parent.name else stem

    def told(self) -> dict[str, Any]:
        """As JSON."""
        named = ("prompt_characters", "prompt_words", "response_characters", "response_words")
        return {**self._asdict(), **{name: getattr(self, name)._asdict() for name in named}}


class StatisticsOf:
    """Collects one source row by row; keeps four bytes for each length, and no text."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._rows = 0
        self._lengths = {name: array("I") for name in ("turns", "pc", "pw", "rc", "rw")}
        self._style: Counter[str] = Counter()
        self._languages: Counter[str] = Counter()

    def add(self, records: Sequence[AnyRecord]) -> str:
        """Count one row, and tell its language. Of several records the prompt and the same answer count once."""
        self._rows += 1
        answers = tuple(dict.fromkeys(text for record in records for text in _answers(record)))
        prompts = tuple(dict.fromkeys(_prompt(record) for record in records))
        for prompt in filter(None, prompts):
            self._measure("p", prompt)
        for answer in answers:
            self._measure("r", answer)
            self._style.update(_signs(answer[:MOST_CHARACTERS]))
        for record in records[:1]:
            if not isinstance(record, Document):
                self._lengths["turns"].append(_num_turns(record))
        language = language_of("\n".join((*prompts, *answers)))
        self._languages[language] += 1
        return language

    def _measure(self, kind: str, text: str) -> None:
        self._lengths[f"{kind}c"].append(len(text))
        self._lengths[f"{kind}w"].append(sum(1 for _ in _WORD.finditer(text)))

    def result(self) -> Statistics:
        """The figures of all rows so far."""
        num_responses = len(self._lengths["rc"])
        return Statistics(
            self._source,
            self._rows,
            num_responses,
            _lengths(self._lengths["turns"]).mean,
            _lengths(self._lengths["pc"]),
            _lengths(self._lengths["pw"]),
            _lengths(self._lengths["rc"]),
            _lengths(self._lengths["rw"]),
            {name: self._style[name] / num_responses if num_responses else None for name in STYLE},
            {name: count / self._rows for name, count in self._languages.most_common()},
        )


def _signs(answer: str) -> list[str]:
    # What stands in a fence is code: its `[0]` cites nothing, its `# line` heads nothing.
    prose = _FENCED.sub("", answer)
    return [name for name, form in STYLE.items() if form.search(answer if name == "code" else prose)]


def _prompt(record: AnyRecord) -> str:
    return "\n".join(turn.content for turn in prompt_turns(record))


def _answers(record: AnyRecord) -> tuple[str, ...]:
    if isinstance(record, Document):
        return (record.text,)
    # The earlier answers of a demonstration are part of its prompt: counted once.
    return responses(record)[-1:] if isinstance(record, Demonstration) else responses(record)


def _num_turns(record: AnyRecord) -> int:
    return len(prompt_turns(record)) + bool(responses(record))


def _lengths(values: array[int]) -> Lengths:
    if not values:
        return Lengths(None, None, None)
    numbers = np.frombuffer(values, dtype=np.uint32)
    return Lengths(float(numbers.mean()), float(np.median(numbers)), float(np.percentile(numbers, 95)))
