"""Contrast prompts: one response that is begun as following a principle, one as breaking it; the first is preferred.

Source: Yang et al. 2023, arXiv:2307.12950 (RLCD), section 3: how a response was asked for is its label, and no judge
is asked. There affixes are written by hand for one attribute and stand in the assistant's header; here they are made
from the text of a principle drawn for each pair, and begin the assistant's turn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from solon.constitution import Constitution, Principle
from solon.constitution.wording import fill
from solon.ids import check_ids_differ
from solon.interfaces import Sample, Sampler, SampleRequest
from solon.progress import Progress, Silent
from solon.records import Comparison, Preference, Prompt, Record
from solon.seeds import derive
from solon.unanswered import Unanswered, note_unanswered

FOLLOWING = "(following this rule: {principle})"
BREAKING = "(breaking this rule: {principle})"
"""As alike as can be, so that nothing but the principle tells the responses apart, as the source asks."""

SHARD_PAIRS = 512
"""Pairs sampled at once; changes memory, not text."""


class SetAside(Record):
    """A pair that prefers nothing."""

    id: str
    prompt: Prompt
    principle_id: str
    principle_hash: str
    following: str
    """The response that was to follow the principle."""
    breaking: str
    reason: str


class _Case(NamedTuple):
    prompt: Prompt
    draw: int
    principle: Principle

    def request(self, affix: str, seed: int, max_new_tokens: int, temperature: float) -> SampleRequest:
        return SampleRequest(
            self.prompt.messages, derive(seed, "contrast", self.prompt.id, self.draw, affix), max_new_tokens,
            temperature, prefill=fill(affix, {"principle": self.principle.text}), name=self.prompt.named,
            tools=self.prompt.tools,
        )  # fmt: skip


def sample_contrasts(
    prompts: Sequence[Prompt],
    constitution: Constitution,
    sampler: Sampler,
    *,
    name: str,
    seed: int,
    draws: int = 1,
    max_new_tokens: int = 64,
    temperature: float = 1.0,
    progress: Progress | None = None,
    unanswered: list[Unanswered] | None = None,
) -> Iterator[Preference | SetAside]:
    """`draws` pairs of each prompt, in order, each under a principle of its own; A is the one that follows it.

    Set aside are pairs whose responses are the same, or of which one is empty or was cut by the token limit: whoever
    learns from it learns to stop there.

    Args:
        name: who answers; the source of the preferences is `contrast:NAME`.
        unanswered: takes prompts of which the sampler refused a response; without it a refusal is an error.

    Raises:
        InputError: two prompts have one id.
        EngineError: see `unanswered`.
    """
    check_ids_differ(prompts)
    progress = progress or Silent()
    cases = [
        _Case(prompt, draw, constitution.draw(seed, prompt.id, draw)) for prompt in prompts for draw in range(draws)
    ]
    progress.start("contrasting answers", len(cases))
    num_aside = 0
    for start in range(0, len(cases), SHARD_PAIRS):
        shard = cases[start : start + SHARD_PAIRS]
        requests = [
            case.request(affix, seed, max_new_tokens, temperature) for case in shard for affix in (FOLLOWING, BREAKING)
        ]
        samples = sampler.sample(requests)
        for case, following, breaking in zip(shard, samples[::2], samples[1::2], strict=True):
            if failure := following.failure or breaking.failure:
                note_unanswered(unanswered, case.prompt, "answer", failure)
                continue
            made = _pair(case, following, breaking, name)
            num_aside += isinstance(made, SetAside)
            yield made
        progress.advance(start + len(shard), {"set aside": num_aside / (start + len(shard))})


def _pair(case: _Case, following: Sample, breaking: Sample, name: str) -> Preference | SetAside:
    pair = f"{case.prompt.id}/contrast-{case.draw}"
    good, bad = following.text.strip(), breaking.text.strip()
    used = {"principle_id": case.principle.id, "principle_hash": case.principle.hash}
    if reason := _nothing_to_prefer(good, bad, following.truncated or breaking.truncated):
        return SetAside(id=pair, prompt=case.prompt, following=good, breaking=bad, reason=reason, **used)
    comparison = Comparison(id=pair, prompt=case.prompt, response_a=good, response_b=bad, draw=case.draw)
    return Preference(comparison=comparison, prob_a=1.0, source=f"contrast:{name}", **used)


def _nothing_to_prefer(good: str, bad: str, cut: bool) -> str:
    if not (good and bad):
        return "empty"
    if cut:
        return "cut off by the token limit"
    return "identical" if good == bad else ""
