"""The stages whose product is feedback (records) or a model of it."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from solon.critiques import critique_and_revise
from solon.interfaces import Guideline
from solon.models.scalar_model import ScalarModel
from solon.preferences import candidates_of, label_with_ai_feedback, rank_with_people
from solon.records import Comparison, Preference, Prompt, Ranking, Response
from solon.responses import sample_responses
from solon.reward.train import train_reward_model
from solon.sections import RankedSection
from solon.seeds import derive, generator
from solon.stage import StageRun
from solon.stages.fitting import fitting_prompts, fitting_rankings, judgeable_prompts, revisable_prompts
from solon.stages.opening import (
    best_responses,
    both_kinds,
    keep_unanswered,
    open_engine,
    open_engines,
    open_local,
    open_policy,
)
from solon.store.records import kept_records, read_records, write_records
from solon.unanswered import Unanswered


def train_helpful_reward(run: StageRun) -> None:
    """Responses of several models, ranked by people -> a reward model of helpfulness."""
    settings = run.recipe.helpful_reward
    prompts = run.source.helpful_prompts(settings.prompts, seed=run.seed)
    samplers = run.recipe.made(run.recipe.roles.ranked)
    rankings = _rankings(run, run.recipe.roles.reward_from, prompts, samplers, settings, guideline="helpful")
    _train(run, run.recipe.roles.reward_from, rankings, [], settings)


def write_revisions(run: StageRun) -> None:
    """Red-team prompts -> answers, criticised and revised round by round under drawn principles."""
    settings, roles = run.recipe.revisions, run.recipe.roles
    prompts = run.source.red_team_prompts(settings.prompts, seed=run.seed)
    prompts = revisable_prompts(run, open_local(run, roles.critic), prompts)
    responder, critic, reviser = open_engines(run, roles.responder, roles.critic, roles.reviser)
    unanswered: list[Unanswered] = []
    revisions = critique_and_revise(
        prompts,
        responder,
        critic,
        reviser,
        run.recipe.load_constitution(),
        settings,
        seed=run.seed,
        progress=run.progress,
        unanswered=unanswered,
    )
    write_records(run.folder / "revisions.jsonl", revisions)
    keep_unanswered(run, unanswered)


def label_pairs(run: StageRun) -> None:
    """Pairs of responses to red-team prompts -> preferences of the judge under the constitution."""
    settings, judge = run.recipe.ai_feedback, run.recipe.roles.judge
    comparisons = kept_records(run.folder / "comparisons.jsonl", Comparison, lambda: _pairs(run))
    preferences = label_with_ai_feedback(
        comparisons,
        run.recipe.load_constitution(),
        open_engine(run, judge),
        seed=run.seed,
        config=settings,
        name=judge,
        progress=run.progress,
    )
    write_records(run.folder / "preferences.jsonl", preferences)


def train_preference_model(run: StageRun) -> None:
    """People's helpfulness rankings and AI harmlessness preferences -> one preference model."""
    settings, roles = run.recipe.preference_model, run.recipe.roles
    prompts = both_kinds(run, settings.prompts, settings.red_team_prompts)
    samplers = run.recipe.made(roles.preference_ranked)
    rankings = _rankings(run, roles.preference_from, prompts, samplers, settings, guideline="quality")
    preferences = list(read_records(run.inputs["ai_feedback"] / "preferences.jsonl", Preference))
    _train(run, roles.preference_from, rankings, preferences, settings)


