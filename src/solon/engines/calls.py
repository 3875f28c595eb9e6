"""Requests as keys, answers as JSON: what the ledger knows a call by, and what it keeps of it."""

from __future__ import annotations

import hashlib
import json
from typing import NamedTuple, Protocol

from solon.engines.images import image_key
from solon.errors import InputError
from solon.interfaces import OptionLogprobs, OptionRequest, Sample, SampleRequest
from solon.records import Message

Request = SampleRequest | OptionRequest
Answer = Sample | OptionLogprobs


class Attempt(NamedTuple):
    """What came of one attempt to answer a request."""

    number: int
    """Of the request, as the feed counts."""
    outcome: str
    """`done`, or what went wrong."""
    seconds: float
    answer: Answer | None = None
    """Exactly where the outcome is `done`, or the engine refuses this very request (`Answer.failure`)."""


class Feed(Protocol):
    """Where an engine takes its requests from."""

    def take(self) -> tuple[int, Request] | None:
        """The next request with its number. None: nothing now; ask again when one that is under way is answered."""
        ...

    def tell(self, attempt: Attempt) -> None:
        """Hand back what came of an attempt."""
        ...


class FedEngine(Protocol):
    """An engine that takes requests as it has room for them and tells of each attempt as it ends."""

    @property
    def identity(self) -> str:
        """Two engines of one identity give one answer to one request."""
        ...

    def run(self, feed: Feed) -> None:
        """Answer requests until the feed has none left and none is under way."""
        ...


def key_of(identity: str, request: Request) -> str:
    """The hash of an engine's identity and of all that decides the answer; not of the request's name.

    A greedy sample does not depend on its seed, so its key does not either.

    Raises:
        InputError: a picture cannot be read.
    """
    told = request._replace(name="", messages=(), tools=())
    if isinstance(told, SampleRequest) and told.temperature == 0:
        told = told._replace(seed=0)
    messages = [_told(message, request.name).model_dump_json(exclude_defaults=True) for message in request.messages]
    text = json.dumps([identity, type(request).__name__, tuple(told), messages, request.tools], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _told(message: Message, name: str) -> Message:
    """A message with the hashes of its pictures: two files of the same bytes are one picture."""
    if not message.images:
        return message
    try:
        return message.model_copy(update={"images": tuple(map(image_key, message.images))})
    except InputError as error:
        raise InputError(f"{name}: {error}" if name else str(error)) from None


def to_json(answer: Answer) -> str:
    """An answer for the ledger."""
    return json.dumps(answer, ensure_ascii=False)


def from_json(request: Request, text: str) -> Answer:
    """The answer to a request, as the ledger has it."""
    told = json.loads(text)
    if isinstance(request, SampleRequest):
        return Sample(*told)
    return OptionLogprobs(tuple(told[0]), *told[1:])
