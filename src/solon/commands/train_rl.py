"""Training a policy on rewards: `solon train ppo`, `grpo` and `rloo`. What they are given is the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple, TypeVar

import typer

from solon.addresses import model_folder
from solon.commands.shared import (
    Assignments,
    EngineSettings,
    Json,
    Out,
    Seed,
    config_from,
    open_model,
    progress,
    quarantine_beside,
    row_counts,
)
from solon.commands.train import Start
from solon.commands.train_record import Begun, begin_training
from solon.commands.train_result import finish_training
from solon.commands.train_rewards import (
    Combined,
    Judge,
    JudgeCoef,
    JudgeConstitution,
    JudgePrinciples,
    Rewards,
    Scorers,
    UncertaintyCoef,
    UnscoredReward,
)
from solon.errors import InputError

if TYPE_CHECKING:
    from solon.interfaces import Reward
    from solon.models.language_model import LanguageModel
    from solon.models.template import Tokens
    from solon.policy.groups import GroupMethod
    from solon.policy.rl_config import RolloutConfig
    from solon.records import Prompt
    from solon.reward.score import RewardModelScorer

    C = TypeVar("C", bound=RolloutConfig)

Prompts = Annotated[Path, typer.Option("--data", help="JSONL of {id, prompt | messages}")]
Reference = Annotated[str | None, typer.Option("--reference", help="frozen policy of the KL; the start unless given")]
Ptx = Annotated[
    Path | None, typer.Option("--ptx", help="demonstrations to imitate meanwhile; ptx_coef is then 1 unless set")
]


class Given(NamedTuple):
    """What a command was given, settings aside."""

    start: str
    rewards: Rewards
    data: Path
    out: Path
    reference: str
    ptx: Path | None
    seed: int


class Opened(NamedTuple):
    """The same, read and opened."""

    begun: Begun
    policy: LanguageModel
    reference: LanguageModel
    scorers: list[RewardModelScorer]
    rewards: dict[str, tuple[Reward, float]]
    prompts: list[Prompt]
    ptx_rows: list[Tokens]
    rows: dict[str, int]


def ppo(
    start: Start, data: Prompts, out: Out, reward: Scorers = None, judge: Judge = None,
    constitution: JudgeConstitution = None, principles: JudgePrinciples = None, judge_coef: JudgeCoef = None,
    unscored_reward: UnscoredReward = None, reference: Reference = None, combine: Combined = None,
    uncertainty_coef: UncertaintyCoef = None, ptx: Ptx = None, assignments: Assignments = None,
    engine_settings: EngineSettings = None, seed: Seed = 0, as_json: Json = False,
) -> None:  # fmt: skip
    """Raise a reward with PPO; --set takes PPOConfig's keys."""
    from solon.policy.ppo import train_ppo
    from solon.policy.rl_config import PPOConfig
    from solon.policy.value_model import initial_value_model

    rewards = Rewards(
        reward or (), combine, uncertainty_coef, judge, constitution, principles, judge_coef, unscored_reward,
        engine_settings,
    )  # fmt: skip
    given = Given(start, rewards, data, out, reference or start, ptx, seed)
    config = _config(PPOConfig, given, assignments)
    opened = _open("ppo", given, config)
    reward_model = opened.scorers[0].model if opened.scorers else None
    value_model = initial_value_model(opened.policy, reward_model, share=config.lora is not None)
    with progress() as shown:
        train_ppo(
            opened.policy, opened.reference, value_model, opened.rewards, opened.prompts, config, folder=out,
            seed=seed, progress=shown, ptx_rows=opened.ptx_rows,
        )  # fmt: skip
    finish_training(out, opened.begun, opened.rows | rewards.counted(out), as_json)


