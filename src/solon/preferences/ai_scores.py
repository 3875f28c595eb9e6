"""A judge's score of single responses under principles, as a label or as a reward (direct RLAIF).

Source: Lee et al. 2023, arXiv:2309.00267, section 2.2.2: the expected score over the probabilities of the numbers,
mapped to [-1, 1]. Ours: the scale ends at 9, since `1` begins `10` and the two could not be told apart; and a principle
says what is scored.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from solon.constitution import Constitution, Principle, PrincipleCount
from solon.constitution.wording import fill
from solon.data.transcripts import images_of, transcript
from solon.errors import EngineError
from solon.interfaces import OptionLogprobs, OptionRequest, PromptResponse, Scorer
from solon.preferences.prompts import SCORE_PREFILL, SCORE_PROMPT
from solon.progress import Progress, Silent
from solon.records import PrincipleUsed, Prompt, Record, user

LOWEST, HIGHEST = 1, 9
OPTIONS = tuple(f" {number}" for number in range(LOWEST, HIGHEST + 1))
SHARD_RESPONSES = 512


class JudgedScore(Record):
    """What a judge gives one response."""

    prompt: Prompt
    response: str
    score: float | None
    """sum_i i P(i), from 1 to 9; None where it is unscored."""
    reason: str = ""
    """Why it is unscored, or how probabilities were found that the engine cannot compute."""
    principles: tuple[PrincipleUsed, ...]
    source: str
    """Who judged."""

    @property
    def reward(self) -> float | None:
        """The score mapped to [-1, 1]."""
        if self.score is None:
            return None
        return 2 * (self.score - LOWEST) / (HIGHEST - LOWEST) - 1


def score_with_ai_feedback(
    pairs: Sequence[PromptResponse],
    constitution: Constitution,
    engine: Scorer,
    *,
    seed: int,
    principles: PrincipleCount = 1,
    name: str = "judge",
    progress: Progress | None = None,
) -> Iterator[JudgedScore]:
    """One score per response, in order.

        score = sum_i i P(i),  P(i) = p(" i") / sum_j p(" j"),  i, j = 1 .. 9

    All responses of a prompt are scored under the same principles, which depend on (seed, prompt id) alone.

    Args:
        principles: shown at once.
    """
    progress = progress or Silent()
    progress.start("scores of AI feedback", len(pairs))
    for start in range(0, len(pairs), SHARD_RESPONSES):
        shard = pairs[start : start + SHARD_RESPONSES]
        drawn = [constitution.draw_several(principles, seed, pair.prompt.id, use="any") for pair in shard]
        requests = [_request(pair, of) for pair, of in zip(shard, drawn, strict=True)]
        for pair, of, answer in zip(shard, drawn, engine.option_logprobs(requests), strict=True):
            score, reason = _expected(answer)
            used = tuple(PrincipleUsed(id=one.id, hash=one.hash) for one in of)
            yield JudgedScore(
                prompt=pair.prompt, response=pair.response, score=score, reason=reason, principles=used, source=name
            )
        progress.advance(start + len(shard), {})


class JudgeReward:
    """A judge as a reward: `solon.run(rewards={"judge": JudgeReward(engine, constitution, seed=1)})`.

    Called with a batch it gives each response's score mapped to [-1, 1].

    Args:
        principles: shown at once.
        reads: response -> what of it the judge reads, all unless given. `solon.data.thinking.without_thinking` hides
            reasoning, so that it is not trained to please (Guan et al. 2024, arXiv:2412.16339, section 3.3).
        unscored_reward: of a response that is left unscored, which `note` is told of; without it that is an error.

    Raises:
        EngineError: a response is left unscored: a reward of 0 would be a verdict that nobody gave.
    """

    def __init__(
        self,
        engine: Scorer,
        constitution: Constitution,
        *,
        seed: int,
        principles: PrincipleCount = 1,
        reads: Callable[[str], str] | None = None,
        unscored_reward: float | None = None,
        note: Callable[[JudgedScore], None] | None = None,
    ) -> None:
        self._engine, self._constitution, self._seed, self._principles = engine, constitution, seed, principles
        self._reads, self._unscored_reward, self._note = reads, unscored_reward, note

    def __call__(self, pairs: Sequence[PromptResponse]) -> list[float]:
        """One number per pair, from -1 to 1."""
        if self._reads is not None:
            pairs = [pair._replace(response=self._reads(pair.response)) for pair in pairs]
        scores = score_with_ai_feedback(
            pairs, self._constitution, self._engine, seed=self._seed, principles=self._principles
        )
        rewards = []
        for one in scores:
            rewards.append(self._of_unscored(one) if one.reward is None else one.reward)
        return rewards

    def _of_unscored(self, one: JudgedScore) -> float:
        if self._unscored_reward is None:
            raise EngineError(f"the judge gave no score to an answer to {one.prompt.named}: {one.reason}")
        if self._note is not None:
            self._note(one)
        return self._unscored_reward


def _request(pair: PromptResponse, principles: Sequence[Principle]) -> OptionRequest:
    values = {
        "conversation": transcript(pair.prompt.shown),
        "response": pair.response,
        "principles": "\n".join(f"- {one.text}" for one in principles),
    }
    name = f"the score of an answer to {pair.prompt.named}"
    return OptionRequest(
        (user(fill(SCORE_PROMPT, values), images_of(pair.prompt.shown)),), OPTIONS, SCORE_PREFILL, name=name
    )


def _expected(answer: OptionLogprobs) -> tuple[float | None, str]:
    if answer.failure:
        return None, answer.failure
    if not all(map(math.isfinite, answer.values)):
        return None, answer.how or f"log-probabilities {answer.values} of the numbers"
    most = max(answer.values)
    weights = [math.exp(value - most) for value in answer.values]
    score = math.fsum(number * weight for number, weight in enumerate(weights, LOWEST)) / math.fsum(weights)
    return score, answer.how
