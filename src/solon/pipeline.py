"""The chain, from nothing to a constitution-following model. Read this first.

Each step reads what earlier ones made and makes a policy, a reward model, or records. Which model plays which part is
the recipe's (`roles`), so the order below is one that the recipe may change; the runner puts each step behind its
inputs. What a step does is in `stages/`; skip, resume, cache and gates are in `runner.py`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from solon.agora.source import Agora
from solon.data import FileSource
from solon.interfaces import Source
from solon.recipe import Recipe
from solon.sections import stages_among
from solon.settings import Settings, validate
from solon.stage import Stage
from solon.stages import feedback, policies, testing
from solon.stages.settings import check_files, data_config, recipe_folder, settings_of, tested_by

PEOPLE = ("helpful_prompts", "red_team_prompts", "comparisons")

OF_A_POLICY = tested_by("prompts", "max_new_tokens")

CHAIN = [
    Stage(
        "base",  # plain text -> a model that continues text
        inputs=lambda r: (),
        function=policies.train_base,
        settings=settings_of("model", "base", files=("base_text",), mixed="base"),
        evaluate=testing.evaluate_policy,
        test_settings=OF_A_POLICY,
    ),
    Stage(
        "mid",  # + documents of every style -> a model that has seen all of it and prefers none of it
        inputs=lambda r: ("base",),
        function=policies.train_mid,
        settings=settings_of("mid", files=("mid_documents",), mixed="mid"),
        evaluate=testing.evaluate_policy,
        test_settings=OF_A_POLICY,
    ),
    Stage(
        "sft",  # + demonstrations -> a helpful-only policy
        inputs=lambda r: (r.roles.sft_from,),
        function=policies.train_helpful_sft,
        settings=settings_of("sft", files=("demonstrations", "replay_documents"), roles=("sft_from",), mixed="sft"),
        evaluate=testing.evaluate_policy,
        test_settings=OF_A_POLICY,
    ),
    Stage(
        "helpful_reward",  # + rankings by people -> a reward model
        inputs=lambda r: (r.roles.reward_from, *r.made(r.roles.ranked)),
        function=feedback.train_helpful_reward,
        settings=settings_of("helpful_reward", files=PEOPLE, roles=("reward_from", "ranked")),
        evaluate=testing.evaluate_reward_model,
        test_settings=tested_by("reward_accuracy"),
        version=2,
    ),
    Stage(
        "helpful_rlhf",  # PPO
        inputs=lambda r: (r.roles.rlhf_from, r.roles.rlhf_reference, "helpful_reward"),
        function=policies.train_helpful_rlhf,
        settings=settings_of("helpful_rlhf", files=PEOPLE, roles=("rlhf_from", "rlhf_reference")),
        evaluate=testing.evaluate_policy,
        test_settings=OF_A_POLICY,
        takes_rewards=True,
    ),
    Stage(
        "revisions",  # red-team prompts -> answers, criticised and revised by the model itself
        inputs=lambda r: stages_among(r.roles.responder, r.roles.critic, r.roles.reviser),
        function=feedback.write_revisions,
        settings=settings_of("revisions", files=PEOPLE, roles=("responder", "critic", "reviser"), constitution=True),
        admit=testing.admit_critic,
        evaluate=testing.evaluate_revisions,
        test_settings=tested_by("probes", "critic_accuracy", judged=True),
        version=2,
    ),
    Stage(
        "sl_cai",  # + helpful samples -> a harmless policy
        inputs=lambda r: stages_among(r.roles.sl_cai_from, "revisions", r.roles.helpful_sampler),
        function=policies.train_sl_cai,
        settings=settings_of("sl_cai", files=(*PEOPLE, "replay_documents"), roles=("sl_cai_from", "helpful_sampler")),
        evaluate=testing.evaluate_policy,
        test_settings=OF_A_POLICY,
    ),
    Stage(
        "revision_dpo",  # the variant: revisions preferred to first answers -> a harmless policy, without imitation
        inputs=lambda r: (r.roles.revision_dpo_from, "revisions"),
        function=policies.train_revision_dpo,
        settings=settings_of("revision_dpo", roles=("revision_dpo_from",)),
        evaluate=testing.evaluate_policy,
        test_settings=OF_A_POLICY,
    ),
    Stage(
        "ai_feedback",  # pairs of its responses -> preferences of a judge that reads the constitution
        inputs=lambda r: stages_among(
            r.roles.feedback_responder,
            r.roles.judge,
            *((r.roles.feedback_rival,) if r.ai_feedback.rival_share else ()),
        ),
        function=feedback.label_pairs,
        settings=settings_of(
            "ai_feedback", files=PEOPLE, roles=("feedback_responder", "feedback_rival", "judge"), constitution=True
        ),
        admit=testing.admit_judge,
        test_settings=tested_by("probes", "judge", judged=True, audited=True),
    ),
    Stage(
        "preference_model",  # + rankings by people -> a preference model
        inputs=lambda r: (r.roles.preference_from, "ai_feedback", *r.made(r.roles.preference_ranked)),
        function=feedback.train_preference_model,
        settings=settings_of("preference_model", files=PEOPLE, roles=("preference_from", "preference_ranked")),
        evaluate=testing.evaluate_reward_model,
        test_settings=tested_by("reward_accuracy"),
        version=2,
    ),
    Stage(
        "rl_cai",  # PPO -> the aligned model
        inputs=lambda r: stages_among(
            r.roles.rl_cai_from,
            "preference_model",
            *((r.roles.helpful_sampler,) if r.rl_cai.ptx_prompts else ()),
        ),
        function=policies.train_rl_cai,
        settings=settings_of("rl_cai", files=PEOPLE, roles=("rl_cai_from", "helpful_sampler")),
        evaluate=testing.evaluate_policy,
        test_settings=OF_A_POLICY,
        takes_rewards=True,
    ),
]


class AgoraSettings(Settings):
    """The embedded world."""

    seed: int = 0
    """Decides people, places, prices and facts."""
    noise: float = 0.1
    """How often a person ranks a pair of responses wrongly."""
    restricted: tuple[Literal["price", "cooking", "gardening", "craft", "games", "music", "travel"], ...] = ()
    """Harmless categories that a principle of the constitution is about: the red team asks for them, helpful users
    do not, and people find an answer and a refusal with a reason equally good."""


def open_source(recipe: Recipe, run: Path | None = None) -> Source:
    """Where the recipe's texts, prompts and people come from.

    Rows of files that cannot be used go to `run`/quarantine.jsonl, the counts of all to `run`/rows.json.

    Raises:
        InputError: a key of the source is unknown or does not fit, or one of its files is missing.
    """
    if "agora" in recipe.source:
        world = validate(recipe.source["agora"], AgoraSettings, recipe.marks.below("source", "agora"))
        return Agora(world.seed, noise=world.noise, restricted=world.restricted)
    check_files(recipe)
    config, folder = data_config(recipe), recipe_folder(recipe)
    if run is None:
        return FileSource(config, folder=folder)
    return FileSource(config, folder=folder, quarantine=run / "quarantine.jsonl", counts=run / "rows.json")
