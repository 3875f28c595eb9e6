"""A recipe: everything that a run depends on, read from one YAML file.

A section per stage holds the settings of the room that does the work, and how many rows it works on. Unknown keys and
values that do not fit are refused by file, line and key. A recipe names no Python class.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, PrivateAttr, field_validator, model_validator
from ruamel.yaml import YAML

from solon.constitution import Constitution, Examples, dump_constitution, import_cai_supplement, load_constitution
from solon.constitution.marked_yaml import read_yaml
from solon.data.config import resolve
from solon.errors import InputError
from solon.policy.config import PPOConfig, PretrainConfig, SFTConfig
from solon.preferences.config import FeedbackConfig, ReadingThresholds
from solon.reward.config import RewardConfig
from solon.settings import Marks, Settings, near, override, validate
from solon.shipped import shipped, shipped_folder

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
    if name not in STAGES:
        raise ValueError(f"no stage '{name}'; {near(name, STAGES)}")
    return name


StageName = Annotated[str, AfterValidator(_is_stage)]


class Roles(Settings):
    """Which stage's model does what. Defaults as published; every other choice is a departure worth writing down."""

    sft_from: StageName = "mid"
    """Whose model SFT starts from."""
    ranked: tuple[StageName, ...] = ("sft", "mid", "base")
    """Whose responses people rank; those that `stages` leaves out are passed over."""
    reward_from: StageName = "sft"
    """Whose model the helpful reward model starts from."""
    rlhf_from: StageName = "sft"
    """Whose model the helpful PPO starts from."""
    rlhf_reference: StageName = "sft"
    """The frozen policy of the helpful PPO's KL penalty: sft, or base."""
    responder: StageName = "helpful_rlhf"
    """Who answers the red-team prompts that are then revised."""
    critic: StageName = "helpful_rlhf"
    """Who writes critiques."""
    reviser: StageName = "helpful_rlhf"
    """Who rewrites answers."""
    helpful_sampler: StageName = "helpful_rlhf"
    """Whose answers to helpful prompts SL-CAI keeps training on."""
    sl_cai_from: StageName = "mid"
    """Whose model SL-CAI starts from: the pretrained one."""
    feedback_responder: StageName = "sl_cai"
    """Whose pairs of responses are judged."""
    feedback_rival: StageName = "mid"
    """Whose response stands against it in `ai_feedback.rival_share` of the pairs."""
    judge: StageName = "helpful_rlhf"
    """Who judges them under the constitution."""
    preference_from: StageName = "sl_cai"
    """Whose model the preference model starts from."""
    preference_ranked: tuple[StageName, ...] = ("sl_cai", "sft", "mid")
    """Whose responses people rank for the preference model; those that `stages` leaves out are passed over."""
    rl_cai_from: StageName = "sl_cai"
    """Whose model the last PPO starts from; it is also the frozen reference of its KL penalty."""


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
    """Feedback documents mixed in, so that critiques, revisions and comparisons are not forgotten."""


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
    max_new_tokens: int = Field(48, gt=0)
    """Tokens of a response."""

    @model_validator(mode="after")
    def _least_is_not_above_most(self) -> Self:
        if self.min_responses > self.max_responses:
            raise ValueError(f"min_responses={self.min_responses} is above max_responses={self.max_responses}")
        return self


class HelpfulRewardSection(RankedSection):
    """The reward model of helpfulness."""


class HelpfulRlhfSection(PPOConfig):
    """PPO on the helpful reward model."""

    prompts: int = Field(2_000, gt=0)
    """Helpful prompts."""
    ptx_demonstrations: int = Field(0, ge=0)
    """Demonstrations imitated meanwhile, where `ptx_coef` is not 0."""


class RevisionsSection(Settings):
    """Red-team answers, criticised and revised by the model itself."""

    prompts: int = Field(1_000, gt=0)
    """Red-team prompts."""
    rounds: int = Field(4, gt=0)
    """Critiques and revisions of one answer, each under a newly drawn principle."""
    temperature: float = Field(1.0, gt=0)
    """Sampling temperature of revisions; of first answers and critiques it is 1. Published: 1."""
    max_new_tokens: int = Field(64, gt=0)
    """Tokens of an answer, a critique or a revision."""


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
    """Feedback documents mixed in."""


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
    """The gate of reward models: no policy trains on one with a lower accuracy on held-out pairs."""
    judge: ReadingThresholds = ReadingThresholds()
    """The gate of the judge."""
    critic_accuracy: float = Field(0.70, ge=0, le=1)
    """The gate of the critic: share of planted answers revised, and share of the others left alone."""
    compared_prompts: int = Field(300, gt=0)
    """Held-out prompts whose responses by all policies are ranked for Elo."""


