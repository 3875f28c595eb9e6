"""The rows that commands are given: answers, pairs, what to imitate, judgements."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pydantic import ValidationError

from solon.commands.rows import AnsweredPrompt
from solon.critiques import revision_rows
from solon.data import QuarantineWriter
from solon.data.comparisons import FORMS, as_preference
from solon.data.fields import id_of, prompt_id
from solon.data.images import text_alone
from solon.data.load import first_of, read_as, read_rows
from solon.data.prompts import as_prompt_record
from solon.data.quarantine import Unusable
from solon.data.rows import as_demonstration
from solon.errors import InputError
from solon.interfaces import PromptResponse
from solon.records import Demonstration, LabelledResponse, Preference, Prompt, Ranking, Record, Revision


def read_responses(path: Path, quarantine: QuarantineWriter) -> list[AnsweredPrompt]:
    """Rows of {id?, prompt | messages, response}.

    Raises:
        InputError: the file cannot be read, a line is not JSON, or no row can be used.
    """
    return read_rows(path, answered_prompt, quarantine)


def read_imitated(
    paths: Sequence[Path], quarantine: QuarantineWriter, train_on: Literal["all", "last"]
) -> list[Demonstration]:
    """What SFT imitates: revisions of `revise`, answers of `respond`, and the demonstrations of people.

    First answers (revisions of round 0) are passed over, and so are answers that the token limit cut, which go to
    quarantine: who imitates them learns to stop there.

    Raises:
        InputError: as `read_rows`; or there are first answers only.
    """
    examples: list[Demonstration] = []
    for path in paths:
        rows = read_rows(path, _imitated, quarantine)
        examples += revision_rows([row for row in rows if isinstance(row, Revision)], train_on)
        examples += [row for row in rows if isinstance(row, Demonstration)]
    if not examples:
        files = ", ".join(map(str, paths))
        raise InputError(f"{files}: only first answers, and no revision of them; revise with at least 1 round")
    return examples


class Judgements(NamedTuple):
    """What a reward model learns from."""

    rankings: list[Ranking]
    preferences: list[Preference]


def read_judgements(paths: Sequence[Path], quarantine: QuarantineWriter) -> Judgements:
    """Rankings and judged pairs of any format, which may stand in one file.

    Raises:
        InputError: as `read_as`.
    """

    rows = [row for path in paths for row in read_as(path, _judgement, quarantine, hint=FORMS)]
    return Judgements(
        [row for row in rows if isinstance(row, Ranking)], [row for row in rows if isinstance(row, Preference)]
    )


def _judgement(record: Record, name: str) -> Ranking | Preference:
    judged = record if isinstance(record, Ranking) else as_preference(record, name)
    text_alone((judged if isinstance(judged, Ranking) else judged.comparison).prompt.messages)
    return judged


class Feedback(NamedTuple):
    """What a policy learns from without a reward model."""

    rankings: list[Ranking]
    preferences: list[Preference]
    labelled: list[LabelledResponse]


def read_feedback(paths: Sequence[Path], quarantine: QuarantineWriter, *, labelled: bool) -> Feedback:
    """As `read_judgements`; with `labelled` also single responses whose `label` is true or false.

    Raises:
        InputError: as `read_as`.
    """
    if not labelled:
        return Feedback(*read_judgements(paths, quarantine), [])

    def accept(record: Record, name: str) -> Ranking | Preference | LabelledResponse:
        if isinstance(record, LabelledResponse):
            if not isinstance(record.labels.get("label"), bool):
                raise Unusable("it labels a response, and no `label` of true or false tells whether it is desirable")
            text_alone(record.prompt.messages)
            return record
        return _judgement(record, name)

    hint = f"{FORMS}; a single response needs `prompt`, `completion` and `label`"
    rows = [row for path in paths for row in read_as(path, accept, quarantine, hint=hint)]
    return Feedback(
        [row for row in rows if isinstance(row, Ranking)],
        [row for row in rows if isinstance(row, Preference)],
        [row for row in rows if isinstance(row, LabelledResponse)],
    )


def answered_prompt(row: dict[str, Any], name: str) -> AnsweredPrompt:
    """A row of {id?, prompt | messages, response}.

    Raises:
        Unusable: it is none.
    """
    response = row.get("response")
    if not isinstance(response, str):
        raise Unusable("`response` is missing or is no text")
    asked = first_of({field: row[field] for field in row if field != "response"}, name, as_prompt_record)
    prompt = Prompt(id=prompt_id(asked.messages, asked.tools), messages=asked.messages, tools=asked.tools)
    return AnsweredPrompt(id_of(row, name), PromptResponse(prompt, response))


def revision_of(row: dict[str, Any]) -> Revision:
    """A row with `round`, which only revisions have.

    Raises:
        Unusable: it is none.
    """
    try:
        return Revision.model_validate(row)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "row"
        raise Unusable(f"a row with `round` is a revision, and `{field}` is none's: {first['msg']}") from None


def _imitated(row: dict[str, Any], name: str) -> Demonstration | Revision:
    if "round" in row:
        return revision_of(row)
    if row.get("truncated") is True:
        raise Unusable("the token limit cut the response: who imitates it learns to stop there")
    return first_of(row, name, as_demonstration)
