"""How much annotation a recipe asks for, row by row of the table of costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from solon.forecast.asking import Asked
from solon.forecast.prices import Work
from solon.forecast.texts import Texts
from solon.recipe import Recipe
from solon.sections import RankedSection

ROWS = {
    "base": ("base", "mid"),
    "SFT": ("sft", "revisions", "sl_cai"),
    "pairwise": ("helpful_reward", "ai_feedback", "preference_model"),
    "RL": ("helpful_rlhf", "rl_cai"),
}
"""Row of the table -> the stages in it. Tests of a stage are in its compute."""


def works_of(
    recipe: Recipe, texts: Texts, asked: Mapping[str, Sequence[Asked]], seconds: Mapping[str, float] | None
) -> list[Work]:
    """The rows base, SFT, pairwise, RL, evaluation.

    Args:
        asked: stage -> its calls.
        seconds: stage -> how long its work takes on the device; None where that was not forecast.
    """

    def hours(row: str) -> float | None:
        return None if seconds is None else sum(seconds.get(stage, 0.0) for stage in ROWS[row]) / 3600

    sft, pairwise = _imitated(recipe, texts, asked), _compared(recipe, texts)
    items, question = texts.num_evaluated(), _question_tokens(recipe, texts)
    return [
        Work("base", hours("base")),
        sft._replace(compute_hours=hours("SFT")),
        pairwise._replace(compute_hours=hours("pairwise")),
        Work("RL", hours("RL")),
        Work("evaluation", None if seconds is None else 0.0, "evaluation", items, items, items * question, items),
    ]


def _imitated(recipe: Recipe, texts: Texts, asked: Mapping[str, Sequence[Asked]]) -> Work:
    """Demonstrations, and red-team prompts whose answers are revised: people would write each answer once.

    A model writes a demonstration in one call, and a revised answer in those of the recipe's critique and revision.
    """
    written = recipe.sft.demonstrations if "sft" in recipe.stages else 0
    read = texts.prompts("helpful").mean_tokens if written else 0.0
    answer = texts.answer_tokens(texts.context_tokens) if written else 0.0
    revising = [one for one in asked.get("revisions", ()) if not one.what.startswith("admit")]
    revised = sum(one.calls for one in revising if one.role == "responder")
    return Work(
        "SFT", None, "demonstration", written + revised,
        written + sum(one.calls for one in revising),
        written * read + sum(one.read_tokens for one in revising),
        written * answer + sum(one.written_tokens for one in revising),
    )  # fmt: skip


def _compared(recipe: Recipe, texts: Texts) -> Work:
    """Rankings and pairs: people put the responses to a prompt in order, a judge is asked about every two of them."""
    items = pairs = 0
    people = {
        "helpful_reward": (recipe.helpful_reward, 0),
        "preference_model": (recipe.preference_model, recipe.preference_model.red_team_prompts),
    }
    for stage, (section, red_team) in people.items():
        if stage in recipe.stages:
            count = texts.num_prompts("helpful", section.prompts) + texts.num_prompts("red_team", red_team)
            items += count
            pairs += round(count * _pairs_of_a_ranking(section, texts))
    settings = recipe.ai_feedback
    if "ai_feedback" in recipe.stages:
        judged = texts.num_prompts("red_team", settings.prompts) * settings.pairs_per_prompt
        items, pairs = items + judged, pairs + judged
    asked = pairs * settings.queries * settings.samples * (2 if settings.both_orders else 1)
    read, reasoning = asked * _question_tokens(recipe, texts), asked * settings.reasoning_tokens
    if settings.chain_of_thought:  # the reasoning is a call of its own, and is read again for the answer
        return Work("pairwise", None, "ranking", items, 2 * asked, 2 * read + reasoning, reasoning + asked)
    return Work("pairwise", None, "ranking", items, asked, read, asked)


def _pairs_of_a_ranking(section: RankedSection, texts: Texts) -> float:
    if given := texts.rankings():
        return sum(len(one.responses) * (len(one.responses) - 1) / 2 for one in given) / len(given)
    sizes = range(section.min_responses, section.max_responses + 1)
    return sum(size * (size - 1) / 2 for size in sizes) / len(sizes)


def _question_tokens(recipe: Recipe, texts: Texts) -> float:
    """Of a question about two responses."""
    return texts.questions().mean_tokens + 2 * texts.answer_tokens(recipe.ai_feedback.max_new_tokens)
