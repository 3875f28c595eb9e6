"""People of the town: what they rank, and whose answers they prefer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from solon.findings.lab import Lab
from solon.findings.measures import mean
from solon.interfaces import Guideline, Rater
from solon.preferences import candidates_of, rank_with_people
from solon.records import Metric, Prompt, Ranking
from solon.store.records import read_records


def helpful_rankings(lab: Lab, count: int) -> list[Ranking]:
    """Rankings that the people of the chain gave for its reward model of helpfulness."""
    file = lab.chain("helpful_reward").stage("helpful_reward").path / "rankings.jsonl"
    return list(read_records(file, Ranking))[:count]


def rank_by_people(
    lab: Lab, prompts: Sequence[Prompt], samplers: Sequence[str], *, guideline: Guideline, draws: int = 2
) -> list[Ranking]:
    """Rankings of responses of some of the chain's policies, a fifth of them damaged, by the people of the chain."""
    responses = [
        response for stage in samplers for response in lab.answers(lab.policy(stage), prompts, draws=draws, name=stage)
    ]
    candidates = candidates_of(prompts, responses, swapped_share=0.1, damaged_share=0.1, seed=lab.derive("candidates"))
    raters = lab.world.raters(held_out=False, guideline=guideline)
    return list(rank_with_people(prompts, candidates, raters, seed=lab.derive(guideline), num_responses=(4, 5)))


def win_rate(lab: Lab, pairs: Iterable[tuple[Prompt, str, str]], raters: Callable[[Prompt], Sequence[Rater]]) -> Metric:
    """How often people prefer the first of two answers; a tie is half a win. All raters of a prompt see its pair."""
    values = []
    for prompt, ours, theirs in pairs:
        for rater in raters(prompt):
            first, second = rater.rank(prompt, [ours, theirs], seed=lab.derive("wins", prompt.id))
            values.append((prompt, 0.5 if first == second else float(first < second)))
    return mean(values, "people")
