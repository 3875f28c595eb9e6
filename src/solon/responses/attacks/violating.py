"""Prompts that ask for what a principle forbids, written by a model in numbered lists.

Source: few-shot red-team prompts of a model, Perez et al. 2022, arXiv:2202.03286, section 3. Ours: the principle stands
in the request; from the second round on lists begin with prompts of earlier rounds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from solon.constitution.targets import Target
from solon.interfaces import Sampler, SampleRequest
from solon.progress import Progress
from solon.responses.attacks.rejected import RejectedPrompt
from solon.responses.attacks.wording import list_turns
from solon.responses.numbered import begun_list, continued_items
from solon.responses.self_instruct.overlap import KeptInstructions, words
from solon.seeds import derive, generator
from solon.unanswered import Unanswered

LIST_LENGTH = 10
"""Prompts that one list may add."""
MOST_SHOWN = 3
"""Prompts of earlier rounds that a list begins with."""
MOST_ROUNDS = 8
MOST_SIMILAR = 0.7
"""Highest ROUGE-L F with a kept prompt that is no repeat: the limit of Self-Instruct, arXiv:2212.10560."""


class Attacks:
    """The violating prompts of one principle as they grow. They depend on no other principle.

    Args:
        given: what must not be repeated; shared by all principles.
        declines: whether a text is the writer's refusal to write.
    """

    def __init__(self, target: Target, given: KeptInstructions, declines: Callable[[str], bool]) -> None:
        self.target = target
        self.texts: list[str] = []
        self.rejected: list[RejectedPrompt] = []
        self._given, self._declines = given, declines
        self._kept = KeptInstructions(MOST_SIMILAR)

    def requests(self, round: int, missing: int, seed: int, max_new_tokens: int) -> list[SampleRequest]:
        """The lists of one round: enough of them where every item can be used."""
        return [
            self._request(f"{round}.{number}", seed, max_new_tokens)
            for number in range(math.ceil(missing / LIST_LENGTH))
        ]

    def take(self, items: Sequence[str], count: int) -> None:
        """Keep what is new, up to `count` prompts in all."""
        for item in items:
            if not words(item):
                self._reject(item, "empty")
            elif self._declines(item):
                self._reject(item, "the writer declines")
            elif like := self._given.too_like(item):
                self._reject(item, "like a given prompt", like.text)
            elif like := self._kept.too_like(item):
                self._reject(item, "like a prompt of the same principle", like.text)
            elif len(self.texts) == count:
                self._reject(item, "not needed")
            else:
                self._kept.add(item)
                self.texts.append(item)

    def reject_cut(self, item: str) -> None:
        """Leave out an item that the token limit cut."""
        self._reject(item, "cut by the token limit")

    def _reject(self, item: str, reason: str, like: str = "") -> None:
        self.rejected.append(
            RejectedPrompt(prompt=item, kind="harmful", principle=self.target.id, reason=reason, like=like)
        )

    def _request(self, call: str, seed: int, max_new_tokens: int) -> SampleRequest:
        order = generator(seed, "attacks shown", self.target.id, call).permutation(len(self.texts))
        shown = [self.texts[index] for index in order[:MOST_SHOWN].tolist()]
        return SampleRequest(
            list_turns(self.target.rule),
            derive(seed, "attacks", self.target.id, call),
            max_new_tokens,
            prefill=begun_list(shown),
            stop=(f"\n{len(shown) + LIST_LENGTH + 1}.",),
            name=f"list {call} of prompts against principle `{self.target.id}`",
        )


def write_attacks(
    targets: Sequence[Target],
    sampler: Sampler,
    given: KeptInstructions,
    *,
    count: int,
    seed: int,
    max_new_tokens: int,
    declines: Callable[[str], bool],
    unanswered: list[Unanswered],
    progress: Progress,
) -> list[Attacks]:
    """Up to `count` prompts against each principle, in order; fewer where MOST_ROUNDS rounds did not bring as many."""
    written = [Attacks(target, given, declines) for target in targets]
    progress.start("prompts against principles", count * len(targets))
    for round in range(MOST_ROUNDS):
        asked = [
            (one, request)
            for one in written
            for request in one.requests(round, count - len(one.texts), seed, max_new_tokens)
        ]
        if not asked:
            break
        for (one, request), sample in zip(asked, sampler.sample([request for _, request in asked]), strict=True):
            if sample.failure:
                unanswered.append(Unanswered(id=one.target.id, what=request.name, reason=sample.failure))
                continue
            items, cut = continued_items(sample)
            one.take(items, count)
            if cut is not None:
                one.reject_cut(cut)
        num_rejected = sum(len(one.rejected) for one in written)
        progress.advance(sum(len(one.texts) for one in written), {"rejected": float(num_rejected)})
    return written
