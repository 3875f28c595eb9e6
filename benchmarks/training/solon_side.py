"""Solon's side of the comparison, for `benchmarks.training`: its own stages on its own loop, and nothing else.

    python -m benchmarks.training.solon_side FOLDER METHOD MODE --steps 5 --warm 2

METHOD and MODE: sft, reward and dpo (default), grpo, rloo and ppo (natural, equal; ppo also lora). The protocol is that
of `pace.py`.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from benchmarks.training.pace import Pace
from torch import Tensor

from solon.interfaces import PromptResponse
from solon.models.language_model import LanguageModel
from solon.models.scalar_model import ScalarModel
from solon.models.template import Tokens
from solon.records import Message, Prompt
from solon.training.elements import Element
from solon.training.loop import TrainingStage, train

COMPARED_ROWS = 16
_MANY_STEPS = 1000


class Timed(NamedTuple):
    """A stage, and what is counted of a step from its metrics."""

    stage: TrainingStage
    counts: Callable[[int, Mapping[str, float]], dict[str, float]]


def main() -> None:
    """Train until nobody asks for more."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("method", choices=["sft", "reward", "dpo", "grpo", "rloo", "ppo"])
    parser.add_argument("mode")
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--warm", type=int, default=2)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--completions", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=4)
    given = parser.parse_args()
    torch.set_num_threads(2)
    makers = {"sft": _sft, "reward": _reward, "dpo": _dpo, "grpo": _groups, "rloo": _groups, "ppo": _ppo}
    with tempfile.TemporaryDirectory() as out:
        pace, timed = makers[given.method](given, Path(out))
        train(
            timed.stage, folder=Path(out), checkpoint_every=10**9,
            log=lambda index, figures: pace.step_done(**timed.counts(index, figures)),
        )  # fmt: skip


def _sft(given: argparse.Namespace, out: Path) -> tuple[Pace, Timed]:
    """Rows of similar length together, as `solon train sft` has them by default."""
    from solon.training.optimiser import OptimiserConfig
    from solon.training.supervised import SupervisedStage, row_order

    policy = LanguageModel.load(given.folder / "model")
    pace = Pace(given.steps, given.warm)
    rows = [
        Tokens(row["ids"], [0.0] * (len(row["ids"]) - row["own"]) + [1.0] * row["own"])
        for row in json.loads((given.folder / "rows.json").read_text())
    ]
    config = OptimiserConfig(peak_lr=1e-5, num_steps=_MANY_STEPS)
    few = rows[:COMPARED_ROWS]
    first = SupervisedStage(LanguageModel.load(given.folder / "model"), few, row_order(few, 10**6, 0), config)
    pace.ready(loss=first.step(0)["loss"])
    order = row_order(rows, given.batch * 128, 0)
    return pace, Timed(SupervisedStage(policy, rows, order, config), lambda _, figures: {"tokens": figures["tokens"]})


def _reward(given: argparse.Namespace, out: Path) -> tuple[Pace, Timed]:
    from solon.reward.config import RewardConfig
    from solon.reward.train import RewardStage

    model = ScalarModel.load(given.folder / "reward")
    pace = Pace(given.steps, given.warm)
    elements = _elements(given.folder)
    config = RewardConfig(
        prompts_per_step=given.batch, epochs=_epochs(elements, given.batch), peak_lr=1e-5, max_batch_tokens=8192
    )
    once = config.model_copy(update={"epochs": 1.0})
    first = RewardStage(ScalarModel.load(given.folder / "reward"), [], elements[:COMPARED_ROWS], once, seed=0)
    pace.ready(loss=first.step(0)["loss"])

    class Counted(RewardStage):
        def _scores(self, elements: Sequence[Element]) -> list[Tensor]:
            pace.count(tokens=_num_tokens(elements))
            return super()._scores(elements)

    return pace, Timed(Counted(model, [], elements, config, seed=0), lambda *_: {})


def _dpo(given: argparse.Namespace, out: Path) -> tuple[Pace, Timed]:
    """The reference reads the rows of a turn before its first step, so that its time is in every turn."""
    from solon.policy.preference_config import DirectPreferenceConfig
    from solon.policy.preference_losses import Read
    from solon.policy.preference_stage import Judgement, PreferenceStage
    from solon.policy.summed_logprobs import all_summed_logprobs

    policy, reference = (LanguageModel.load(given.folder / "model") for _ in range(2))
    pace = Pace(given.steps, given.warm)
    elements = _elements(given.folder)

    def judged(some: Sequence[Element]) -> list[Judgement]:
        rows = [row for one in some for row in one.rows]
        logprobs_B = all_summed_logprobs(reference, rows, 8192)
        return [Judgement(one, logprobs_B[2 * i : 2 * i + 2]) for i, one in enumerate(some)]

    config = DirectPreferenceConfig(
        prompts_per_step=given.batch, epochs=1.0, peak_lr=1e-5, max_batch_tokens=8192, beta=0.1
    )
    first = PreferenceStage(
        LanguageModel.load(given.folder / "model"), judged(elements[:COMPARED_ROWS]), config, seed=0
    )
    pace.ready(loss=first.step(0)["loss"])

    class Counted(PreferenceStage):
        def _read(self, judgements: Sequence[Judgement]) -> Iterator[tuple[Judgement, Read]]:
            pace.count(tokens=_num_tokens([one.element for one in judgements]))
            return super()._read(judgements)

    class WithReference:
        """Turns of the stage, each on rows that the reference reads first."""

        num_steps = _MANY_STEPS

        def step(self, index: int) -> Mapping[str, float]:
            turn, place = divmod(index - given.warm, given.steps) if index >= given.warm else (-1, index)
            if place == 0:
                size = given.batch * (given.steps if turn >= 0 else given.warm)
                begin = (turn + 1) * size % (len(elements) - size)
                self.stage = Counted(policy, judged(elements[begin : begin + size]), config, seed=0)
            return self.stage.step(place)

        def state_dict(self) -> dict[str, object]:
            return {}

        def load_state_dict(self, state: Mapping[str, object]) -> None:
            raise AssertionError("a benchmark is never resumed")

    return pace, Timed(WithReference(), lambda *_: {})


