"""Requests in the shape of the OpenAI chat and completion API, and answers out of it."""

from __future__ import annotations

from typing import Any

from solon.engines.config import EngineConfig
from solon.engines.images import sent_url
from solon.interfaces import OptionRequest, Sample, SampleRequest
from solon.models.openai_shape import openai_shape, openai_tool
from solon.records import Message

_SEED_BITS = 31
"""Servers take seeds of 32 bits with a sign."""


class BadAnswer(Exception):
    """A body that is no answer though the server said 200: no JSON, no choice, no text. Asking again may help."""


def sample_body(model: str, request: SampleRequest, config: EngineConfig) -> tuple[str, dict[str, Any]]:
    """The path and the body that ask for a sample; without messages it is plain text that goes on."""
    body: dict[str, Any] = {
        "model": model,
        "max_tokens": request.max_new_tokens,
        "temperature": request.temperature,
        "seed": request.seed & ((1 << _SEED_BITS) - 1),
    }
    if request.stop:
        body["stop"] = list(request.stop)
    # Not of the OpenAI API, but of the servers that have them; left out where they decide nothing.
    body |= {key: value for key in ("top_k", "min_p") if (value := getattr(request, key))}
    if request.top_p < 1:
        body["top_p"] = request.top_p
    if not request.messages:
        return "/completions", {**body, "prompt": request.prefill}
    return "/chat/completions", {**body, **_conversation(request, config)}


def option_body(model: str, request: OptionRequest, config: EngineConfig) -> dict[str, Any]:
    """The body that asks for the first tokens of an answer with their alternatives; greedy, as long as an option."""
    return {
        "model": model,
        # A token holds at least one character, so this is enough for every option, and a stray word before it.
        "max_tokens": max(map(len, request.options)) + 1,
        "temperature": 0,
        "logprobs": True,
        "top_logprobs": config.top_logprobs,
        **_conversation(request, config),
    }


def read_sample(body: Any, request: SampleRequest, config: EngineConfig) -> Sample:
    """The sample in a body.

    Raises:
        BadAnswer: there is none.
    """
    choice, counts = choice_of(body), token_counts(body)
    reason = choice.get("finish_reason")
    if reason == "content_filter":
        return Sample("", False, *counts, failure="the server's content filter withheld the answer")
    text = choice.get("text") if "text" in choice else (choice.get("message") or {}).get("content")
    if not isinstance(text, str):
        raise BadAnswer("an answer without text")
    text = _without_prefill(text, request, config)
    return Sample(text, reason == "length", *counts)


def choice_of(body: Any) -> dict[str, Any]:
    """The first choice of a body.

    Raises:
        BadAnswer: the body has none.
    """
    choices = body.get("choices") if isinstance(body, dict) else None
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise BadAnswer("an answer without a choice")
    return choices[0]


def token_counts(body: dict[str, Any]) -> tuple[int, int]:
    """Tokens written and read, as the server tells; 0 where it does not."""
    usage = body.get("usage") or {}
    return int(usage.get("completion_tokens") or 0), int(usage.get("prompt_tokens") or 0)


def _conversation(request: SampleRequest | OptionRequest, config: EngineConfig) -> dict[str, Any]:
    asked = list(request.messages)
    if request.prefill and config.prefill == "ask":
        content = f"{asked[-1].content}\n\n{asks_for(request.prefill)}"
        asked[-1] = asked[-1].model_copy(update={"content": content})
    messages = [_shape(message) for message in asked]
    body: dict[str, Any] = {"messages": messages}
    if request.tools:
        body["tools"] = [openai_tool(tool) for tool in request.tools]
    if request.prefill and config.prefill == "continue":
        messages.append({"role": "assistant", "content": request.prefill})
        body |= {"continue_final_message": True, "add_generation_prompt": False}
    return body


def asks_for(prefill: str) -> str:
    """The words that ask for an answer which begins so."""
    return f"Begin your answer with exactly these words and go on from there: {prefill}"


def _shape(message: Message) -> dict[str, Any]:
    shape = openai_shape(message, arguments_as_text=True)
    if not message.images:
        return shape
    parts: list[dict[str, Any]] = [
        {"type": "image_url", "image_url": {"url": sent_url(image)}} for image in message.images
    ]
    if message.content:
        parts.append({"type": "text", "text": message.content})
    return {**shape, "content": parts}


def _without_prefill(text: str, request: SampleRequest, config: EngineConfig) -> str:
    """Without the words it was asked to begin with, where it repeats them, and without the space after them."""
    if not request.prefill or not request.messages:
        return text
    if config.prefill == "ask":
        text = text.lstrip().removeprefix(request.prefill.strip())
    return text.removeprefix(" ") if request.prefill[-1:] != " " else text
