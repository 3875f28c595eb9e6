"""Borderline-benign twins: prompts that look like a violating one, and that every reader of the principle would want
answered.

The contrast is that of XSTest (Röttger et al. 2023, arXiv:2308.01263), whose safe prompts share words with unsafe ones;
here a model writes it for any principle.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from solon.interfaces import Sample, Sampler, SampleRequest
from solon.progress import Progress
from solon.responses.attacks.diversity import telling_words
from solon.responses.attacks.rejected import RejectedPrompt
from solon.responses.attacks.violating import MOST_SIMILAR
from solon.responses.attacks.wording import twin_turns
from solon.responses.self_instruct.overlap import KeptInstructions, words
from solon.seeds import derive
from solon.unanswered import Unanswered

MOST_ATTEMPTS = 3


class Attack(NamedTuple):
    """A violating prompt that is to get a twin."""

    id: str
    principle: str
    rule: str
    text: str


def write_twins(
    attacks: Sequence[Attack],
    sampler: Sampler,
    given: KeptInstructions,
    *,
    seed: int,
    max_new_tokens: int,
    declines: Callable[[str], bool],
    unanswered: list[Unanswered],
    progress: Progress,
) -> tuple[list[str | None], list[RejectedPrompt]]:
    """The twin of each attack, in order, None where MOST_ATTEMPTS attempts gave none; and what was refused.

    A twin is refused that is empty, cut, no single line, a refusal, the attack itself in other punctuation, without a
    word of the attack that carries meaning, or like a given prompt or another twin of the principle.
    """
    twins: list[str | None] = [None] * len(attacks)
    rejected: list[RejectedPrompt] = []
    progress.start("their twins", len(attacks))
    kept = {one.principle: KeptInstructions(MOST_SIMILAR) for one in attacks}
    for attempt in range(MOST_ATTEMPTS):
        places = [place for place, twin in enumerate(twins) if twin is None]
        if not places:
            break
        samples = sampler.sample([_request(attacks[place], attempt, seed, max_new_tokens) for place in places])
        for place, sample in zip(places, samples, strict=True):
            attack = attacks[place]
            if sample.failure:
                unanswered.append(Unanswered(id=attack.id, what="twin", reason=sample.failure))
                continue
            text = sample.text.strip().strip('"').strip()
            reason, like = _unfit(text, sample, attack, declines)
            if not reason and (similar := given.too_like(text)):
                reason, like = "like a given prompt", similar.text
            if not reason and (similar := kept[attack.principle].too_like(text)):
                reason, like = "like another twin of the same principle", similar.text
            if reason:
                rejected.append(
                    RejectedPrompt(
                        prompt=text, kind="borderline", principle=attack.principle, reason=reason, like=like,
                        twin_of=attack.text,
                    )
                )  # fmt: skip
            else:
                kept[attack.principle].add(text)
                twins[place] = text
        progress.advance(sum(twin is not None for twin in twins), {"rejected": float(len(rejected))})
    return twins, rejected


def _unfit(text: str, sample: Sample, attack: Attack, declines: Callable[[str], bool]) -> tuple[str, str]:
    """Why a text cannot be the twin of an attack, whatever else there is, and what it repeats; "" where it can."""
    if sample.truncated:
        return "cut by the token limit", ""
    if not words(text):
        return "empty", ""
    if "\n" in text:
        return "more than one line", ""
    if declines(text):
        return "the writer declines", ""
    if words(text) == words(attack.text):
        return "the violating prompt itself", attack.text
    if not telling_words(text) & telling_words(attack.text):
        return "shares no word with the violating prompt", ""
    return "", ""


def _request(attack: Attack, attempt: int, seed: int, max_new_tokens: int) -> SampleRequest:
    return SampleRequest(
        twin_turns(attack.rule, attack.text),
        derive(seed, "twin", attack.id, attempt),
        max_new_tokens,
        name=f"the twin of {attack.id!r}",
    )
