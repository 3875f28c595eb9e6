"""One step of each kind of training, run without data: what it allocates and computes.

The trainers' own code runs, at the size of the recipe's largest batch. Rows of a batch are taken to be equally long;
its tokens, and those of them that are trained, are what counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch.optim.optimizer import register_optimizer_step_pre_hook

from solon.forecast.shapes import Lora, Shape, bytes_saved_by, tensors_of
from solon.forecast.tracking import Tracker, Work
from solon.models.language_model import LanguageModel
from solon.models.scalar_model import ScalarModel
from solon.models.template import Tokens
from solon.policy.preference_config import DirectPreferenceConfig
from solon.policy.preference_stage import Judgement, PreferenceStage
from solon.reward.config import RewardConfig
from solon.reward.train import RewardStage
from solon.training.batches import BatchOrder
from solon.training.elements import Element
from solon.training.optimiser import OptimiserConfig
from solon.training.supervised import SupervisedStage

PASSES = 2
"""Forward passes that are run of a step that has more: gradients are there from the second on."""


class Rows(NamedTuple):
    """Rows of a batch."""

    number: int
    tokens: int
    """Of each."""
    trained: int
    """Of each: those that have a loss."""

    def as_tokens(self) -> list[Tokens]:
        """Such rows."""
        weights = [0.0] * (self.tokens - self.trained) + [1.0] * self.trained
        return [Tokens(unlike(number, self.tokens), weights) for number in range(self.number)]


def unlike(number: int, tokens: int) -> list[int]:
    """The ids of a row that begins like no other of the first ten thousand: what is alike is computed once."""
    return [number // 100 % 100, number % 100, *[0] * (tokens - 2)][:tokens]


class Step(NamedTuple):
    """What one step takes, and what stays when it is over."""

    work: Work
    kept_bytes: int
    """Weights, moments and keys and values that outlive the step."""
    times: float = 1.0
    """How often the work of a whole step holds this: of many forward passes of one size two are run."""
    num_passes: float = 1.0
    """Forward passes whose gradients the whole step adds."""

    @property
    def peak_bytes(self) -> int:
        """The most that lived at a time."""
        return self.work.peak_bytes


def supervised_step(shape: Shape, rows: Rows, *, method: str, lora: Lora | None, frozen_words: bool = False) -> Step:
    """An optimiser step of imitation."""
    policy = shape.policy(lora)
    tokens = rows.as_tokens()
    order = BatchOrder([rows.tokens] * rows.number, rows.number * rows.tokens, 0)
    config = OptimiserConfig(
        method="muon" if method == "muon" else "adamw", peak_lr=1e-4, num_steps=2,
        embedding_lr_scale=0.0 if frozen_words else 1.0,
    )  # fmt: skip

    def begin() -> Callable[[int], object]:
        return SupervisedStage(policy, tokens, order, config).step

    return _measured(begin, [policy], lora)


class Elements(NamedTuple):
    """Rankings that share a forward pass."""

    number: int
    responses: int
    """Of each."""
    tokens: int
    """Of each response with its prompt."""
    shared: int
    """Of them the prompt's, which are computed once where nothing is padded."""


def reward_step(
    shape: Shape, elements: Elements, config: RewardConfig, *, num_passes: float, lora: Lora | None
) -> Step:
    """An optimiser step of a reward model that takes so many forward passes."""
    model = shape.scalar_model(lora)
    run = min(PASSES, max(1, round(num_passes)))
    short = config.model_copy(update=_so_many(elements, run))
    rankings = _rankings(elements, 2 * run * elements.number, weight=0.0)

    def begin() -> Callable[[int], object]:
        return RewardStage(model, rankings, [], short, seed=0).step

    return _measured(begin, [model], lora)._replace(times=num_passes / run, num_passes=num_passes)


def preference_step(
    shape: Shape, elements: Elements, config: DirectPreferenceConfig, *, num_passes: float, lora: Lora | None
) -> Step:
    """An optimiser step of DPO or a relative, whose reference was read before it."""
    policy = shape.policy(lora)
    run = min(PASSES, max(1, round(num_passes)))
    short = config.model_copy(update=_so_many(elements, run))
    read = torch.zeros(elements.responses) if config.has_reference else None
    judgements = [Judgement(one, read) for one in _rankings(elements, 2 * run * elements.number, weight=1.0)]

    def begin() -> Callable[[int], object]:
        return PreferenceStage(policy, judgements, short, seed=0).step

    return _measured(begin, [policy], lora)._replace(times=num_passes / run, num_passes=num_passes)


def _so_many(elements: Elements, passes: int) -> dict[str, float]:
    """The settings of a training whose steps have so many forward passes of these elements."""
    batch_tokens = elements.number * elements.responses * elements.tokens
    return {"epochs": 1.0, "prompts_per_step": passes * elements.number, "max_batch_tokens": batch_tokens}


def _rankings(elements: Elements, count: int, *, weight: float) -> list[Element]:
    """Rankings as long as these; their responses weigh so much."""
    own = elements.tokens - elements.shared
    weights = [0.0] * elements.shared + [weight] * own
    return [
        Element(
            [
                Tokens(unlike(ranking, elements.shared) + unlike(ranking * elements.responses + number, own), weights)
                for number in range(elements.responses)
            ],
            tuple(range(elements.responses)), 0.5, "ranking",
        )
        for ranking in range(count)
    ]  # fmt: skip


def _measured(
    begin: Callable[[], Callable[[int], object]], models: Sequence[LanguageModel | ScalarModel], lora: Lora | None
) -> Step:
    """A step of a stage."""
    tracker = tracker_of(models)
    with tracker:
        run = begin()
        found = update_of(tracker, lambda: run(0))
    return less(found, sum(bytes_saved_by(lora, model) for model in models))


def update_of(tracker: Tracker, run: Callable[[], object]) -> Step:
    """An optimiser step as it is from the second on: what the first leaves (moments) is there from its beginning."""
    before, peaks = tracker.live_bytes, [0]
    hook = register_optimizer_step_pre_hook(lambda *_: peaks.append(tracker.peak_bytes))
    try:
        found = step_of(tracker, run)
    finally:
        hook.remove()
    made = found.kept_bytes - before
    return found._replace(work=found.work._replace(peak_bytes=max(found.peak_bytes, peaks[1] + made)))


def tracker_of(models: Sequence[LanguageModel | ScalarModel]) -> Tracker:
    """A tracker that knows the models' weights."""
    tracker = Tracker()
    for tensor in tensors_of(*models):
        tracker.keep(tensor)
    return tracker


def step_of(tracker: Tracker, run: Callable[[], object]) -> Step:
    """What was done since the last one, and in `run`."""
    run()
    found = Step(tracker.work, tracker.live_bytes)
    tracker.clear()
    return found


def less(step: Step, saved: int) -> Step:
    """The step with so many bytes fewer."""
    work = step.work._replace(peak_bytes=step.work.peak_bytes - saved)
    return Step(work, step.kept_bytes - saved)