def _rankings(
    run: StageRun,
    start: str,
    prompts: Sequence[Prompt],
    samplers: Sequence[str],
    settings: RankedSection,
    *,
    guideline: Guideline,
) -> list[Ranking]:
    """What people said before, where the source has it; else responses are sampled and people asked."""
    if not prompts:
        return []
    if given := run.source.rankings(len(prompts), seed=run.seed):
        model = open_policy(run, start)
        return kept_records(run.folder / "rankings.jsonl", Ranking, lambda: fitting_rankings(run, model, given))
    prompts = fitting_prompts(run, open_policy(run, start), prompts, settings.max_new_tokens)
    own_share = 1 - settings.swapped_share - settings.damaged_share
    draws = ceil(settings.max_responses * own_share / len(samplers))
    responses: list[Response] = []
    for sampler in samplers:
        responses += kept_records(
            run.folder / f"responses-{sampler}.jsonl",
            Response,
            lambda sampler=sampler: sample_responses(  # type: ignore[misc]
                prompts,
                open_engine(run, sampler),
                name=sampler,
                seed=derive(run.seed, sampler),
                draws=draws,
                max_new_tokens=settings.max_new_tokens,
                progress=run.progress,
            ),
        )
    candidates = candidates_of(
        prompts,
        responses,
        swapped_share=settings.swapped_share,
        damaged_share=settings.damaged_share,
        seed=run.seed,
    )
    raters = run.source.raters(held_out=False, guideline=guideline)
    ranked = rank_with_people(
        prompts,
        candidates,
        raters,
        seed=run.seed,
        num_responses=(settings.min_responses, settings.max_responses),
        progress=run.progress,
    )
    return kept_records(run.folder / "rankings.jsonl", Ranking, lambda: ranked)


def _train(
    run: StageRun, start: str, rankings: list[Ranking], preferences: list[Preference], settings: RankedSection
) -> None:
    held_out = train_reward_model(
        ScalarModel.from_policy(
            open_policy(run, start, settings.lora), derive(run.seed, "head"), share=settings.lora is not None
        ),
        rankings,
        preferences,
        settings,
        references=best_responses(rankings, preferences),
        folder=run.folder,
        seed=run.seed,
        progress=run.progress,
        keep_checkpoints=run.recipe.checkpoints_on_the_way,
    )
    write_records(run.folder / "held_out.jsonl", held_out)


def _pairs(run: StageRun) -> list[Comparison]:
    """Two responses to each prompt and draw; the second by the rival in `rival_share` of the pairs, in random order."""
    settings, roles = run.recipe.ai_feedback, run.recipe.roles
    prompts = run.source.red_team_prompts(settings.prompts, seed=run.seed)
    prompts = judgeable_prompts(run, open_local(run, roles.judge), prompts)
    unanswered: list[Unanswered] = []
    first = _responses(run, prompts, roles.feedback_responder, 2 * settings.pairs_per_prompt, unanswered)
    rivals = (
        _responses(run, prompts, roles.feedback_rival, settings.pairs_per_prompt, unanswered)
        if settings.rival_share
        else {}
    )
    keep_unanswered(run, unanswered)
    refused = {one.id for one in unanswered}
    prompts = [prompt for prompt in prompts if prompt.id not in refused]
    pairs = []
    for prompt in prompts:
        for draw in range(settings.pairs_per_prompt):
            chance = generator(run.seed, "pair", prompt.id, draw)
            a, b = first[prompt.id][2 * draw], first[prompt.id][2 * draw + 1]
            if chance.random() < settings.rival_share:
                b = rivals[prompt.id][draw]
            if chance.random() < 0.5:
                a, b = b, a
            if a != b:
                name = f"{prompt.id}/{draw}"
                pairs.append(Comparison(id=name, prompt=prompt, response_a=a, response_b=b, draw=draw))
    num_alike = len(prompts) * settings.pairs_per_prompt - len(pairs)
    if num_alike:
        run.progress.say(f"{num_alike} pairs hold the same response twice: not judged")
    return pairs


def _responses(
    run: StageRun, prompts: Sequence[Prompt], sampler: str, draws: int, unanswered: list[Unanswered]
) -> dict[str, list[str]]:
    texts: dict[str, list[str]] = {prompt.id: [] for prompt in prompts}
    for response in sample_responses(
        prompts,
        open_engine(run, sampler),
        name=sampler,
        seed=derive(run.seed, sampler),
        draws=draws,
        max_new_tokens=run.recipe.ai_feedback.max_new_tokens,
        progress=run.progress,
        unanswered=unanswered,
    ):
        texts[response.prompt.id].append(response.text)
    return texts
