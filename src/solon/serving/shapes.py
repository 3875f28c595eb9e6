"""Answers in the shape of the OpenAI API."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from typing import Any

from solon.engines.scoring import TokenAlternatives
from solon.serving.batching import Answer


class Shapes:
    """The bodies of one request's answer.

    Args:
        kind: `chat.completion` or `text_completion`.
        model: its name.
        texts: of every token.
    """

    def __init__(self, kind: str, model: str, texts: Sequence[str]) -> None:
        self._is_chat = kind == "chat.completion"
        begin = "chatcmpl" if self._is_chat else "cmpl"
        self._head = {"id": f"{begin}-{uuid.uuid4().hex}", "created": int(time.time()), "model": model}
        self._kind, self._texts = kind, texts

    def whole(self, answers: Sequence[Answer], choices: list[dict[str, Any]], num_prompts: int) -> dict[str, Any]:
        """The body of an answer that is given at once."""
        return {**self._head, "object": self._kind, "choices": choices, "usage": usage(answers, num_prompts)}

    def piece(self, choices: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
        """One event of a stream."""
        return {
            **self._head,
            "object": f"{self._kind}.chunk" if self._is_chat else self._kind,
            "choices": choices,
            **more,
        }

    def delta(self, index: int, text: str, *, first: bool) -> dict[str, Any]:
        """What an answer grew by."""
        if not self._is_chat:
            return {"index": index, "text": text, "finish_reason": None, "logprobs": None}
        role = {"role": "assistant"} if first else {}
        return {"index": index, "delta": {**role, "content": text}, "finish_reason": None, "logprobs": None}

    def last(self, index: int, answer: Answer, *, with_logprobs: bool) -> dict[str, Any]:
        """The end of an answer that was streamed, with all its log-probabilities."""
        told: dict[str, Any] = {"index": index, "finish_reason": reason(answer), "logprobs": None}
        if with_logprobs:
            told["logprobs"] = self._chat_logprobs(answer) if self._is_chat else self._text_logprobs(answer, "")
        empty: dict[str, Any] = {"delta": {}} if self._is_chat else {"text": ""}
        return told | empty

    def message(self, index: int, answer: Answer, *, with_logprobs: bool) -> dict[str, Any]:
        """A whole answer to a conversation."""
        logprobs = self._chat_logprobs(answer) if with_logprobs else None
        said = {"role": "assistant", "content": answer.sample.text}
        return {"index": index, "message": said, "finish_reason": reason(answer), "logprobs": logprobs}

    def text(self, index: int, answer: Answer, prompt: str, *, with_logprobs: bool) -> dict[str, Any]:
        """A whole continuation, after the prompt where that is echoed."""
        logprobs = self._text_logprobs(answer, prompt) if with_logprobs else None
        text = f"{prompt}{answer.sample.text}"
        return {"index": index, "text": text, "finish_reason": reason(answer), "logprobs": logprobs}

    def _chat_logprobs(self, answer: Answer) -> dict[str, Any]:
        return {
            "content": [
                {**self._one(token, tokens.logprob), "top_logprobs": [self._one(*one) for one in tokens.likeliest]}
                for token, tokens in zip(answer.ids, answer.tokens, strict=True)
            ]
        }

    def _one(self, token: int, logprob: float) -> dict[str, Any]:
        text = self._text(token)
        return {"token": text, "logprob": logprob, "bytes": list(text.encode())}

    def _text_logprobs(self, answer: Answer, prompt: str) -> dict[str, Any]:
        """Without `text_offset`: tokens of the prompt may hold more than its text, as its beginning does."""
        ids, found = list(answer.ids), list[TokenAlternatives | None](answer.tokens)
        if prompt:
            ids, found = [*answer.prompt_ids, *ids], [None, *answer.prompt_tokens, *found]
        return {
            "tokens": [self._text(one) for one in ids],
            "token_logprobs": [one and one.logprob for one in found],
            # Two tokens may have one text: the likelier stays.
            "top_logprobs": [one and {self._text(i): value for i, value in one.likeliest[::-1]} for one in found],
        }

    def _text(self, token: int) -> str:
        """Of a token; an embedding may have rows for which the tokenizer has none."""
        return self._texts[token] if token < len(self._texts) else ""


def usage(answers: Sequence[Answer], num_prompts: int) -> dict[str, int]:
    """Tokens read and written; a prompt of several answers counts once."""
    share = len(answers) // num_prompts
    read = sum(len(answer.prompt_ids) for answer in answers[::share])
    written = sum(answer.sample.num_tokens for answer in answers)
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}


def reason(answer: Answer) -> str:
    """Why an answer ended."""
    return "length" if answer.sample.truncated else "stop"


def refusal(message: str, kind: str = "invalid_request_error", *, param: str | None = None, code: str | None = None
            ) -> dict[str, Any]:  # fmt: skip
    """The body of an error."""
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}