def _groups(given: argparse.Namespace, out: Path) -> tuple[Pace, Timed]:
    from solon.policy.groups import GroupMethod, GroupStage
    from solon.policy.grpo import grpo_method
    from solon.policy.rl_config import GRPOConfig, RLOOConfig, RolloutConfig
    from solon.policy.rloo import rloo_method

    policy, reference = (_policy(given) for _ in range(2))
    pace = Pace(given.steps, given.warm)
    sizes = {
        "num_steps": _MANY_STEPS, "prompts_per_step": given.completions // 8, "samples_per_prompt": 8,
        "minibatch_responses": given.completions, "max_new_tokens": 64, "peak_lr": 1e-6, "kl_coef": 0.05,
        "max_batch_tokens": 8192,
    }  # fmt: skip
    config: RolloutConfig
    method: GroupMethod
    if given.method == "grpo":
        config = GRPOConfig.model_validate(sizes)
        method = grpo_method(config)
    else:
        config = RLOOConfig.model_validate(sizes)
        method = rloo_method(config)
    stage = GroupStage(
        policy, reference, {"modulo": (_modulo, 1.0)}, _prompts(given.folder), config, method,
        rollouts_file=out / "rollouts.jsonl", seed=0,
    )  # fmt: skip
    pace.ready(loss=None)
    return pace, Timed(stage, _of_rollout(given.completions))


def _ppo(given: argparse.Namespace, out: Path) -> tuple[Pace, Timed]:
    """Four full models, as TRL's; in `lora` adapters on two, the policy's and the reward model's."""
    from solon.models.lora_settings import LoraSettings
    from solon.models.trainable import make_trainable
    from solon.policy.ppo import PPOStage
    from solon.policy.rl_config import PPOConfig
    from solon.policy.value_model import initial_value_model
    from solon.reward.score import RewardModelScorer

    lora = LoraSettings(rank=16) if given.mode == "lora" else None
    policy, reward_model = _policy(given), ScalarModel.load(given.folder / "reward")
    reference = _policy(given) if lora is None else policy.twin()
    value_model = initial_value_model(policy, reward_model, share=lora is not None)
    pace = Pace(given.steps, given.warm)
    config = PPOConfig(
        num_steps=_MANY_STEPS, prompts_per_step=64, minibatch_responses=64, epochs=given.epochs, max_new_tokens=64,
        peak_lr=1e-6, value_lr=1e-6, kl_coef=0.05, max_batch_tokens=2048, lora=lora,
        value_warmup_steps=0,
    )  # fmt: skip
    for one in (policy, value_model):
        make_trainable(one, lora, seed=0, recompute=False)
    scorer = RewardModelScorer(reward_model, max_batch_tokens=2048)
    stage = PPOStage(
        policy, reference, value_model, {"reward": (scorer, 1.0)}, _prompts(given.folder), config,
        rollouts_file=out / "rollouts.jsonl", seed=0,
    )  # fmt: skip
    pace.ready(loss=None)
    return pace, Timed(stage, _of_rollout(64))


def _of_rollout(completions: int) -> Callable[[int, Mapping[str, float]], dict[str, float]]:
    return lambda _, figures: {"completions": completions, "tokens": figures["response_tokens"] * completions}


def _policy(given: argparse.Namespace) -> LanguageModel:
    return LanguageModel.load(given.folder / ("endless" if given.mode in ("equal", "lora") else "model"))


def _prompts(folder: Path) -> list[Prompt]:
    texts: list[str] = json.loads((folder / "prompts.json").read_text())
    return [Prompt(id=str(i), messages=(Message(role="user", content=text),)) for i, text in enumerate(texts)]


def _modulo(pairs: Sequence[PromptResponse]) -> list[float]:
    """A cheap reward that is not the same for all."""
    return [float(len(pair.response) % 7) for pair in pairs]


def _elements(folder: Path) -> list[Element]:
    """Pairs in which the first response is better."""
    return [
        Element([_tokens(one["prompt"], one[name]) for name in ("chosen", "rejected")], None, 1.0, str(i))
        for i, one in enumerate(json.loads((folder / "pairs.json").read_text()))
    ]


def _num_tokens(elements: Sequence[Element]) -> int:
    return sum(len(row.ids) for one in elements for row in one.rows)


def _tokens(prompt: list[int], response: list[int]) -> Tokens:
    return Tokens(prompt + response, [0.0] * len(prompt) + [1.0] * len(response))


def _epochs(elements: Sequence[Element], batch: int) -> float:
    return _MANY_STEPS * batch / len(elements)


if __name__ == "__main__":
    main()