def grpo(
    start: Start, data: Prompts, out: Out, reward: Scorers = None, judge: Judge = None,
    constitution: JudgeConstitution = None, principles: JudgePrinciples = None, judge_coef: JudgeCoef = None,
    unscored_reward: UnscoredReward = None, reference: Reference = None, combine: Combined = None,
    uncertainty_coef: UncertaintyCoef = None, ptx: Ptx = None, assignments: Assignments = None,
    engine_settings: EngineSettings = None, seed: Seed = 0, as_json: Json = False,
) -> None:  # fmt: skip
    """Raise a reward with GRPO, on groups of responses to one prompt; --set takes GRPOConfig's keys."""
    from solon.policy.grpo import grpo_method
    from solon.policy.rl_config import GRPOConfig

    rewards = Rewards(
        reward or (), combine, uncertainty_coef, judge, constitution, principles, judge_coef, unscored_reward,
        engine_settings,
    )  # fmt: skip
    given = Given(start, rewards, data, out, reference or start, ptx, seed)
    _train_groups("grpo", given, _config(GRPOConfig, given, assignments), grpo_method, as_json)


def rloo(
    start: Start, data: Prompts, out: Out, reward: Scorers = None, judge: Judge = None,
    constitution: JudgeConstitution = None, principles: JudgePrinciples = None, judge_coef: JudgeCoef = None,
    unscored_reward: UnscoredReward = None, reference: Reference = None, combine: Combined = None,
    uncertainty_coef: UncertaintyCoef = None, ptx: Ptx = None, assignments: Assignments = None,
    engine_settings: EngineSettings = None, seed: Seed = 0, as_json: Json = False,
) -> None:  # fmt: skip
    """Raise a reward with RLOO, REINFORCE on groups of responses to one prompt; --set takes RLOOConfig's keys."""
    from solon.policy.rl_config import RLOOConfig
    from solon.policy.rloo import rloo_method

    rewards = Rewards(
        reward or (), combine, uncertainty_coef, judge, constitution, principles, judge_coef, unscored_reward,
        engine_settings,
    )  # fmt: skip
    given = Given(start, rewards, data, out, reference or start, ptx, seed)
    _train_groups("rloo", given, _config(RLOOConfig, given, assignments), rloo_method, as_json)


def _train_groups(kind: str, given: Given, config: C, method: Callable[[C], GroupMethod], as_json: bool) -> None:
    """What GRPO and RLOO do with what they are given."""
    from solon.policy.groups import train_groups

    opened = _open(kind, given, config)
    with progress() as shown:
        train_groups(
            opened.policy, opened.reference, opened.rewards, opened.prompts, config, method(config), folder=given.out,
            seed=given.seed, progress=shown, ptx_rows=opened.ptx_rows,
        )  # fmt: skip
    finish_training(given.out, opened.begun, opened.rows | given.rewards.counted(given.out), as_json)


def _config(model: type[C], given: Given, assignments: Sequence[str] | None) -> C:
    """The settings; whoever gives rows to imitate wants them imitated."""
    config = config_from(model, [*(["ptx_coef=1.0"] if given.ptx else []), *(assignments or ())])
    if given.ptx and not config.ptx_coef:
        raise InputError(f"--set ptx_coef: 0 leaves nothing for --ptx {given.ptx} to do. Leave out one of the two.")
    return config


def _open(kind: str, given: Given, config: RolloutConfig) -> Opened:
    """Record what is trained, read the rows and load the models.

    Raises:
        InputError: something cannot be read, options do not go together, or `out` holds another training.
    """
    from solon.commands.given import read_imitated
    from solon.data import read_prompts
    from solon.policy.rows import render_rows

    decided = given.rewards.settings()
    models = {"start": given.start, "reference": given.reference} | given.rewards.addresses
    begun = begin_training(
        given.out, kind, data=[given.data, *([given.ptx] if given.ptx else [])], models=models,
        settings=config.model_dump(mode="json") | decided, seed=given.seed,
    )  # fmt: skip
    quarantine = quarantine_beside(given.out)
    prompts = read_prompts(given.data, quarantine, images=False)
    imitated = read_imitated([given.ptx], quarantine, "all") if given.ptx else []
    policy = open_model(given.start, config.lora)
    scorers, rewards = given.rewards.opened(policy, given.out, given.seed)
    ptx_rows = render_rows(policy, imitated) if imitated else []
    shares = config.lora is not None and model_folder(given.reference) == model_folder(given.start)
    reference = policy.twin() if shares else open_model(given.reference)
    return Opened(begun, policy, reference, scorers, rewards, prompts, ptx_rows, row_counts(quarantine.counts))
