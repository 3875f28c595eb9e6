"""What a policy is trained to please, for `solon train ppo`, `grpo` and `rloo`: reward models, a judge, or both."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import typer

from solon.addresses import is_server
from solon.commands.shared import A_CONSTITUTION, open_constitution, open_engine, open_scorer, principle_count
from solon.errors import InputError

if TYPE_CHECKING:
    from solon.interfaces import Reward
    from solon.models.language_model import LanguageModel
    from solon.reward.score import RewardModelScorer

Scorers = Annotated[
    list[str] | None, typer.Option("--reward", help="the reward model: hf:PATH or run:RUN@STAGE; may be repeated")
]
Combined = Annotated[
    Literal["mean", "worst", "uncertain"] | None,
    typer.Option(
        "--combine", help="several rewards as one: mean unless given; uncertain: mean - coefficient x variance"
    ),
]
UncertaintyCoef = Annotated[
    float | None, typer.Option("--uncertainty-coef", min=0, help="the coefficient of uncertain; 0.1 unless given")
]
Judge = Annotated[
    str | None,
    typer.Option("--judge", help="beside --reward or instead of it: an engine that scores answers by --constitution"),
]
JudgeConstitution = Annotated[
    str | None, typer.Option("--constitution", help=f"what the judge reads: {A_CONSTITUTION}")
]
JudgePrinciples = Annotated[
    str | None, typer.Option("--principles", help="shown to the judge at once: all unless given, or a number")
]
JudgeCoef = Annotated[
    float | None, typer.Option("--judge-coef", min=0, help="weighs the judge's score, from -1 to 1; 1 unless given")
]
UnscoredReward = Annotated[
    float | None,
    typer.Option(
        "--unscored-reward",
        help="what an answer gets that the judge gives no score; without it the training stops there",
    ),
]
UNSCORED = "unscored.jsonl"


class Rewards(NamedTuple):
    """What a command was given."""

    models: Sequence[str]
    combine: Literal["mean", "worst", "uncertain"] | None
    uncertainty_coef: float | None
    judge: str | None
    constitution: str | None
    principles: str | None
    judge_coef: float | None
    unscored_reward: float | None
    engine_settings: Sequence[str] | None

    @property
    def addresses(self) -> dict[str, str]:
        """Part -> address of every model of this machine that is read."""
        models = {f"reward {i}" if i > 1 else "reward": one for i, one in enumerate(self.models, start=1)}
        return models | ({"judge": self.judge} if self.judge and not is_server(self.judge) else {})

    @property
    def weight(self) -> float:
        """Of the judge's score."""
        return 1.0 if self.judge_coef is None else self.judge_coef

    def settings(self) -> dict[str, object]:
        """What decides the training beside the models; nothing where there is one reward model alone.

        Raises:
            InputError: neither a reward model nor a judge is given, or options that would have no effect.
        """
        return self._of_models() | self._of_judge()

    def opened(
        self, policy: LanguageModel, out: Path, seed: int
    ) -> tuple[list[RewardModelScorer], dict[str, tuple[Reward, float]]]:
        """The reward models, and name -> (reward, weight) of all that is trained on; calls of the judge are `out`'s."""
        scorers = [open_scorer(one) for one in self.models]
        rewards: dict[str, tuple[Reward, float]] = {"reward": (self._as_one(scorers), 1.0)} if scorers else {}
        if self.judge:
            rewards["judge"] = (self._judging(policy, out, seed), self.weight)
        return scorers, rewards

    def _of_models(self) -> dict[str, object]:
        if self.uncertainty_coef is not None and self.combine != "uncertain":
            raise InputError("--uncertainty-coef is of --combine uncertain; give both, or neither")
        if len(self.models) > 1:
            return {"combine": self.combine or "mean", "uncertainty_coef": self.uncertainty_coef}
        if self.combine:
            raise InputError(f"--combine {self.combine} needs several rewards; repeat --reward, or leave it out")
        return {}

    def _of_judge(self) -> dict[str, object]:
        if self.judge is None or self.constitution is None:
            others = (
                self.judge, self.constitution, self.principles, self.judge_coef, self.unscored_reward,
                self.engine_settings,
            )  # fmt: skip
            if any(one is not None for one in others):
                raise InputError(
                    "--judge and --constitution go together, and --principles, --judge-coef, --unscored-reward and "
                    "--engine-set are theirs"
                )
            if not self.models:
                raise InputError("nothing tells a good answer: give --reward, or --judge and --constitution")
            return {}
        read = hashlib.sha256(repr(open_constitution(self.constitution).principles).encode()).hexdigest()
        server = {"judge": self.judge} if is_server(self.judge) else {}
        principles = principle_count(self.principles or "all")
        told = {"constitution": read[:12], "principles": principles, "judge_coef": self.weight}
        return {**server, **told, "unscored_reward": self.unscored_reward}

    def counted(self, out: Path) -> dict[str, int]:
        """How many answers the judge gave no score, for the result; they are in OUT/unscored.jsonl."""
        if self.judge is None:
            return {}
        file = out / UNSCORED
        return {"unscored": len(file.read_bytes().splitlines()) if file.is_file() else 0}

    def _as_one(self, scorers: Sequence[RewardModelScorer]) -> Reward:
        from solon.reward.ensemble import Ensemble

        if len(scorers) == 1:
            return scorers[0]
        coef = {} if self.uncertainty_coef is None else {"uncertainty_coef": self.uncertainty_coef}
        return Ensemble(scorers, self.combine or "mean", **coef)

    def _judging(self, policy: LanguageModel, out: Path, seed: int) -> Reward:
        from solon.data.thinking import OPEN, without_thinking
        from solon.preferences import JudgeReward
        from solon.records import user
        from solon.store.appended import append_record

        asked = policy.template.spell(policy.template.prompt_ids((user("?"),)))
        reads = partial(without_thinking, begun=asked.rstrip().endswith(OPEN))
        return JudgeReward(
            open_engine(str(self.judge), self.engine_settings, out), open_constitution(str(self.constitution)),
            seed=seed, principles=principle_count(self.principles or "all"), reads=reads,
            unscored_reward=self.unscored_reward, note=partial(append_record, out / UNSCORED),
        )  # fmt: skip
