"""What an experiment works with: the chain of one seed, the world, and training and asking in one call each."""

from __future__ import annotations

import copy
import fcntl
import hashlib
import inspect
import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from solon.agora.source import ALL_KINDS, Agora
from solon.engines.local import LocalEngine
from solon.interfaces import PromptResponse, Reward
from solon.launch import launch
from solon.models.language_model import LanguageModel
from solon.models.scalar_model import ScalarModel
from solon.pipeline import open_source
from solon.policy.config import SFTConfig
from solon.policy.ppo import train_ppo
from solon.policy.rl_config import PPOConfig
from solon.policy.rows import render_rows
from solon.policy.sft import train_sft
from solon.policy.value_model import initial_value_model
from solon.progress import Progress, Silent
from solon.recipe import Recipe, load_recipe
from solon.records import Check, Demonstration, Document, Preference, Prompt, Ranking, Response, assistant
from solon.responses import sample_responses
from solon.reward.config import RewardConfig
from solon.reward.score import RewardModelScorer
from solon.reward.train import train_reward_model
from solon.seeds import derive, generator
from solon.stages.opening import best_responses
from solon.store.run_folder import RunFolder

CHAIN = ("threads=1", "gates=record")
"""What every chain of an experiment has: a thread, for several run at once, and no stop at a failed gate."""
LAB_VERSION = 3
"""Raised when what is here gives other results, so that those of earlier code are not taken for its own."""
MAX_NEW_TOKENS = 40


class Checked(NamedTuple):
    """A sampled answer and the truth about it."""

    prompt: Prompt
    text: str
    check: Check


class Reinforced(NamedTuple):
    """A policy after PPO, and the figures of each step."""

    policy: LanguageModel
    steps: list[Mapping[str, float]]
    folder: Path


