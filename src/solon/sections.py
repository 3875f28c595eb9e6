"""The parts of a recipe: the model, who plays which role, and a section of settings per stage.

A section holds the settings of the room that does the work, and how many rows it works on.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from solon.addresses import KINDS, check_server, is_address, is_server
from solon.critiques.config import RevisionConfig
from solon.errors import InputError
from solon.judges.admission import AdmissionThresholds
from solon.policy.config import PretrainConfig, SFTConfig
from solon.policy.preference_config import DirectPreferenceConfig
from solon.policy.rl_config import PPOConfig
from solon.preferences.config import FeedbackConfig, ReadingThresholds
from solon.reward.config import RewardConfig
from solon.settings import Settings, near

STAGES = (
    "base",
    "mid",
    "sft",
    "helpful_reward",
    "helpful_rlhf",
    "revisions",
    "sl_cai",
    "ai_feedback",
    "preference_model",
    "rl_cai",
)
VARIANTS = ("revision_dpo",)
"""Stages of named variants: a recipe runs them where its `stages` names them."""
POLICIES = ("base", "mid", "sft", "helpful_rlhf", "sl_cai", "revision_dpo", "rl_cai")
"""Those that make a model which answers: only they can play a role."""


class ModelSettings(Settings):
    """The model that the chain begins with: a folder or hub name, or a small one made from nothing."""

    start: str | None = None
    """A Hugging Face model folder or hub name, a base or an instruct model. None makes a model by the keys below."""
    kind: Literal["llama", "gpt2", "qwen2", "qwen3"] = "llama"
    """Architecture of a new model."""
    vocab_size: int = Field(1500, gt=260)
    """Tokens of a new tokeniser: bytes, special tokens, and merges learnt from the base text."""
    width: int = Field(128, gt=0)
    """Of the residual stream."""
    layers: int = Field(4, gt=0)
    """Transformer blocks."""
    heads: int = Field(4, gt=0)
    """Attention heads; must divide `width`."""
    context_tokens: int = Field(512, gt=0)
    """Longest sequence."""
    copying: bool = False
    """Begin with weights that can copy (`llama` only): a small model then needs far less text."""

    @model_validator(mode="after")
    def _only_a_llama_starts_copying(self) -> Self:
        if self.copying and self.kind != "llama":
            raise ValueError(f"copying is there for kind=llama only, not {self.kind}; leave it out")
        return self

    @model_validator(mode="after")
    def _heads_divide_the_width(self) -> Self:
        if self.width % self.heads:
            raise ValueError(f"heads={self.heads} does not divide width={self.width}; choose a divisor")
        return self


def _is_stage(name: str) -> str:
    if name not in (*STAGES, *VARIANTS):
        raise ValueError(f"no stage '{name}'; {near(name, (*STAGES, *VARIANTS))}")
    return name


def _makes_a_policy(name: str) -> str:
    if name not in POLICIES:
        raise ValueError(f"'{name}' makes no policy; these do: {', '.join(POLICIES)}")
    return name


def _answers(name: str) -> str:
    if is_server(name):
        try:
            check_server(name)
        except InputError as error:
            raise ValueError(str(error)) from None
    elif is_address(name):
        if not name.startswith(("hf:", "run:")):
            raise ValueError(f"'{name}' is no engine; write {KINDS}, or the name of a stage")
    else:
        _makes_a_policy(_is_stage(name))
    return name


StageName = Annotated[str, AfterValidator(_is_stage)]
PolicyName = Annotated[StageName, AfterValidator(_makes_a_policy)]
Answerer = Annotated[str, AfterValidator(_answers)]
"""A stage whose model answers, or an engine by its address: a model of this machine, or a server."""


class Roles(Settings):
    """Which stage's model does what. Defaults as published; every other choice is a departure worth writing down."""

    sft_from: PolicyName = "mid"
    """Whose model SFT starts from."""
    ranked: tuple[PolicyName, ...] = ("sft", "mid", "base")
    """Whose responses people rank; those that `stages` leaves out are passed over."""
    reward_from: PolicyName = "sft"
    """Whose model the helpful reward model starts from."""
    rlhf_from: PolicyName = "sft"
    """Whose model the helpful PPO starts from."""
    rlhf_reference: PolicyName = "sft"
    """The frozen policy of the helpful PPO's KL penalty: sft, or base."""
    responder: Answerer = "helpful_rlhf"
    """Who answers the red-team prompts that are then revised."""
    critic: Answerer = "helpful_rlhf"
    """Who writes critiques."""
    reviser: Answerer = "helpful_rlhf"
    """Who rewrites answers."""
    helpful_sampler: Answerer = "helpful_rlhf"
    """Whose answers to helpful prompts SL-CAI keeps training on."""
    sl_cai_from: PolicyName = "mid"
    """Whose model SL-CAI starts from: the pretrained one."""
    revision_dpo_from: PolicyName = "helpful_rlhf"
    """Whose model learns from pairs of a first answer and its revision; it is also the frozen reference."""
    feedback_responder: Answerer = "sl_cai"
    """Whose pairs of responses are judged."""
    feedback_rival: Answerer = "mid"
    """Whose response stands against it in `ai_feedback.rival_share` of the pairs."""
    judge: Answerer = "helpful_rlhf"
    """Who judges them under the constitution."""
    preference_from: PolicyName = "sl_cai"
    """Whose model the preference model starts from."""
    preference_ranked: tuple[PolicyName, ...] = ("sl_cai", "sft", "mid")
    """Whose responses people rank for the preference model; those that `stages` leaves out are passed over."""
    rl_cai_from: PolicyName = "sl_cai"
    """Whose model the last PPO starts from; it is also the frozen reference of its KL penalty."""


