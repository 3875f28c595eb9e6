"""The nouns that flow through the chain. Frozen, validated, one JSON object each.

A prompt is a conversation that ends with a user turn. `labels` is for evaluation alone (kind, category,
template, split): no stage that answers, critiques, judges or trains reads it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from solon.annotation import Annotation

Role = Literal["system", "user", "assistant", "tool"]


class Record(BaseModel):
    """Base of all records: immutable, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Span(Record):
    """A piece of text with the loss weight of its tokens."""

    text: str
    weight: float = 1.0


class ToolCall(Record):
    """A call of a tool that an assistant's turn makes."""

    name: str
    arguments: str
    """JSON, as the model wrote it."""
    id: str = ""


ToolDefinition = dict[str, Any]
"""What a tool is called, does and takes, as JSON: OpenAI's `{type: function, function: {name, description,
parameters}}`, or the inner object alone. Kept as it was given."""


class Message(Record):
    """One turn of a conversation. `spans`, where given, spell out `content` with loss weights."""

    role: Role
    content: str
    spans: tuple[Span, ...] = ()
    thinking: str = ""
    """What an assistant thought before it said `content`, kept apart from it."""
    tool_calls: tuple[ToolCall, ...] = ()
    name: str = ""
    """Who speaks, where several speak in one role; of a tool's turn the tool."""
    tool_call_id: str = ""
    """Of a tool's turn: which call it answers."""
    images: tuple[str, ...] = ()
    """Pictures shown before `content`: paths, https addresses or data URLs."""

    @model_serializer(mode="wrap")
    def _as_ever_without_images(self, serialise: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Keys in the cache are made of whole records: those without pictures keep theirs."""
        told: dict[str, Any] = serialise(self)
        if not self.images:
            told.pop("images", None)
        return told

    @model_validator(mode="after")
    def _spans_spell_the_content(self) -> Self:
        if self.spans and "".join(span.text for span in self.spans) != self.content:
            raise ValueError("the spans of a message must spell its content")
        return self


def user(content: str, images: tuple[str, ...] = ()) -> Message:
    """A user turn."""
    return Message(role="user", content=content, images=images)


def assistant(content: str) -> Message:
    """An assistant turn."""
    return Message(role="assistant", content=content)


def weighted_assistant(*spans: Span) -> Message:
    """An assistant turn whose tokens weigh differently in the loss; 0 leaves a turn untrained."""
    return Message(role="assistant", content="".join(span.text for span in spans), spans=spans)


class Prompt(Record):
    """A conversation that waits for the assistant's answer."""

    id: str
    messages: tuple[Message, ...]
    labels: Mapping[str, str] = Field(default_factory=dict)
    """What evaluation groups by: `kind`, `category`, `template`, `split`. Never read by a stage of the chain."""
    tools: tuple[ToolDefinition, ...] = ()
    """What the assistant may call in this conversation."""

    @property
    def shown(self) -> tuple[Message, ...]:
        """Its turns for a reader of plain text, such as a judge: definitions of tools are a system turn before them."""
        if not self.tools:
            return self.messages
        return (Message(role="system", content=json.dumps(self.tools, ensure_ascii=False)), *self.messages)

    @property
    def named(self) -> str:
        """Its id and its last words to the model, for messages: an id may be a hash that stands in no file."""
        text = self.messages[-1].content
        return f"prompt {self.id!r} ({text if len(text) <= 40 else text[:37] + '...'!r})"


class Document(Record):
    """Plain training text in spans, for base and mid-training. BOS and EOS are added when it is tokenised."""

    id: str
    spans: tuple[Span, ...]
    source: str
    """Which part of the mixture it belongs to."""

    @property
    def text(self) -> str:
        """The text of all spans."""
        return "".join(span.text for span in self.spans)


class Demonstration(Record):
    """A conversation to imitate. Loss falls on every assistant turn, or on the last one only."""

    id: str
    messages: tuple[Message, ...]
    source: str
    train_on: Literal["all", "last"] = "last"
    tools: tuple[ToolDefinition, ...] = ()
    """What the assistant may call in this conversation."""
    labels: Mapping[str, str] = Field(default_factory=dict)
    """What its set says of it: category, language, rank ... Never read by a stage of the chain."""
    annotation: Annotation | None = None
    """Where a person wrote it here."""


class Response(Record):
    """One sampled answer to a prompt."""

    id: str
    prompt: Prompt
    text: str
    sampler: str
    """Stage or model that wrote it."""
    truncated: bool = False
    """True where the token limit, not an end token, stopped it."""


class PrincipleUsed(Record):
    """A principle that something was decided under."""

    id: str
    hash: str


class Revision(Record):
    """One round of critique and revision. Round 0 is the first answer: no principle, no critique."""

    prompt: Prompt
    round: int
    text: str
    """The answer after this round."""
    critique: str | None = None
    principle_id: str | None = None
    """The principle, where there was one; several stand in `principles`."""
    principle_hash: str | None = None
    principles: tuple[PrincipleUsed, ...] = ()
    changed: bool = False
    """False where the critique found nothing, or the revision repeats the answer."""
    truncated: bool = False
    """True where the token limit, not an end token, stopped `text`."""
    critique_truncated: bool = False
    """True where the token limit stopped the critique."""


class Ranking(Record):
    """K responses of one prompt ordered by one rater. Ranks count from 0 = best; equal ranks are ties."""

    id: str
    prompt: Prompt
    responses: tuple[str, ...]
    """In the order in which the rater saw them."""
    ranks: tuple[int, ...]
    rater: str
    annotation: Annotation | None = None
    """Where a person gave it here."""


class Comparison(Record):
    """Two responses to one prompt, not yet judged."""

    id: str
    prompt: Prompt
    response_a: str
    response_b: str
    draw: int = 0
    """Distinguishes several comparisons of one prompt; enters the draw of a principle."""


class Preference(Record):
    """A judged comparison. `prob_a` is the probability that A is better; 0.5 carries no preference."""

    comparison: Comparison
    prob_a: float | None
    """None exactly where `status` is `unscored`."""
    source: str
    """Who judged: a rater's name or a judge model."""
    status: Literal["scored", "unscored"] = "scored"
    principle_id: str | None = None
    """The principle, where there was one; several stand in `principles`."""
    principle_hash: str | None = None
    principles: tuple[PrincipleUsed, ...] = ()
    """All that were shown, where there were several; first those of the first question."""
    log_odds: tuple[float, ...] = ()
    """Log-odds that A is better, one for each order asked (A first, then B first), averaged over questions and samples
    of that order; before clamping."""
    raw: tuple[str, ...] = ()
    """What the judge wrote: for each question both orders, and of each order all samples."""


class LabelledResponse(Record):
    """One answer with what one rater said of it alone: unpaired feedback, scores, classes of refusal."""

    id: str
    prompt: Prompt
    text: str
    labels: Mapping[str, bool | int | float | str]
    """What was said, under the source's own names."""
    rater: str


class Check(Record):
    """What an exact checker says of one response. None: the question does not arise for this prompt."""

    well_formed: bool
    helpful: bool | None = None
    harmful: bool | None = None
    refusal: bool = False
    evasive: bool | None = None
    """Of a refusal: it names no reason or subject. None where there is no refusal."""
    over_refusal: bool | None = None
    honest: bool | None = None
    continuation: bool = False
    """The text has no form of a reply: it goes on with the user's text, breaks off, or is muddle."""
    off_topic: bool = False
    category: str | None = None
    """The harm category of what the response does, where it has one."""
    explanation: str = ""


class Metric(Record):
    """A measured number with its 95 % interval, as it stands in `metrics.json`."""

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int
    instrument: str
    """What measured it: checker, classifier, judge, people, or proxy."""
