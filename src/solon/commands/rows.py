"""The rows that commands read and write: flat JSON, as people and scripts have them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self

from pydantic import ValidationError

from solon.critiques import revision_rows
from solon.data import QuarantineWriter
from solon.data.comparisons import FORMS, as_pair, as_preference
from solon.data.fields import id_of, prompt_id
from solon.data.load import first_of, read_as, read_rows
from solon.data.prompts import as_prompt_record
from solon.data.quarantine import Unusable
from solon.data.rows import as_demonstration
from solon.errors import InputError
from solon.interfaces import PromptResponse, Reward
from solon.records import (
    Comparison,
    Demonstration,
    Message,
    Preference,
    Prompt,
    Ranking,
    Record,
    Response,
    Revision,
    ToolDefinition,
)


class PromptRow(Record):
    """`{id, prompt}` where the conversation is one question, else `{id, messages}`; `tools` where there are any."""

    id: str
    prompt: str | None = None
    messages: tuple[Message, ...] | None = None
    tools: tuple[ToolDefinition, ...] = ()

    @classmethod
    def of(cls, prompt: Prompt) -> Self:
        """The row of a prompt."""
        return cls(id=prompt.id, **_conversation(prompt))


class ResponseRow(PromptRow):
    """A prompt with one answer; `draw` tells several answers of a prompt apart by their id."""

    response: str
    truncated: bool

    @classmethod
    def of(cls, response: Response) -> Self:  # type: ignore[override]
        """The row of a response."""
        return cls(
            id=response.id,
            response=response.text,
            truncated=response.truncated,
            **_conversation(response.prompt),
        )


class ScoreRow(PromptRow):
    """A prompt, its answer, and the answer's score in logits."""

    response: str
    score: float

    @classmethod
    def of(cls, row: AnsweredPrompt, value: float) -> Self:  # type: ignore[override]
        """The row of a scored response."""
        return cls(id=row.id, response=row.pair.response, score=value, **_conversation(row.pair.prompt))


class VerdictRow(PromptRow):
    """A pair and what a judge said of it: `train reward` reads these rows."""

    response_a: str
    response_b: str
    prob_a: float | None
    status: str
    source: str
    principle_id: str | None = None
    principle_hash: str | None = None
    log_odds: tuple[float, ...] = ()
    raw: tuple[str, ...] = ()

    @classmethod
    def of(cls, preference: Preference) -> Self:  # type: ignore[override]
        """The row of a preference. Defaults are written too: scripts read `status`."""
        pair, told = preference.comparison, preference.model_dump(exclude={"comparison"})
        texts = {"response_a": pair.response_a, "response_b": pair.response_b}
        return cls(id=pair.id, **_conversation(pair.prompt), **texts, **told)


class AnsweredPrompt(NamedTuple):
    """A row that was read."""

    id: str
    pair: PromptResponse


def read_responses(path: Path, quarantine: QuarantineWriter) -> list[AnsweredPrompt]:
    """Rows of {id?, prompt | messages, response}.

    Raises:
        InputError: the file cannot be read, a line is not JSON, or no row can be used.
    """
    return read_rows(path, _answered_prompt, quarantine)


class Compared(NamedTuple):
    """What a judge is asked about."""

    comparisons: list[Comparison]
    left_over: int
    """Answers of `respond` that have no partner, or one with the same text."""


def read_compared(path: Path, quarantine: QuarantineWriter) -> Compared:
    """Pairs, or answers of `respond`: of each prompt the first answer against the second, the third against the fourth.

    Raises:
        InputError: as `read_responses`; or no prompt has two answers that differ.
    """

    def convert(row: dict[str, Any], name: str) -> Comparison | AnsweredPrompt:
        return _answered_prompt(row, name) if "response" in row else first_of(row, name, as_pair)

    rows = read_rows(path, convert, quarantine)
    comparisons = [row for row in rows if isinstance(row, Comparison)]
    answers: dict[str, list[PromptResponse]] = {}
    for row in rows:
        if isinstance(row, AnsweredPrompt):
            answers.setdefault(row.pair.prompt.id, []).append(row.pair)
    left_over = sum(map(len, answers.values()))
    for name, of_prompt in answers.items():
        for draw, (one, other) in enumerate(zip(of_prompt[::2], of_prompt[1::2], strict=False)):
            if one.response != other.response:
                texts = {"response_a": one.response, "response_b": other.response}
                comparisons.append(Comparison(id=f"{name}/{draw}", prompt=one.prompt, draw=draw, **texts))
                left_over -= 2
    if not comparisons:
        raise InputError.at(path, None, "no prompt has two answers that differ; `solon respond --draws 2` writes two")
    return Compared(comparisons, left_over)


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

    def accept(record: Record, name: str) -> Ranking | Preference:
        return record if isinstance(record, Ranking) else as_preference(record, name)

    rows = [row for path in paths for row in read_as(path, accept, quarantine, hint=FORMS)]
    return Judgements(
        [row for row in rows if isinstance(row, Ranking)], [row for row in rows if isinstance(row, Preference)]
    )


def rank_by_reward(rows: Sequence[AnsweredPrompt], reward: Reward, *, name: str) -> Iterator[Ranking]:
    """One ranking per prompt with at least two different responses; equal scores are ties."""
    scores = reward([row.pair for row in rows])
    of_prompt: dict[str, dict[str, float]] = {}
    prompts: dict[str, Prompt] = {}
    for row, value in zip(rows, scores, strict=True):
        prompts[row.pair.prompt.id] = row.pair.prompt
        of_prompt.setdefault(row.pair.prompt.id, {})[row.pair.response] = value
    for key, scored in of_prompt.items():
        order = sorted(set(scored.values()), reverse=True)
        if len(scored) > 1:
            ranks = tuple(order.index(value) for value in scored.values())
            yield Ranking(id=f"{name}/{key}", prompt=prompts[key], responses=tuple(scored), ranks=ranks, rater=name)


def _answered_prompt(row: dict[str, Any], name: str) -> AnsweredPrompt:
    response = row.get("response")
    if not isinstance(response, str):
        raise Unusable("`response` is missing or is no text")
    asked = first_of({field: row[field] for field in row if field != "response"}, name, as_prompt_record)
    prompt = Prompt(id=prompt_id(asked.messages, asked.tools), messages=asked.messages, tools=asked.tools)
    return AnsweredPrompt(id_of(row, name), PromptResponse(prompt, response))


def _imitated(row: dict[str, Any], name: str) -> Demonstration | Revision:
    if "round" in row:
        try:
            return Revision.model_validate(row)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(map(str, first["loc"])) or "row"
            raise Unusable(f"a row with `round` is a revision, and `{field}` is none's: {first['msg']}") from None
    if row.get("truncated") is True:
        raise Unusable("the token limit cut the response: who imitates it learns to stop there")
    return first_of(row, name, as_demonstration)


def _conversation(prompt: Prompt) -> dict[str, Any]:
    if len(prompt.messages) == 1 and prompt.messages[0].role == "user":
        return {"prompt": prompt.messages[0].content, "tools": prompt.tools}
    return {"messages": prompt.messages, "tools": prompt.tools}
