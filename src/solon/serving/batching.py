"""Requests that come at about the same time are answered in one batch of the engine, in a thread of its own."""

from __future__ import annotations

import queue
import threading
import time
from concurrent.futures import Future
from typing import NamedTuple

from solon.engines.hearing import Heard
from solon.engines.local import LocalEngine, SampledTokens
from solon.engines.scoring import TokenAlternatives, token_alternatives
from solon.interfaces import Sample, SampleRequest
from solon.models.language_model import LanguageModel

_WAIT_SECONDS = 0.005
"""For requests that come together; what comes while a batch is computed waits for the next one anyway."""
_MOST = 512


class Wanted(NamedTuple):
    """A request with what is wanted beside the text."""

    request: SampleRequest
    """With 0 new tokens nothing is sampled: of plain text only the log-probabilities are wanted."""
    num_listed: int | None = None
    """Alternatives listed at each token; None for no log-probabilities."""
    heard: Heard | None = None
    of_prompt: bool = False
    """Log-probabilities of the prompt's tokens too (but its first: nothing stands before it)."""


class Answer(NamedTuple):
    """What came of it."""

    sample: Sample
    prompt_ids: list[int]
    ids: list[int]
    prompt_tokens: list[TokenAlternatives]
    tokens: list[TokenAlternatives]
    """One for each of `ids`, where they were wanted."""


class Batcher:
    """Answers requests of several threads with one model.

    A request that comes while a batch is under way waits until it is done: batches are not added to.
    """

    def __init__(self, model: LanguageModel) -> None:
        self.model = model
        self._engine = LocalEngine(model)
        self._waiting: queue.SimpleQueue[tuple[Wanted, Future[Answer]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def submit(self, wanted: Wanted) -> Future[Answer]:
        """The answer, to come.

        Raises:
            InputError: the request cannot be answered: too long, or the template refuses it.
        """
        if wanted.request.max_new_tokens:
            self._engine.expect_answerable([wanted.request])
        else:
            num_read = len(self._unsampled(wanted.request).prompt_ids)
            self.model.template.check_fits(num_read, self.model.context_tokens, wanted.request.name)
        answer: Future[Answer] = Future()
        self._waiting.put((wanted, answer))
        return answer

    def close(self) -> None:
        """End the thread, once what waits is answered."""
        self._waiting.put(None)
        self._thread.join()

    def _work(self) -> None:
        while batch := self._next_batch():
            asked = [(wanted, future) for wanted, future in batch if future.set_running_or_notify_cancel()]
            try:
                answers = self._answers([wanted for wanted, _ in asked])
            except BaseException as error:  # whoever waits is to see it, and the next batch goes on
                for _, future in asked:
                    future.set_exception(error)
                continue
            for (_, future), answer in zip(asked, answers, strict=True):
                future.set_result(answer)

    def _next_batch(self) -> list[tuple[Wanted, Future[Answer]]]:
        """What waits within a moment of the first; nothing at the end."""
        batch = []
        first = self._waiting.get()
        until = time.monotonic() + _WAIT_SECONDS
        item = first
        while item is not None:
            batch.append(item)
            if len(batch) == _MOST:
                break
            try:
                item = self._waiting.get(timeout=max(until - time.monotonic(), 0.0))
            except queue.Empty:
                break
        if item is None and batch:
            self._waiting.put(None)  # the end comes after them
        return batch

    def _answers(self, batch: list[Wanted]) -> list[Answer]:
        sampled = [one for one in batch if one.request.max_new_tokens]
        rows = iter(self._engine.stream([one.request for one in sampled], [one.heard for one in sampled]))
        found = [next(rows) if one.request.max_new_tokens else self._unsampled(one.request) for one in batch]
        return [
            Answer(row.sample, row.prompt_ids, row.ids, before, tokens)
            for row, (before, tokens) in zip(found, self._alternatives(batch, found), strict=True)
        ]

    def _unsampled(self, request: SampleRequest) -> SampledTokens:
        ids = self.model.template.prompt_ids(request.messages, request.prefill)
        return SampledTokens(Sample("", True, 0, len(ids)), ids, [], [], [])

    def _alternatives(
        self, batch: list[Wanted], rows: list[SampledTokens]
    ) -> list[tuple[list[TokenAlternatives], list[TokenAlternatives]]]:
        """Of each request: the tokens of the prompt but the first, and those of the answer."""
        prompts, texts, begins = [], [], []
        for wanted, row in zip(batch, rows, strict=True):
            begin = 1 if wanted.of_prompt else len(row.prompt_ids)
            whole = [*row.prompt_ids, *row.ids]
            begins.append((begin, len(row.prompt_ids) - begin))
            if wanted.num_listed is not None and len(whole) > begin:
                prompts.append(whole[:begin])
                texts.append(whole[begin:])
        listed = max((one.num_listed or 0 for one in batch), default=0)
        found = iter(token_alternatives(self.model.model, prompts, texts, listed) if texts else ())
        told = []
        for wanted, row, (begin, of_prompt) in zip(batch, rows, begins, strict=True):
            has_some = wanted.num_listed is not None and len(row.prompt_ids) + len(row.ids) > begin
            tokens = [
                one._replace(likeliest=one.likeliest[: wanted.num_listed]) for one in (next(found) if has_some else ())
            ]
            told.append((tokens[:of_prompt], tokens[of_prompt:]))
        return told
