"""The rows that commands write: flat JSON, as people and scripts have them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Self

from pydantic import ConfigDict

from solon.interfaces import PromptResponse, Reward
from solon.preferences import JudgedScore, JudgedSlate
from solon.records import Message, Preference, PrincipleUsed, Prompt, Ranking, Record, Response, ToolDefinition


class PromptRow(Record):
    """`{id, prompt}` where the conversation is one question, else `{id, messages}`; `tools` where there are any."""

    id: str
    prompt: str | None = None
    messages: tuple[Message, ...] | None = None
    tools: tuple[ToolDefinition, ...] = ()

    @classmethod
    def of(cls, prompt: Prompt) -> Self:
        """The row of a prompt."""
        return cls(id=prompt.id, **conversation_fields(prompt))


class LabelledPromptRow(PromptRow):
    """A prompt whose labels stand beside it, as they are read: `kind`, `category` and whatever else it has."""

    model_config = ConfigDict(extra="allow")

    @classmethod
    def of(cls, prompt: Prompt, **more: str) -> Self:
        """The row of a prompt, with more labels where they are given."""
        fields: dict[str, Any] = {**prompt.labels, **more, "id": prompt.id, **conversation_fields(prompt)}
        return cls(**fields)


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
            **conversation_fields(response.prompt),
        )


class ScoreRow(PromptRow):
    """A prompt, its answer, and the answer's score in logits."""

    response: str
    score: float

    @classmethod
    def of(cls, row: AnsweredPrompt, value: float) -> Self:  # type: ignore[override]
        """The row of a scored response."""
        return cls(id=row.id, response=row.pair.response, score=value, **conversation_fields(row.pair.prompt))


class JudgedScoreRow(PromptRow):
    """A prompt, its answer, and a judge's expected score from 1 to 9; null where the judge gave none."""

    response: str
    score: float | None
    status: str
    reason: str
    principles: tuple[PrincipleUsed, ...]
    source: str

    @classmethod
    def of(cls, name: str, judged: JudgedScore) -> Self:  # type: ignore[override]
        """The row of a judged response, which the file calls `name`."""
        told = judged.model_dump(exclude={"prompt"})
        status = "unscored" if judged.score is None else "scored"
        return cls(id=name, status=status, **conversation_fields(judged.prompt), **told)


class VerdictRow(PromptRow):
    """A pair and what a judge said of it: `train reward` reads these rows."""

    response_a: str
    response_b: str
    prob_a: float | None
    status: str
    source: str
    principle_id: str | None = None
    principle_hash: str | None = None
    principles: tuple[PrincipleUsed, ...] = ()
    log_odds: tuple[float, ...] = ()
    raw: tuple[str, ...] = ()

    @classmethod
    def of(cls, preference: Preference) -> Self:  # type: ignore[override]
        """The row of a preference. Defaults are written too: scripts read `status`."""
        pair, told = preference.comparison, preference.model_dump(exclude={"comparison"})
        texts = {"response_a": pair.response_a, "response_b": pair.response_b}
        return cls(id=pair.id, **conversation_fields(pair.prompt), **texts, **told)


class SlateRow(PromptRow):
    """Several responses and a judge's choice among them: `train reward` reads these rows as rankings."""

    responses: tuple[str, ...]
    ranks: tuple[int, ...] | None
    """From 0 = likeliest to be chosen; null where the judge's answers cannot be used."""
    probs: tuple[float, ...] | None
    status: str
    source: str
    principles: tuple[PrincipleUsed, ...]
    orders: tuple[tuple[int, ...], ...]
    logprobs: tuple[tuple[float, ...], ...]
    raw: tuple[str, ...]

    @classmethod
    def of(cls, judged: JudgedSlate) -> Self:  # type: ignore[override]
        """The row of a judged slate."""
        told = judged.model_dump(exclude={"prompt"}) | {"probs": judged.probs or None, "ranks": judged.ranks or None}
        return cls(**conversation_fields(judged.prompt), **told)


class AnsweredPrompt(NamedTuple):
    """A row that was read."""

    id: str
    pair: PromptResponse


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


def conversation_fields(prompt: Prompt) -> dict[str, Any]:
    """A prompt as fields of a row."""
    if len(prompt.messages) == 1 and prompt.messages[0].role == "user" and not prompt.messages[0].images:
        return {"prompt": prompt.messages[0].content, "tools": prompt.tools}
    return {"messages": prompt.messages, "tools": prompt.tools}
