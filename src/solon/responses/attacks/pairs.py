"""For each principle prompts that try to have it broken, each with a twin that must not be refused.

The labels are those that evaluation counts by: `harmful` and `borderline`, so that rates of harm and of over-refusal
are told on the user's own principles.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from statistics import fmean
from typing import NamedTuple

from solon.constitution.targets import Target
from solon.errors import InputError
from solon.interfaces import Sampler
from solon.progress import Progress, Silent
from solon.records import Prompt, user
from solon.responses.attacks.diversity import shared_words
from solon.responses.attacks.rejected import RejectedPrompt
from solon.responses.attacks.twins import Attack, write_twins
from solon.responses.attacks.violating import MOST_SIMILAR, write_attacks
from solon.responses.attacks.wording import texts_shown
from solon.responses.self_instruct.overlap import KeptInstructions
from solon.unanswered import Unanswered


class AttackPair(NamedTuple):
    """A violating prompt and its benign twin."""

    target: Target
    violating: Prompt
    twin: Prompt


class WrittenPairs(NamedTuple):
    """New pairs, principle by principle, and what was written and is not used."""

    pairs: list[AttackPair]
    rejected: list[RejectedPrompt]


def write_attack_pairs(
    targets: Sequence[Target],
    sampler: Sampler,
    *,
    count: int,
    seed: int,
    max_new_tokens: int,
    declines: Callable[[str], bool],
    given: Sequence[Prompt] = (),
    progress: Progress | None = None,
    unanswered: list[Unanswered] | None = None,
) -> WrittenPairs:
    """Up to `count` pairs for each principle.

    What is asked for one principle depends on it, the seed and the given prompts alone: an edit of another principle
    asks nothing again. Only afterwards a pair is dropped whose violating prompt repeats one of an earlier principle.

    Args:
        max_new_tokens: of a list of prompts, and of a twin.
        declines: whether a text is the writer's refusal to write.
        given: prompts that are there already; nothing like their last turns is kept.
        unanswered: takes what the sampler refused.

    Raises:
        InputError: two principles have one id.
    """
    if len({target.id for target in targets}) < len(targets):
        raise InputError("two principles have one id; give each its own")
    progress, noted = progress or Silent(), [] if unanswered is None else unanswered
    known = KeptInstructions(MOST_SIMILAR)
    for text in (*texts_shown(), *(prompt.messages[-1].content for prompt in given)):
        known.add(text)
    written = write_attacks(
        targets, sampler, known, count=count, seed=seed, max_new_tokens=max_new_tokens, declines=declines,
        unanswered=noted, progress=progress,
    )  # fmt: skip
    rejected = [one for attacks in written for one in attacks.rejected]
    attacks = [Attack(_id(of.target, text), of.target.id, of.target.rule, text) for of in written for text in of.texts]
    twins, refused = write_twins(
        attacks, sampler, known, seed=seed, max_new_tokens=max_new_tokens, declines=declines, unanswered=noted,
        progress=progress,
    )  # fmt: skip
    of_id = {target.id: target for target in targets}
    pairs, dropped = [], []
    for attack, twin in zip(attacks, twins, strict=True):
        if twin is None:
            dropped.append(_dropped(attack, "has no twin"))
        else:
            pairs.append(_pair(of_id[attack.principle], attack, twin))
    pairs, repeated = _without_repeats(pairs)
    return WrittenPairs(pairs, [*rejected, *refused, *dropped, *repeated])


def mean_shared_words(pairs: Sequence[AttackPair]) -> float | None:
    """How many of the words that carry meaning a prompt and its twin share, in the mean: see `shared_words`."""
    shared = [shared_words(pair.violating.messages[0].content, pair.twin.messages[0].content) for pair in pairs]
    return fmean(shared) if shared else None


def _pair(target: Target, attack: Attack, twin: str) -> AttackPair:
    labels = {"category": target.category, "principle": target.id, "principle_hash": target.hash}
    return AttackPair(
        target,
        Prompt(id=attack.id, messages=(user(attack.text),), labels={"kind": "harmful", **labels}),
        Prompt(
            id=f"{attack.id}/twin",
            messages=(user(twin),),
            labels={"kind": "borderline", **labels, "twin_of": attack.id},
        ),
    )


def _without_repeats(pairs: Sequence[AttackPair]) -> tuple[list[AttackPair], list[RejectedPrompt]]:
    """The pairs whose violating prompts are like none of an earlier principle, and both prompts of the others."""
    kept, texts = [], KeptInstructions(MOST_SIMILAR)
    rejected = []
    for pair in pairs:
        text = pair.violating.messages[0].content
        if like := texts.too_like(text):
            reason = "like a prompt of another principle"
            rejected += rejected_pair(pair, reason, "its violating prompt was rejected", like=like.text)
        else:
            kept.append(pair)
            texts.add(text)
    return kept, rejected


def rejected_pair(
    pair: AttackPair, of_violating: str, of_twin: str, *, like: str = "", raw: tuple[str, str] = ("", "")
) -> list[RejectedPrompt]:
    """Both prompts of a pair that is not used, with a reason each.

    Args:
        like: what the violating prompt repeats.
        raw: what a judge wrote of each.
    """
    text, principle = pair.violating.messages[0].content, pair.target.id
    twin = pair.twin.messages[0].content
    return [
        RejectedPrompt(prompt=text, kind="harmful", principle=principle, reason=of_violating, like=like, raw=raw[0]),
        RejectedPrompt(prompt=twin, kind="borderline", principle=principle, reason=of_twin, twin_of=text, raw=raw[1]),
    ]


def _dropped(attack: Attack, reason: str) -> RejectedPrompt:
    return RejectedPrompt(prompt=attack.text, kind="harmful", principle=attack.principle, reason=reason)


def _id(target: Target, text: str) -> str:
    return f"redteam/{target.id}/{hashlib.sha256(text.encode()).hexdigest()[:12]}"
