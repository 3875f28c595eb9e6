"""Does one critique and revision repair an answer that is known to be bad?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from solon.constitution import Constitution, Principle
from solon.critiques.config import RevisionConfig
from solon.critiques.one_round import SHARD_REQUESTS, Case, revise_once
from solon.errors import InputError
from solon.interfaces import PromptResponse, Sampler
from solon.progress import Progress, Silent
from solon.records import Revision


def self_correct(
    planted: Sequence[PromptResponse],
    critic: Sampler,
    reviser: Sampler,
    constitution: Constitution,
    config: RevisionConfig,
    *,
    seed: int,
    principles: Sequence[Principle] | None = None,
    progress: Progress | None = None,
) -> Iterator[Revision]:
    """One round for every planted answer, in order; its Revision tells what became of the answer.

    Args:
        planted: prompts, each with an answer that someone else wrote.
        principles: one for each planted answer; None draws them as round 1 of the chain does.

    Raises:
        InputError: `principles` has another length, or one of them has no critique request.
    """
    progress = progress or Silent()
    if principles is None:
        principles = [
            constitution.draw(seed, pair.prompt.id, index, 1, use="critique") for index, pair in _numbered(planted)
        ]
    if len(principles) != len(planted):
        raise InputError(f"{len(principles)} principles for {len(planted)} planted answers: give one for each")
    if mute := [principle.id for principle in principles if not principle.serves("critique")]:
        raise InputError(f"principle `{mute[0]}` has no critique_request, so nothing can be corrected under it")
    cases = [
        Case(pair.prompt, pair.response, False, (principle,), key=f"planted {index} {principle.id}")
        for (index, pair), principle in zip(_numbered(planted), principles, strict=True)
    ]
    progress.start("self-correction", len(cases))
    for start in range(0, len(cases), SHARD_REQUESTS):
        shard = cases[start : start + SHARD_REQUESTS]
        yield from revise_once(shard, critic, reviser, constitution, config, round=1, seed=seed)
        progress.advance(start + len(shard), {})


def _numbered(planted: Sequence[PromptResponse]) -> list[tuple[int, PromptResponse]]:
    """Each answer with its number among those of its prompt: several answers of one prompt draw independently."""
    counts: dict[str, int] = {}
    numbered = []
    for pair in planted:
        number = counts.get(pair.prompt.id, 0)
        counts[pair.prompt.id] = number + 1
        numbered.append((number, pair))
    return numbered
