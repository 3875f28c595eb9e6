"""The local engine: samples and scores with a model in this process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from solon.engines.decoding import Generated, Job, generate
from solon.engines.hearing import Heard, hearing
from solon.engines.picking import Decoding
from solon.engines.scoring import continuation_logprobs
from solon.engines.stopping import StopStrings
from solon.errors import InputError
from solon.interfaces import OptionLogprobs, OptionRequest, Sample, SampleRequest
from solon.models.attention import check_flat
from solon.models.language_model import LanguageModel
from solon.progress import Progress

_SHARD_TOKENS = 262_144
"""Most tokens (prompts and answers) of the requests among which common prefixes are looked for."""


class SampledTokens(NamedTuple):
    """A sampled answer with the ids that were really sampled: encoding its text again may give others."""

    sample: Sample
    prompt_ids: list[int]
    ids: list[int]
    """New ids; the last one is an end id unless the answer was cut off."""
    logprobs: list[float]
    """Log-probability of each new id in the distribution that it was sampled from, as the sampler computed it."""
    entropies: list[float]
    """Of these distributions, in nats."""


class LocalEngine:
    """Implements `solon.interfaces.Engine`.

    Prompts that begin alike are read once as far as they do. At most `max_batch` rows are generated at a time; which
    ones depends on the requests and on what was sampled alone, so the same call gives the same samples to the bit. A
    sample depends on its conversation and seed, not on its neighbours (up to the rounding of matrix products, which may
    differ between batch shapes).

    Raises:
        ModelError: the model's attention cannot be exchanged (see `check_flat`).
    """

    def __init__(self, language_model: LanguageModel, *, max_batch: int = 512) -> None:
        check_flat(language_model.model)
        self._language_model = language_model
        self._template = language_model.template
        self._max_batch = max_batch
        self._stop_strings = StopStrings(self._template)

    def sample(self, requests: Sequence[SampleRequest], progress: Progress | None = None) -> list[Sample]:
        """One sample per request, in order.

        A sample's text lacks the prefill, the stop string, the end token, and the one space between the prefill (or
        the turn's beginning) and its first word.

        Raises:
            InputError: a prompt shows an image, or is longer than the model's context with its new tokens.
        """
        return [row.sample for row in self._sample(requests, progress, with_logprobs=False)]

    def sample_tokens(self, requests: Sequence[SampleRequest], progress: Progress | None = None) -> list[SampledTokens]:
        """As `sample`, with token ids, log-probabilities and entropies: what training on its own samples needs.

        Raises:
            InputError: a prompt shows an image, or is longer than the model's context with its new tokens.
        """
        return self._sample(requests, progress, with_logprobs=True)

    def stream(self, requests: Sequence[SampleRequest], heard: Sequence[Heard | None]) -> list[SampledTokens]:
        """As `sample`, with token ids. Whoever hears a request's answer is told its text so far after each token.

        Raises:
            InputError: a prompt shows an image, or is longer than the model's context with its new tokens.
        """
        return self._sample(requests, None, with_logprobs=False, heard=heard)

    def expect_answerable(self, requests: Sequence[SampleRequest]) -> None:
        """Refuse requests that could not be answered, before anything is computed. Raises as `sample`."""
        self._fitting_prompts(requests)

    def _fitting_prompts(self, requests: Sequence[SampleRequest]) -> list[list[int]]:
        prompts = self._prompt_ids(requests)
        for index, (ids, request) in enumerate(zip(prompts, requests, strict=True)):
            self._check_fits(len(ids), request.max_new_tokens, request.name or f"request {index}")
        return prompts

    def _sample(
        self, requests: Sequence[SampleRequest], progress: Progress | None, *, with_logprobs: bool,
        heard: Sequence[Heard | None] | None = None,
    ) -> list[SampledTokens]:  # fmt: skip
        prompts = self._fitting_prompts(requests)
        samples: list[SampledTokens | None] = [None] * len(requests)
        if progress is not None:
            progress.start("sampling", len(requests))
        done = 0
        lengths = [len(ids) + request.max_new_tokens for ids, request in zip(prompts, requests, strict=True)]
        for shard in _shards(sorted(range(len(requests)), key=lambda i: (prompts[i], i)), lengths):
            jobs = [self._job(prompts[i], requests[i], heard[i] if heard else None) for i in shard]
            generated = generate(
                self._language_model.model, jobs, self._template.end_ids, max_batch=self._max_batch,
                with_logprobs=with_logprobs,
            )  # fmt: skip
            for index, row in zip(shard, generated, strict=True):
                sample = self._to_sample(row, requests[index], len(prompts[index]))
                samples[index] = SampledTokens(sample, prompts[index], row.ids, row.logprobs, row.entropies)
            done += len(shard)
            if progress is not None:
                progress.advance(done, {})
        return [sample for sample in samples if sample is not None]

    def _prompt_ids(self, requests: Sequence[SampleRequest | OptionRequest]) -> list[list[int]]:
        for index, request in enumerate(requests):
            if any(message.images for message in request.messages):
                raise InputError(
                    f"{request.name or f'request {index}'} shows an image, and {self._language_model.name} reads text "
                    "alone. Ask a server (openai:MODEL@BASE_URL), or leave the row out."
                )
        return [self._template.prompt_ids(request.messages, request.prefill, request.tools) for request in requests]

    def _check_fits(self, num_prompt: int, num_new: int, name: str) -> None:
        context = self._language_model.context_tokens
        if num_new < 1:
            raise InputError(f"{name} asks for {num_new} new tokens; ask for at least 1")
        if num_prompt + num_new > context:
            raise InputError(
                f"{name}: its prompt has {num_prompt} tokens and asks for {num_new} more, and "
                f"{self._language_model.name} reads at most {context}. Shorten the prompt or lower max_new_tokens."
            )

    def _job(self, prompt_ids: list[int], request: SampleRequest, heard: Heard | None) -> Job:
        stops = self._stop_strings.test_for(request.stop) if request.stop else None
        if heard is not None:
            stops = hearing(self._template, request, heard, stops)
        decoding = Decoding(request.temperature, request.top_k, request.top_p, request.min_p)
        return Job(prompt_ids, request.seed, request.max_new_tokens, decoding, stops)

    def _to_sample(self, row: Generated, request: SampleRequest, num_prompt_tokens: int) -> Sample:
        ids = row.ids[:-1] if row.ids[-1] in self._template.end_ids else row.ids
        text = self._template.decode(ids, request.prefill)
        found = [place for stop in request.stop if (place := text.find(stop)) >= 0]
        if found:
            text = text[: min(found)]
        return Sample(text, row.truncated and not found, len(row.ids), num_prompt_tokens)

    def option_logprobs(self, requests: Sequence[OptionRequest]) -> list[OptionLogprobs]:
        """Per request, log p(option | conversation + prefill) in nats, one for each option.

        The conversation with its prefill, and every option, are tokenised by themselves: all options begin at the
        same token boundary, and all their tokens count (the end of the turn does not).

        Raises:
            InputError: a prompt shows an image, an option is empty, or a row is longer than the model's context.
        """
        prompts = self._prompt_ids(requests)
        options = [
            [self._template.continuation_ids(option, request.prefill) for option in request.options]
            for request in requests
        ]
        for index, request in enumerate(requests):
            name = request.name or f"request {index}"
            if not request.options or not all(options[index]):
                raise InputError(f"{name} has an empty option ({request.options}); each must hold some text")
            longest = len(prompts[index]) + max(map(len, options[index]))
            self._template.check_fits(longest, self._language_model.context_tokens, name)
        answers = [OptionLogprobs(())] * len(requests)
        for shard in _shards(sorted(range(len(requests)), key=lambda i: (prompts[i], i)), list(map(len, prompts))):
            logprobs = continuation_logprobs(
                self._language_model.model, [prompts[i] for i in shard], [options[i] for i in shard]
            )
            for index, of_options in zip(shard, logprobs, strict=True):
                answers[index] = OptionLogprobs(tuple(of_options), num_prompt_tokens=len(prompts[index]))
        return answers


def _shards(order: Sequence[int], lengths: Sequence[int]) -> Iterator[list[int]]:
    """Cut a sorted order into shards by tokens; a row over the budget is a shard of its own."""
    shard: list[int] = []
    tokens = 0
    for index in order:
        if shard and tokens + lengths[index] > _SHARD_TOKENS:
            yield shard
            shard, tokens = [], 0
        shard.append(index)
        tokens += lengths[index]
    if shard:
        yield shard
