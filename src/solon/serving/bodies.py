"""What is asked over HTTP. What would change an answer and is not done here is refused, never passed over."""

from __future__ import annotations

import secrets
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from solon.errors import InputError
from solon.interfaces import SampleRequest
from solon.records import Message
from solon.seeds import derive

_MOST_LISTED = 20
Zero = Annotated[float, Field(ge=0, le=0)]


class Part(BaseModel):
    """A piece of a message; text alone."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["text"]
    text: str


class ChatMessage(BaseModel):
    """One turn."""

    model_config = ConfigDict(extra="forbid")

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[Part]
    name: str = ""

    def as_record(self) -> Message:
        """The turn as the engines know it."""
        role = "system" if self.role == "developer" else self.role
        parts = self.content if isinstance(self.content, list) else [Part(type="text", text=self.content)]
        return Message(role=role, content="".join(part.text for part in parts), name=self.name)


class StreamOptions(BaseModel):
    """What a stream tells beside the answer."""

    model_config = ConfigDict(extra="forbid")

    include_usage: bool = False


class Body(BaseModel):
    """What both endpoints take."""

    model_config = ConfigDict(extra="forbid")

    model: str
    n: int = Field(1, ge=1, le=128)
    seed: int | None = None
    """None draws one, so that two requests get two answers."""
    temperature: float = Field(1.0, ge=0)
    top_p: float = Field(1.0, gt=0, le=1)
    top_k: int = Field(0, ge=-1)
    """Not of OpenAI's API, but of vLLM's: 0 and -1 for all."""
    min_p: float = Field(0.0, ge=0, le=1)
    """As `top_k`."""
    stop: str | list[str] | None = None
    stream: bool = False
    stream_options: StreamOptions = StreamOptions()
    presence_penalty: Zero | None = None
    frequency_penalty: Zero | None = None
    logit_bias: Annotated[dict[str, Any], Field(max_length=0)] | None = None
    user: str | None = None
    """Decides nothing, as the two below."""
    metadata: dict[str, Any] | None = None
    store: bool | None = None

    def sample_requests(self, messages: tuple[Message, ...], prefill: str, max_new_tokens: int) -> list[SampleRequest]:
        """One for each of the `n` answers; the first has the seed itself."""
        seed = secrets.randbits(31) if self.seed is None else self.seed
        stop = (self.stop,) if isinstance(self.stop, str) else tuple(self.stop or ())
        if not all(stop):
            raise InputError("stop holds an empty text, which would end every answer at once; leave it out")
        return [
            SampleRequest(
                messages, derive(seed, "choice", place) if place else seed, max_new_tokens, self.temperature, prefill,
                stop, "the request", top_k=max(self.top_k, 0), top_p=self.top_p, min_p=self.min_p,
            )
            for place in range(self.n)
        ]  # fmt: skip


class ChatBody(Body):
    """POST /v1/chat/completions."""

    messages: list[ChatMessage] = Field(min_length=1)
    max_tokens: int | None = Field(None, ge=1)
    max_completion_tokens: int | None = Field(None, ge=1)
    """The newer name of `max_tokens`; None of both for what the context holds."""
    logprobs: bool = False
    top_logprobs: int = Field(0, ge=0, le=_MOST_LISTED)
    response_format: dict[Literal["type"], Literal["text"]] | None = None
    continue_final_message: bool = False
    """Go on with the last message, an assistant's; of vLLM's API."""
    add_generation_prompt: bool | None = None
    """Follows from `continue_final_message`; vLLM wants it told."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.continue_final_message and self.messages[-1].role != "assistant":
            raise ValueError("continue_final_message needs an assistant's message at the end")
        if self.add_generation_prompt is not None and self.add_generation_prompt == self.continue_final_message:
            raise ValueError("add_generation_prompt must be the opposite of continue_final_message; leave it out")
        if self.top_logprobs and not self.logprobs:
            raise ValueError("top_logprobs needs logprobs: true")
        return self

    @property
    def num_listed(self) -> int | None:
        """Alternatives for each token; None where no log-probabilities are wanted."""
        return self.top_logprobs if self.logprobs else None

    @property
    def limit(self) -> int | None:
        """Most tokens of an answer."""
        return self.max_completion_tokens or self.max_tokens

    def conversation(self) -> tuple[tuple[Message, ...], str]:
        """Messages, and what the answer begins with."""
        messages = tuple(message.as_record() for message in self.messages)
        return (messages[:-1], messages[-1].content) if self.continue_final_message else (messages, "")


class CompletionBody(Body):
    """POST /v1/completions: plain text that is gone on with."""

    prompt: str | Annotated[list[str], Field(min_length=1)]
    max_tokens: int = Field(16, ge=0)
    logprobs: int | None = Field(None, ge=0, le=_MOST_LISTED)
    echo: bool = False
    """Give the prompt back before the answer, with its log-probabilities where those are wanted."""
    best_of: Annotated[int, Field(ge=1, le=1)] | None = None
    suffix: Annotated[str, Field(max_length=0)] | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.max_tokens == 0 and not self.echo:
            raise ValueError("max_tokens 0 asks for nothing, unless echo is true")
        if self.stream and self.echo:
            raise ValueError("a stream cannot echo; leave out one of the two")
        return self

    @property
    def prompts(self) -> list[str]:
        """One or several."""
        return [self.prompt] if isinstance(self.prompt, str) else self.prompt