def stages_among(*names: str) -> tuple[str, ...]:
    """The names that are stages of the chain; the others are addresses of engines from elsewhere."""
    return tuple(name for name in names if not is_address(name))


class BaseSection(PretrainConfig):
    """Pretraining on plain text."""

    documents: int = Field(20_000, ge=0)
    """Plain documents; 0 keeps the weights of `model.start`."""


class MidSection(PretrainConfig):
    """Mid-training: instruction and feedback documents enter as the learning rate decays."""

    documents: int = Field(20_000, gt=0)
    """Documents of every style."""


class SftSection(SFTConfig):
    """Helpful-only demonstrations."""

    demonstrations: int = Field(4_000, gt=0)
    """Demonstrations to imitate."""
    replay_documents: int = Field(0, ge=0)
    """Documents of earlier training mixed in, so that it is not forgotten."""


class RankedSection(RewardConfig):
    """Responses ranked by people, and the model trained on the rankings."""

    prompts: int = Field(600, ge=0)
    """Helpful prompts whose responses are ranked."""
    min_responses: int = Field(4, ge=2)
    """Fewest responses ranked for one prompt."""
    max_responses: int = Field(9, ge=2)
    """Most responses ranked for one prompt."""
    swapped_share: float = Field(0.2, ge=0, lt=1)
    """Share of the responses that answered another prompt, so that off-topic ones are known as losers."""
    damaged_share: float = Field(0.2, ge=0, lt=1)
    """Share that has a word replaced or missing, or breaks off, so that such responses are known as losers too."""
    max_new_tokens: int = Field(48, gt=0)
    """Tokens of a response."""

    @model_validator(mode="after")
    def _least_is_not_above_most(self) -> Self:
        if self.min_responses > self.max_responses:
            raise ValueError(f"min_responses={self.min_responses} is above max_responses={self.max_responses}")
        return self

    @model_validator(mode="after")
    def _own_responses_are_left(self) -> Self:
        if self.swapped_share + self.damaged_share >= 1:
            raise ValueError("swapped_share and damaged_share leave no responses of the models themselves")
        return self


class HelpfulRewardSection(RankedSection):
    """The reward model of helpfulness."""


