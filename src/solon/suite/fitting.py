"""Requests that a model's context cannot hold fail one by one, where an engine would refuse the whole batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from solon.interfaces import Engine, OptionLogprobs, OptionRequest, Sample, SampleRequest

SPARE_TOKENS = 8  # two texts side by side may split differently than each by itself


class FittingEngine:
    """Implements `solon.interfaces.Engine`: what does not fit has a `failure`, and all else is asked of the engine.

    Args:
        num_tokens: of a request's conversation with the given text begun in the assistant's turn.
        context_tokens: what the model reads at most, answer included.
    """

    def __init__(
        self, engine: Engine, num_tokens: Callable[[SampleRequest | OptionRequest, str], int], context_tokens: int
    ) -> None:
        self._engine, self._num_tokens, self._context_tokens = engine, num_tokens, context_tokens

    def sample(self, requests: Sequence[SampleRequest]) -> list[Sample]:
        """One sample per request, in order."""
        problems = [self._problem(one, one.prefill, one.max_new_tokens) for one in requests]
        fitting = [one for one, problem in zip(requests, problems, strict=True) if not problem]
        samples = iter(self._engine.sample(fitting))
        return [Sample("", False, 0, failure=problem) if problem else next(samples) for problem in problems]

    def option_logprobs(self, requests: Sequence[OptionRequest]) -> list[OptionLogprobs]:
        """The log-probabilities of each request's options, in order."""
        problems = [self._problem(one, one.prefill + max(one.options, key=len), SPARE_TOKENS) for one in requests]
        fitting = [one for one, problem in zip(requests, problems, strict=True) if not problem]
        found = iter(self._engine.option_logprobs(fitting))
        return [OptionLogprobs((), failure=problem) if problem else next(found) for problem in problems]

    def _problem(self, request: SampleRequest | OptionRequest, begun: str, more_tokens: int) -> str:
        needed = self._num_tokens(request, begun) + more_tokens
        if needed <= self._context_tokens:
            return ""
        return f"it needs {needed} tokens, and the model reads {self._context_tokens}"