class Recipe(Settings):
    """A whole run."""

    name: str = Field("quickstart", pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    """Names the run directory: runs/NAME."""
    seed: int = Field(1, ge=0)
    """Decides every random choice."""
    device: Literal["cpu", "cuda", "auto"] = "cpu"
    """Where models compute; `auto` takes a GPU where there is one."""
    threads: int = Field(2, gt=0)
    """Threads that compute; part of the result's last bits, so it is recorded."""
    source: Mapping[Literal["agora", "data"], Mapping[str, Any]] = {"agora": {}}
    """Where texts, prompts and people come from: the embedded world, or a user's files. One of the two."""
    constitution: str = "agora"
    """A YAML file: relative to the recipe, or to the working directory, or the name of a shipped one.

    A folder with the supplement of Bai et al. 2022 is read as well; `$SOLON_DATA/...` begins in that folder.
    """
    few_shots: bool = True
    """Show the constitution's examples to critics and judges; without them a small context suffices."""
    stages: tuple[StageName, ...] = STAGES
    """Which steps to run."""
    gates: Literal["enforce", "record"] = "enforce"
    """A failed gate stops the run, or is recorded and marks all that follows UNPROVEN."""
    long_rows: Literal["error", "leave_out"] = "error"
    """What to do about rows that a model's context cannot hold: stop, or leave them out and list them."""
    keep_checkpoints: int = Field(0, ge=0)
    """Training checkpoints kept beside a finished model."""
    trackers: tuple[Literal["tensorboard", "wandb"], ...] = ()
    """Where training figures also go; each needs its extra: pip install 'solon[tensorboard]'."""
    model: ModelSettings = ModelSettings()
    roles: Roles = Roles()
    base: BaseSection = BaseSection()
    mid: MidSection = MidSection()
    sft: SftSection = SftSection()
    helpful_reward: HelpfulRewardSection = HelpfulRewardSection()
    helpful_rlhf: HelpfulRlhfSection = HelpfulRlhfSection()
    revisions: RevisionsSection = RevisionsSection()
    sl_cai: SlCaiSection = SlCaiSection()
    ai_feedback: AiFeedbackSection = AiFeedbackSection()
    preference_model: PreferenceModelSection = PreferenceModelSection()
    rl_cai: RlCaiSection = RlCaiSection()
    evaluation: EvaluationSection = EvaluationSection()

    _marks: Marks = PrivateAttr(default_factory=Marks)

    @field_validator("source")
    @classmethod
    def _one_source(cls, source: Mapping[str, Any]) -> Mapping[str, Any]:
        if len(source) != 1:
            raise ValueError(f"give exactly one of `agora` and `data`, not {len(source) or 'none'}")
        return source

    @property
    def marks(self) -> Marks:
        """Where the keys stand in the file that the recipe was read from."""
        return self._marks

    def place(self, *key: str) -> str:
        """`FILE:LINE: KEY`, for messages."""
        return self._marks.place(key)

    def made(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Those of the names that `stages` has."""
        return tuple(name for name in names if name in self.stages)

    def start_model(self) -> str | None:
        """`model.start` as a folder where there is one (beside the recipe, in `$SOLON_DATA`), else the hub name."""
        if self.model.start is None:
            return None
        folder = resolve(self.model.start, self._marks.path.parent if self._marks.path else Path.cwd())
        return str(folder) if folder.exists() or self.model.start.startswith("$") else self.model.start

    def constitution_path(self) -> Path:
        """The file of the constitution.

        Raises:
            InputError: it is in none of the places.
        """
        folders = [Path.cwd()] if self._marks.path is None else [self._marks.path.parent, Path.cwd()]
        for folder in folders:
            if (found := resolve(self.constitution, folder)).exists():
                return found
        if shipped_file := shipped("constitutions", self.constitution):
            return shipped_file
        looked = ", ".join(str(folder) for folder in [*folders, shipped_folder("constitutions")])
        raise InputError(f"{self.place('constitution')}: no file '{self.constitution}' in {looked}")

    def load_constitution(self) -> Constitution:
        """The constitution, with its examples unless `few_shots` is off.

        Raises:
            InputError: it cannot be found or used; each problem by file, line and key.
        """
        path = self.constitution_path()
        constitution = import_cai_supplement(path) if path.is_dir() else load_constitution(path)
        return constitution if self.few_shots else constitution.model_copy(update={"examples": Examples()})

    def _anywhere(self, value: Any) -> Any:
        """A value of `source.data` whose paths are the same files from any folder."""
        if isinstance(value, list | tuple):
            return [self._anywhere(one) for one in value]
        if not isinstance(value, str) or value.startswith("$"):
            return value
        return str(resolve(value, self._marks.path.parent if self._marks.path else Path.cwd()).absolute())

    def write(self, path: Path) -> None:
        """Write the resolved recipe, its constitution beside it, so that the pair can be run again elsewhere."""
        constitution, given = path.with_name("constitution.yaml"), self.constitution_path()
        if given.is_dir():
            dump_constitution(self.load_constitution(), constitution)
        elif not constitution.is_file() or not constitution.samefile(given):
            shutil.copyfile(given, constitution)
        resolved = self.model_dump(mode="json") | {"constitution": constitution.name}
        resolved["model"]["start"] = self.start_model()
        if "data" in self.source:
            resolved["source"]["data"] = {key: self._anywhere(value) for key, value in self.source["data"].items()}
        writer = YAML()
        writer.width = 120
        writer.allow_unicode = True
        partial = path.with_name(f".partial-{path.name}")
        with partial.open("w", encoding="utf-8", newline="\n") as file:
            writer.dump(resolved, file)
        partial.replace(path)


def load_recipe(path: Path | str | None = None, overrides: Sequence[str] = ()) -> Recipe:
    """Read a recipe: a file, the name of a shipped one, or the quickstart; then apply `KEY=VALUE` overrides.

    Raises:
        InputError: no such recipe, or something in it that cannot be used, by file, line and key.
    """
    file = find_recipe(path or "quickstart")
    marked = read_yaml(file)
    values = marked.data
    keys = override(values, overrides)
    marks = Marks(marked, keys)
    recipe = validate(values, Recipe, marks)
    recipe._marks = marks
    return recipe


def find_recipe(path: Path | str) -> Path:
    """The file of a recipe given by path or by the name of a shipped one.

    Raises:
        InputError: there is neither.
    """
    if Path(path).is_file():
        return Path(path)
    if found := shipped("recipes", str(path)):
        return found
    names = sorted(file.stem for file in shipped_folder("recipes").glob("*.yaml"))
    raise InputError(f"{path}: no such recipe file; shipped ones: {', '.join(names)}")