class HelpfulRlhfSection(PPOConfig):
    """PPO on the helpful reward model."""

    prompts: int = Field(2_000, gt=0)
    """Helpful prompts."""
    ptx_demonstrations: int = Field(0, ge=0)
    """Demonstrations imitated meanwhile, where `ptx_coef` is not 0."""


class RevisionsSection(RevisionConfig):
    """Red-team answers, criticised and revised by the model itself."""

    prompts: int = Field(1_000, gt=0)
    """Red-team prompts."""


class SlCaiSection(SFTConfig):
    """Supervised training on revisions and helpful samples."""

    train_on: Literal["all", "last"] = "all"
    """Revisions of all rounds (as published), or of the last one only."""
    helpful_prompts: int = Field(1_000, ge=0)
    """Helpful prompts whose sampled answers are mixed in."""
    samples_per_prompt: int = Field(2, gt=0)
    """Sampled answers for each of them."""
    helpful_temperature: float = Field(1.0, gt=0)
    """Sampling temperature of these answers. Below 1 their slips are rarer, and so the imitator's; published: 1."""
    max_new_tokens: int = Field(48, gt=0)
    """Tokens of such an answer."""
    replay_documents: int = Field(0, ge=0)
    """Documents of earlier training mixed in, so that it is not forgotten."""


class RevisionDpoSection(DirectPreferenceConfig):
    """The variant that learns from pairs: the last revision of an answer is preferred to its first form."""


class AiFeedbackSection(FeedbackConfig):
    """Pairs of responses to red-team prompts, judged under the constitution."""

    prompts: int = Field(600, gt=0)
    """Red-team prompts."""
    pairs_per_prompt: int = Field(1, gt=0)
    """Pairs for each of them, each under a principle of its own."""
    rival_share: float = Field(0.0, ge=0, le=1)
    """Share of the pairs whose second response comes from `roles.feedback_rival`; published: 0."""
    max_new_tokens: int = Field(48, gt=0)
    """Tokens of a response."""


class PreferenceModelSection(RankedSection):
    """The preference model of human helpfulness and AI harmlessness comparisons."""

    red_team_prompts: int = Field(0, ge=0)
    """Red-team prompts that people rank as well, by who is to the point, whatever it does; published: 0."""


class RlCaiSection(PPOConfig):
    """PPO on the preference model."""

    helpful_prompts: int = Field(1_000, ge=0)
    """Prompts that ask for help."""
    red_team_prompts: int = Field(1_000, ge=0)
    """Prompts written to draw out harm."""
    ptx_prompts: int = Field(0, ge=0)
    """Helpful prompts whose answers by `roles.helpful_sampler` are imitated meanwhile, where `ptx_coef` is not 0."""
    ptx_temperature: float = Field(1.0, gt=0)
    """Sampling temperature of these answers."""


class EvaluationSection(Settings):
    """How every stage is tested. A change here trains nothing again."""

    prompts: int = Field(500, gt=0)
    """Held-out prompts of each kind."""
    max_new_tokens: int = Field(48, gt=0)
    """Tokens of a response."""
    probes: int = Field(400, gt=0)
    """Comparisons with a known answer that test the judge, and as many planted answers that test the critic."""
    reward_accuracy: float = Field(0.70, ge=0, le=1)
    """The gate of reward models: no policy trains on one with a lower accuracy on held-out pairs.

    Those are people's pairs where there are any; on the judge's beside them accuracy must only not be shown to be below
    0.5."""
    judge: ReadingThresholds = ReadingThresholds()
    """The gate of the judge."""
    judge_audit: tuple[str, ...] = ()
    """Files of pairs that people have judged: the judge is tested on them as well, as `solon judge audit` does."""
    judge_audit_cases: int = Field(200, gt=0)
    """Pairs of each file."""
    admission: AdmissionThresholds = AdmissionThresholds()
    """What the judge must reach on them."""
    critic_accuracy: float = Field(0.70, ge=0, le=1)
    """The gate of the critic: share of planted answers revised, and share of the others left alone."""
    compared_prompts: int = Field(300, gt=0)
    """Held-out prompts whose responses by all policies are ranked for Elo."""
