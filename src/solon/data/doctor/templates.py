"""What one model's chat template makes of the rows of a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from solon.data.doctor.findings import Findings
from solon.data.doctor.rows import Row
from solon.data.doctor.texts import AnyRecord, responses
from solon.errors import InputError
from solon.models.rendering import TemplateError
from solon.models.template import ChatTemplate
from solon.records import Demonstration, Document, Preference, Prompt


class TemplateUse(NamedTuple):
    """A file in the tokens of a model. Rows are those of the file."""

    file: Path
    model: str
    context_tokens: int | None
    """None where the model's config does not tell."""
    rows: int
    refused: int
    """Rows that cannot be rendered."""
    too_long: int
    """Rows longer than the context, of those that can."""
    left_out: dict[str, int]
    """Field of a message -> rows in which the template does not show it somewhere."""
    longest: int
    """Tokens of the longest row."""
    training_rows: int
    """What the rows become in training: more where the template rewrites earlier turns."""
    tokens: int
    """Of all training rows."""
    trained_tokens: int

    def told(self) -> dict[str, Any]:
        """As JSON."""
        return {**self._asdict(), "file": str(self.file)}


class ModelTemplate(NamedTuple):
    """A chat template and how many tokens its model reads; None where that is not known."""

    template: ChatTemplate
    context_tokens: int | None


class TemplateUseOf:
    """Renders the rows of a file, one at a time, and tells the findings.

    Demonstrations and documents are rendered as they are trained; of all else the prompt as it is asked, with the
    longest of its answers.
    """

    def __init__(self, file: Path, model: ModelTemplate) -> None:
        self._file = file
        self._template, self._context_tokens = model
        self._left_out: Counter[str] = Counter()
        self._counts: Counter[str] = Counter()
        self._longest = 0

    def add(self, row: Row, findings: Findings) -> None:
        """Render one row."""
        self._counts["rows"] += 1
        try:
            for field in dict.fromkeys(field for record in row.records for field in self._unseen(record)):
                self._left_out[field] += 1
                findings.add(f"template leaves out: {field}", row.file, f"{row.place}")
            num_tokens = max(map(self._num_tokens, row.records), default=0)
        except (InputError, TemplateError) as reason:
            self._counts["refused"] += 1
            findings.add("template refuses", row.file, f"{row.place}: {reason}")
            return
        self._longest = max(self._longest, num_tokens)
        if self._context_tokens is not None and num_tokens > self._context_tokens:
            self._counts["too_long"] += 1
            findings.add("longer than the context", row.file, f"{row.place}: {num_tokens} of {self._context_tokens}")

    def result(self) -> TemplateUse:
        """What was seen so far."""
        return TemplateUse(
            file=self._file,
            model=self._template.name,
            context_tokens=self._context_tokens,
            left_out=dict(self._left_out),
            longest=self._longest,
            **{name: self._counts[name] for name in _COUNTS},
        )

    def _unseen(self, record: AnyRecord) -> Iterable[str]:
        if isinstance(record, Document):
            return ()
        holder = record if isinstance(record, Demonstration) else _prompt(record)
        left_out = self._template.left_out(holder.messages, holder.tools)
        return (one.field.replace("_", " ") for one in left_out)

    def _num_tokens(self, record: AnyRecord) -> int:
        if isinstance(record, Demonstration | Document):
            rows = self._template.rows_of(record)
            self._counts["training_rows"] += len(rows)
            self._counts["tokens"] += sum(len(row.ids) for row in rows)
            self._counts["trained_tokens"] += sum(weight != 0 for row in rows for weight in row.weights)
            return max(len(row.ids) for row in rows)
        prompt = _prompt(record)
        answers = (len(self._template.response_ids(text)) for text in responses(record))
        return len(self._template.prompt_ids(prompt.messages, tools=prompt.tools)) + max(answers, default=0)


_COUNTS = ("rows", "refused", "too_long", "training_rows", "tokens", "trained_tokens")


def _prompt(record: AnyRecord) -> Prompt:
    asked = record.comparison if isinstance(record, Preference) else record
    assert not isinstance(asked, Demonstration | Document)
    return asked if isinstance(asked, Prompt) else asked.prompt
