"""Log-probabilities of options for engines that give none: from repeated samples, said so in every answer."""

from __future__ import annotations

from collections.abc import Sequence

from solon.engines.server_options import NO_LOGPROBS, count_options
from solon.interfaces import Engine, OptionLogprobs, OptionRequest, Sample, SampleRequest
from solon.seeds import derive


class SampledOptions:
    """Implements `solon.interfaces.Engine`: the engine's own log-probabilities where it has them, else samples.

    Args:
        num_samples: of each request that stand in for log-probabilities.
    """

    def __init__(self, engine: Engine, num_samples: int) -> None:
        self._engine, self._num_samples = engine, num_samples
        self._gives_logprobs = True

    def sample(self, requests: Sequence[SampleRequest]) -> list[Sample]:
        """One sample per request, in order."""
        return self._engine.sample(requests)

    def option_logprobs(self, requests: Sequence[OptionRequest]) -> list[OptionLogprobs]:
        """The log-probabilities of each request's options, in order."""
        if self._gives_logprobs:
            # One request tells whether the server has any, so that the others are not asked in vain.
            found = self._engine.option_logprobs(requests[:1])
            self._gives_logprobs = not any(one.failure == NO_LOGPROBS for one in found)
        if self._gives_logprobs:
            return [*found, *self._engine.option_logprobs(requests[1:])]
        return self._from_samples(requests)

    def _from_samples(self, requests: Sequence[OptionRequest]) -> list[OptionLogprobs]:
        draws = [
            SampleRequest(
                request.messages,
                derive(0, "option", draw),
                # A token holds at least one character.
                max(map(len, request.options)) + 1,
                prefill=request.prefill,
                name=request.name,
                tools=request.tools,
            )
            for request in requests
            for draw in range(self._num_samples)
        ]
        samples = self._engine.sample(draws)
        groups = [samples[i : i + self._num_samples] for i in range(0, len(samples), self._num_samples)]
        return [_counted(group, request.options) for group, request in zip(groups, requests, strict=True)]


def _counted(samples: Sequence[Sample], options: Sequence[str]) -> OptionLogprobs:
    answered = [sample for sample in samples if not sample.failure]
    if not answered:
        return OptionLogprobs((), failure=samples[0].failure)
    return count_options([sample.text for sample in answered], options)