@dataclass
class Lab:
    """One seed's workbench. Everything is a function of the seed, the chain's settings and what it is asked."""

    seed: int
    shared: Path
    """Chains and models that several experiments use."""
    folder: Path
    """This experiment's own; removed when it is done."""
    overrides: tuple[str, ...] = ()
    """`KEY=VALUE` for the recipe of every chain."""
    progress: Progress = field(default_factory=Silent)

    @cached_property
    def recipe(self) -> Recipe:
        """The quickstart's, with this seed."""
        return load_recipe("quickstart", self._assignments())

    @cached_property
    def world(self) -> Agora:
        """The town that the chain lives in."""
        source = open_source(self.recipe)
        assert isinstance(source, Agora)  # the quickstart's source
        return source

    def derive(self, *names: str | int) -> int:
        """A seed for one named use."""
        return derive(self.seed, "findings", *names)

    def chain(self, until: str, *overrides: str) -> RunFolder:
        """The chain of this seed as far as a stage; with overrides, a variant, which shares what it can.

        What is there is taken as it is: a file that an override names must not change under its name.
        """
        name = "chain" if not overrides else f"variant-{hashlib.sha256(repr(overrides).encode()).hexdigest()[:12]}"
        made = RunFolder(self.shared / name)
        if until not in made.metrics().stages:
            with _alone(self.shared / f"{name}.lock"):
                if until not in made.metrics().stages:
                    recipe = load_recipe("quickstart", [*self._assignments(), *overrides])
                    launch(recipe, to=made.path, until=until, progress=self.progress)
        return made

    def policy(self, stage: str) -> LanguageModel:
        """A fresh copy of a chain stage's model, to sample from or to train."""
        return LanguageModel.load(str(self.chain(stage).model(stage)))

    def reward(self, stage: str) -> RewardModelScorer:
        """The chain's reward or preference model."""
        return RewardModelScorer.load(self.chain(stage).model(stage))

    def imitate(
        self, name: str, policy: LanguageModel, examples: Sequence[Demonstration | Document], **settings: Any
    ) -> LanguageModel:
        """SFT in place, with the chain's settings but for those given."""
        config = SFTConfig.model_validate(self.section("sft", SFTConfig) | settings)
        train_sft(policy, examples, config, folder=self._work(name), seed=self.derive(name), progress=self.progress)
        return policy

    def reward_model(
        self, name: str, policy: LanguageModel, rankings: Sequence[Ranking] = (),
        preferences: Sequence[Preference] = (), **settings: Any,
    ) -> RewardModelScorer:  # fmt: skip
        """A reward model from the backbone of `policy`, with the chain's settings but for those given."""
        config = RewardConfig.model_validate(self.section("helpful_reward", RewardConfig) | settings)
        model = ScalarModel.from_policy(policy, self.derive(name, "head"))
        train_reward_model(
            model, rankings, preferences, config, references=best_responses(rankings, preferences)[:200],
            folder=self._work(name), seed=self.derive(name), progress=self.progress,
        )  # fmt: skip
        return RewardModelScorer(model)

    def reinforce(
        self, name: str, policy: LanguageModel, reward: Reward, prompts: Sequence[Prompt], *,
        imitated: Sequence[Demonstration | Document] = (), true_score: Reward | None = None,
        like: str = "helpful_rlhf", **settings: Any,
    ) -> Reinforced:  # fmt: skip
        """PPO in place, with the settings of a stage of the chain but for those given; the start is the reference.

        `ptx_coef` is 0 where nothing is to be imitated.
        """
        own: dict[str, Any] = {} if imitated else {"ptx_coef": 0.0}
        config = PPOConfig.model_validate(self.section(like, PPOConfig) | own | settings)
        folder = self._work(name)
        scorer = reward.model if isinstance(reward, RewardModelScorer) else None
        train_ppo(
            policy, copy.deepcopy(policy), initial_value_model(policy, scorer), {"reward": (reward, 1.0)},
            list(prompts), config, folder=folder, seed=self.derive(name), progress=self.progress,
            ptx_rows=render_rows(policy, imitated), true_score=true_score,
        )  # fmt: skip
        rows = (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
        return Reinforced(policy, [json.loads(row) for row in rows], folder)

    def imitate_best(
        self,
        name: str,
        policy: LanguageModel,
        reward: Reward,
        prompts: Sequence[Prompt],
        *,
        draws: int = 8,
        rounds: int = 1,
    ) -> LanguageModel:
        """Rejection sampling in place: SFT on the best of the policy's own `draws` answers to each prompt, in rounds.

        Cheaper and steadier than PPO, and bounded by what the policy can say already.

        Source: Touvron et al. 2023 (Llama 2), arXiv:2307.09288, section 3.2.3.
        """
        for number in range(rounds):
            answers = self.answers(policy, prompts, draws=draws, name=f"{name}-{number}")
            scores = reward([PromptResponse(one.prompt, one.text) for one in answers])
            groups = [range(start, start + draws) for start in range(0, len(answers), draws)]
            best = [answers[max(group, key=lambda i: scores[i])] for group in groups]
            rows = [self._answered(one.prompt, one.text, place) for place, one in enumerate(best)]
            self.imitate(f"{name}-{number}", policy, rows)
        return policy

    def answers(
        self, policy: LanguageModel, prompts: Sequence[Prompt], *, draws: int = 1, temperature: float = 1.0,
        name: str = "policy",
    ) -> list[Response]:  # fmt: skip
        """`draws` answers to each prompt, those of a prompt together."""
        return list(
            sample_responses(
                prompts, LocalEngine(policy), name=name, seed=self.derive("answers", name), draws=draws,
                max_new_tokens=MAX_NEW_TOKENS, temperature=temperature, progress=self.progress,
            )
        )  # fmt: skip

    def checked(
        self, policy: LanguageModel, prompts: Sequence[Prompt], *, draws: int = 1, temperature: float = 1.0
    ) -> list[Checked]:
        """As `answers`, with the truth."""
        responses = self.answers(policy, prompts, draws=draws, temperature=temperature)
        return [Checked(one.prompt, one.text, self.check(one.prompt, one.text)) for one in responses]

    def check(self, prompt: Prompt, text: str) -> Check:
        """The truth about one answer."""
        return self.world.checker().check(prompt, text)

    def prompts(self, count: int, *kinds: str, name: str = "prompts") -> list[Prompt]:
        """Different training prompts of these kinds, `count` of each; fewer where the world ends."""
        return [
            prompt
            for kind in kinds
            for prompt in self.world.writer.several(kind, "train", count, self.generator(name, kind))
        ]

    def demonstrations(self, count: int) -> list[Demonstration]:
        """Helpful answers to training prompts of all kinds, in their usual shares; `labels` are the prompt's."""
        rng = self.generator("demonstrations")
        kinds, shares = zip(*ALL_KINDS, strict=True)
        chosen = rng.choice(len(kinds), size=count, p=[share / sum(shares) for share in shares])
        prompts = [self.world.writer.write(kinds[place], "train", rng) for place in chosen]
        return [
            self._answered(prompt, self.world.feedback.right_reply(prompt, rng), n) for n, prompt in enumerate(prompts)
        ]

    def refusals(self, prompts: Sequence[Prompt]) -> list[Demonstration]:
        """An engaged refusal of each, or the admission not to know."""
        rng = self.generator("refusals")
        return [
            self._answered(prompt, self.world.feedback.safe_reply(prompt, rng), n) for n, prompt in enumerate(prompts)
        ]

    def generator(self, *names: str | int) -> np.random.Generator:
        """Randomness for one named use."""
        return generator(self.seed, "findings", *names)

    def _answered(self, prompt: Prompt, answer: str, place: int) -> Demonstration:
        name = f"{place}: {prompt.id}"
        return Demonstration(
            id=name, messages=(*prompt.messages, assistant(answer)), source="lab", labels=prompt.labels
        )

    def kept(self, name: str, make: Callable[[], LanguageModel]) -> LanguageModel:
        """A policy that several experiments of this seed use, made by the first of them.

        `name` says all that it is of but for the code of `make`, which counts as well.
        """
        module = inspect.getmodule(make)
        code = inspect.getsource(module) if module else ""
        folder = self.shared / "kept" / f"{name}-{hashlib.sha256(f'{LAB_VERSION}{code}'.encode()).hexdigest()[:8]}"
        with _alone(folder.with_name(f"{folder.name}.lock")):
            if not (folder / "config.json").is_file():
                make().save(folder)
        return LanguageModel.load(str(folder))

    def held_out(self, count: int, *kinds: str) -> list[Prompt]:
        """Evaluation prompts of these kinds, `count` of each (of the side shows a third as many)."""
        return [prompt for prompt in self.world.evaluation_prompts(count) if prompt.labels["kind"] in kinds]

    def _assignments(self) -> list[str]:
        return [f"seed={self.seed}", *CHAIN, *self.overrides]

    def section(self, name: str, config: type[Any]) -> dict[str, Any]:
        """The settings of a stage of the chain that this config has."""
        told: dict[str, Any] = getattr(self.recipe, name).model_dump()
        return {key: value for key, value in told.items() if key in config.model_fields}

    def _work(self, name: str) -> Path:
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Wait until no other process holds this lock, then hold it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
