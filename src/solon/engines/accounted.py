"""An engine whose calls all stand in a ledger: what stands there is free, and a budget stops what is too dear."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import cast

from solon.engines.budget import Budget, Cost, Price, Purse
from solon.engines.calls import Answer, Attempt, FedEngine, Request, from_json, key_of, to_json
from solon.errors import BudgetError
from solon.interfaces import Call, CallLedger, OptionLogprobs, OptionRequest, Sample, SampleRequest

_WRITE_CALLS, _WRITE_SECONDS = 64, 0.1
"""Calls are written down when so many are over, or so much time has passed: a kill loses no more."""


class AccountedEngine:
    """Implements `solon.interfaces.Engine` over an engine, with a ledger, prices and a budget.

    Equal requests of one call are asked once. Failures are written down and never answered from.

    Args:
        name: what the ledger calls the engine.

    Raises (by both methods):
        BudgetError: the budget holds no further call; those that were made are in the ledger.
        EngineError: the engine does not answer; the same.
    """

    def __init__(
        self, engine: FedEngine, ledger: CallLedger, *, name: str, price: Price | None = None,
        budget: Budget | None = None,
    ) -> None:  # fmt: skip
        self._engine, self._ledger, self._name = engine, ledger, name
        self._purse = Purse(budget or Budget(), price or Price())

    def sample(self, requests: Sequence[SampleRequest]) -> list[Sample]:
        """One sample per request, in order; see `solon.interfaces.Sampler`."""
        return cast(list[Sample], self._answers(requests))

    def option_logprobs(self, requests: Sequence[OptionRequest]) -> list[OptionLogprobs]:
        """The log-probabilities of each request's options, in order; see `solon.interfaces.Scorer`."""
        return cast(list[OptionLogprobs], self._answers(requests))

    def _answers(self, requests: Sequence[Request]) -> list[Answer]:
        keys = [key_of(self._engine.identity, request) for request in requests]
        self._purse.begin(self._ledger.spent())
        work = _Work(self._name, dict(zip(keys, requests, strict=True)), self._ledger, self._purse)
        work.reuse()
        try:
            if work.waiting:
                self._engine.run(work)
        finally:
            work.write()
        work.check_all_were_asked()
        return [work.answers[key] for key in keys]


class _Work:
    """One batch of requests: the feed of the engine, and what is known of each."""

    def __init__(self, name: str, requests: dict[str, Request], ledger: CallLedger, purse: Purse) -> None:
        self._name, self._requests, self._ledger, self._purse = name, requests, ledger, purse
        self.answers: dict[str, Answer] = {}
        self.waiting: list[str] = []
        self._keys: list[str] = []
        self._costs: dict[int, Cost] = {}
        self._calls: list[Call] = []
        self._written = time.monotonic()

    def reuse(self) -> None:
        """Take what the ledger has; the rest waits."""
        found = self._ledger.find(list(self._requests))
        for key, text in found.items():
            self.answers[key] = from_json(self._requests[key], text)
            self._calls.append(self._call(key, "reused"))
        self.waiting = [key for key in self._requests if key not in found][::-1]

    def take(self) -> tuple[int, Request] | None:
        """The next request that the budget holds."""
        if not self.waiting:
            return None
        request = self._requests[self.waiting[-1]]
        if (cost := self._purse.reserve(request)) is None:
            return None
        self._keys.append(self.waiting.pop())
        index = len(self._keys) - 1
        self._costs[index] = cost
        return index, request

    def tell(self, attempt: Attempt) -> None:
        """Write an attempt down, and keep its answer."""
        key, answer = self._keys[attempt.number], attempt.answer
        if answer is not None:
            self.answers[key] = answer
            self._purse.release(self._costs.pop(attempt.number))
        num_prompt, num = (answer.num_prompt_tokens, answer.num_tokens) if answer else (0, 0)
        price = self._purse.pay(self._requests[key], num_prompt, num, attempt.seconds if answer else 0.0)
        call = self._call(key, attempt.outcome)._replace(
            num_prompt_tokens=num_prompt, num_tokens=num, seconds=attempt.seconds, price=price,
            answer=to_json(answer) if answer and not answer.failure else None,
        )  # fmt: skip
        self._calls.append(call)
        if len(self._calls) >= _WRITE_CALLS or time.monotonic() - self._written > _WRITE_SECONDS:
            self.write()

    def write(self) -> None:
        """Commit the calls that are not written down yet."""
        calls, self._calls = self._calls, []
        if calls:
            self._ledger.add(calls)
        self._written = time.monotonic()

    def check_all_were_asked(self) -> None:
        """BudgetError where some still wait."""
        if self.waiting:
            tokens, money = self._purse.spent
            raise BudgetError(
                f"the budget is spent: {tokens} tokens and {money:.4f} of money so far, and {len(self.waiting)} of "
                f"{len(self._requests)} calls of {self._name} still wait. What was answered is kept: give a larger "
                "budget, and the same command goes on from there."
            )

    def _call(self, key: str, outcome: str) -> Call:
        request = self._requests[key]
        kind = "sample" if isinstance(request, SampleRequest) else "options"
        return Call(key, self._name, kind, getattr(request, "seed", 0), outcome)
