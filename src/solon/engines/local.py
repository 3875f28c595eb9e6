"""The local engine: samples and scores with a model in this process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch

from solon.engines.decoding import Generated, Job, generate
from solon.engines.stopping import StopStrings
from solon.errors import InputError
from solon.interfaces import OptionRequest, Sample, SampleRequest
from solon.models.language_model import LanguageModel
from solon.models.template import Tokens
from solon.progress import Progress
from solon.training.batches import pad_batch

_SHARD_TOKENS = 65_536
"""Most tokens (prompts and answers) that a shard's cache may hold."""
_SCORE_TOKENS = 8_192
"""Most padded tokens of one scoring pass."""


class SampledTokens(NamedTuple):
    """A sampled answer with the ids that were really sampled: encoding its text again may give others."""

    sample: Sample
    prompt_ids: list[int]
    ids: list[int]
    """New ids; the last one is an end id unless the answer was cut off."""
    logprobs: list[float]
    """Log-probability of each new id at the request's temperature, as the sampler computed it."""


class LocalEngine:
    """Implements `solon.interfaces.Engine`.

    Requests are sorted by length and cut into shards of at most `max_batch` rows; the shards depend on the requests
    alone, so the same call gives the same samples to the bit. A sample depends on its conversation and seed, not on
    its neighbours (up to the rounding of matrix products, which may differ between batch shapes).
    """

    def __init__(self, language_model: LanguageModel, *, max_batch: int = 256) -> None:
        self._language_model = language_model
        self._template = language_model.template
        self._max_batch = max_batch
        self._stop_strings = StopStrings(self._template)

    def sample(self, requests: Sequence[SampleRequest], progress: Progress | None = None) -> list[Sample]:
        """One sample per request, in order.

        A sample's text lacks the prefill, the stop string, the end token, and the one space between the prefill (or
        the turn's beginning) and its first word.

        Raises:
            InputError: a prompt with its new tokens is longer than the model's context.
        """
        return [row.sample for row in self._sample(requests, progress, with_logprobs=False)]

    def sample_tokens(self, requests: Sequence[SampleRequest], progress: Progress | None = None) -> list[SampledTokens]:
        """As `sample`, with token ids and log-probabilities: what training on its own samples needs.

        Raises:
            InputError: a prompt with its new tokens is longer than the model's context.
        """
        return self._sample(requests, progress, with_logprobs=True)

    def _sample(
        self, requests: Sequence[SampleRequest], progress: Progress | None, *, with_logprobs: bool
    ) -> list[SampledTokens]:
        prompts = [self._template.prompt_ids(request.messages, request.prefill, request.tools) for request in requests]
        totals = [len(ids) + request.max_new_tokens for ids, request in zip(prompts, requests, strict=True)]
        for index, (ids, request) in enumerate(zip(prompts, requests, strict=True)):
            self._check_fits(len(ids), request.max_new_tokens, request.name or f"request {index}")
        samples: list[SampledTokens | None] = [None] * len(requests)
        if progress is not None:
            progress.start("sampling", len(requests))
        done = 0
        order = sorted(range(len(requests)), key=lambda i: (len(prompts[i]), prompts[i], i))
        for shard in _shards(order, totals, self._max_batch, _SHARD_TOKENS):
            jobs = [self._job(prompts[i], requests[i]) for i in shard]
            generated = generate(
                self._language_model.model, jobs, self._template.end_ids, self._template.pad_id,
                with_logprobs=with_logprobs,
            )  # fmt: skip
            for index, row in zip(shard, generated, strict=True):
                sample = self._to_sample(row, requests[index])
                samples[index] = SampledTokens(sample, prompts[index], row.ids, row.logprobs)
            done += len(shard)
            if progress is not None:
                progress.advance(done, {})
        return [sample for sample in samples if sample is not None]

    def _check_fits(self, num_prompt: int, num_new: int, name: str) -> None:
        context = self._language_model.context_tokens
        if num_new < 1:
            raise InputError(f"{name} asks for {num_new} new tokens; ask for at least 1")
        if num_prompt + num_new > context:
            raise InputError(
                f"{name}: its prompt has {num_prompt} tokens and asks for {num_new} more, and "
                f"{self._language_model.name} reads at most {context}. Shorten the prompt or lower max_new_tokens."
            )

    def _job(self, prompt_ids: list[int], request: SampleRequest) -> Job:
        stops = self._stop_strings.test_for(request.stop) if request.stop else None
        return Job(prompt_ids, request.seed, request.max_new_tokens, request.temperature, stops)

    def _to_sample(self, row: Generated, request: SampleRequest) -> Sample:
        ids = row.ids[:-1] if row.ids[-1] in self._template.end_ids else row.ids
        text = self._template.decode(ids, request.prefill)
        found = [place for stop in request.stop if (place := text.find(stop)) >= 0]
        if found:
            text = text[: min(found)]
        return Sample(text, row.truncated and not found, len(row.ids))

    def option_logprobs(self, requests: Sequence[OptionRequest]) -> list[tuple[float, ...]]:
        """Per request, log p(option | conversation + prefill) in nats, one for each option.

        The conversation with its prefill, and every option, are tokenised by themselves: all options begin at the
        same token boundary, and all their tokens count (the end of the turn does not).

        Raises:
            InputError: an option is empty, or a row is longer than the model's context.
        """
        prompts = [self._template.prompt_ids(request.messages, request.prefill, request.tools) for request in requests]
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
        answers: list[tuple[float, ...]] = [()] * len(requests)
        single = [i for i, ids in enumerate(options) if all(len(option) == 1 for option in ids)]
        firsts = [(prompts[i], [option[0] for option in options[i]]) for i in single]
        for index, logprobs in zip(single, self._next_token_logprobs(firsts), strict=True):
            answers[index] = tuple(logprobs)
        several = [i for i in range(len(requests)) if i not in set(single)]
        rows = [(prompts[i], option) for i in several for option in options[i]]
        sums = iter([sum(logprobs) for logprobs in self._target_logprobs(rows)])
        for index in several:
            answers[index] = tuple(next(sums) for _ in options[index])
        return answers

    @torch.inference_mode()
    def _next_token_logprobs(self, rows: Sequence[tuple[list[int], list[int]]]) -> Iterator[list[float]]:
        """Per (prompt, candidates), log p(candidate | prompt): one forward pass per prompt for all candidates."""
        # The first candidate stands in for "the next token", whose whole distribution is wanted.
        extended = [(prompt, candidates[:1]) for prompt, candidates in rows]
        results: list[list[float]] = [[]] * len(rows)
        for part, logprobs_NV in self._passes(extended):
            for row, logprobs_V in zip(part, logprobs_NV, strict=True):
                results[row] = logprobs_V[rows[row][1]].tolist()
        return iter(results)

    @torch.inference_mode()
    def _target_logprobs(self, rows: Sequence[tuple[list[int], list[int]]]) -> list[list[float]]:
        """Per (prompt, target), log p of every target token."""
        results: list[list[float]] = [[]] * len(rows)
        for part, logprobs_NV in self._passes(rows):
            begin = 0
            for row in part:
                target = rows[row][1]
                steps = torch.arange(begin, begin + len(target), device=logprobs_NV.device)
                results[row] = logprobs_NV[steps, torch.tensor(target, device=logprobs_NV.device)].tolist()
                begin += len(target)
        return results

    def _passes(self, rows: Sequence[tuple[list[int], list[int]]]) -> Iterator[tuple[list[int], torch.Tensor]]:
        """Forward passes over rows of similar length: (rows, log-probabilities (N, V) at their target tokens)."""
        lengths = [len(prompt) + len(target) for prompt, target in rows]
        order = sorted(range(len(rows)), key=lambda row: (lengths[row], row))
        for part in _shards(order, lengths, self._max_batch, _SCORE_TOKENS):
            tokens = [Tokens(p + t, [0.0] * len(p) + [1.0] * len(t)) for p, t in (rows[row] for row in part)]
            batch = pad_batch(tokens, self._template.pad_id, part).to(self._language_model.device)
            logits_NV = self._language_model.logits_at(batch.ids_BT, batch.weights_BT > 0)
            yield part, logits_NV.float().log_softmax(dim=-1)


def _shards(order: Sequence[int], lengths: Sequence[int], max_rows: int, max_tokens: int) -> Iterator[list[int]]:
    """Cut a sorted order into shards by rows and by padded tokens; a row over the budget is a shard of its own."""
    shard: list[int] = []
    longest = 0
    for index in order:
        longest = max(longest, lengths[index])
        if shard and (len(shard) == max_rows or (len(shard) + 1) * longest > max_tokens):
            yield shard
            shard, longest = [], lengths[index]
        shard.append(index)
    if shard:
        yield shard
