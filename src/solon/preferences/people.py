"""People who order responses.

Source: Ouyang et al. 2022, arXiv:2203.02155, section 3.4: K = 4 to 9 responses of a prompt ranked by one labeller.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from solon.errors import InputError
from solon.interfaces import Rater
from solon.progress import Progress, Silent
from solon.records import Prompt, Ranking
from solon.seeds import derive, generator

RESPONSES_LOW, RESPONSES_HIGH = 4, 9


def rank_with_people(
    prompts: Sequence[Prompt],
    candidates: Mapping[str, Sequence[str]],
    raters: Sequence[Rater],
    *,
    seed: int,
    num_responses: tuple[int, int] = (RESPONSES_LOW, RESPONSES_HIGH),
    progress: Progress | None = None,
) -> Iterator[Ranking]:
    """One ranking per prompt, by one rater, of K different responses.

    K, the rater and the order shown depend on (seed, prompt id). K is drawn from `num_responses` (lowest, highest), or
    is the number of different candidates where that is less. A prompt with fewer than two different candidates
    cannot be ranked: it is left out, counted, and said at the end.

    Args:
        candidates: prompt id -> responses to choose from.

    Raises:
        InputError: no raters, or a prompt without an entry in `candidates`.
    """
    _check(prompts, candidates, raters)
    progress = progress or Silent()
    progress.start("rankings", len(prompts))
    num_alike = 0
    for done, prompt in enumerate(prompts, start=1):
        shown = choose_shown(candidates[prompt.id], num_responses, seed, prompt.id)
        if len(shown) < 2:
            num_alike += 1
        else:
            rater = raters[int(generator(seed, "rater", prompt.id).integers(len(raters)))]
            yield _ranking(prompt, shown, rater, seed)
        progress.advance(done, {})
    if num_alike:
        progress.say(f"{num_alike} of {len(prompts)} prompts have fewer than two different responses: not ranked")


def choose_shown(candidates: Sequence[str], num_responses: tuple[int, int], seed: int, prompt_id: str) -> list[str]:
    """K different candidates in random order, K from `num_responses` (lowest, highest), by (seed, prompt id).

    Alike ones are shown once: their order would be noise.
    """
    different = list(dict.fromkeys(candidates))
    randomness = generator(seed, "responses shown", prompt_id)
    num_shown = int(randomness.integers(num_responses[0], num_responses[1] + 1))
    order = randomness.permutation(len(different))[:num_shown].tolist()
    return [different[index] for index in order]


def _check(prompts: Sequence[Prompt], candidates: Mapping[str, Sequence[str]], raters: Sequence[Rater]) -> None:
    if not raters:
        raise InputError("there is nobody to rank: give at least one rater")
    if missing := [prompt.id for prompt in prompts if prompt.id not in candidates]:
        raise InputError(f"{len(missing)} prompts have no candidate responses, among them {missing[:3]}")


def _ranking(prompt: Prompt, shown: Sequence[str], rater: Rater, seed: int) -> Ranking:
    ranks = rater.rank(prompt, shown, seed=derive(seed, "rank", prompt.id, rater.name))
    return Ranking(id=f"{rater.name}/{prompt.id}", prompt=prompt, responses=tuple(shown), ranks=ranks, rater=rater.name)
