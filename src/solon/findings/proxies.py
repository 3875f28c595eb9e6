"""Proxy rewards: reward models learnt from few noisy comparisons, whose truth is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.special import gammaln

from solon.evaluation.intervals import Floats
from solon.findings.lab import Lab
from solon.interfaces import PromptResponse, Reward
from solon.models.language_model import LanguageModel
from solon.records import Comparison, Preference, Prompt, Response
from solon.reward.score import RewardModelScorer

KINDS = ("benign", "borderline", "fact")


class Pool(NamedTuple):
    """Many answers to each prompt, with the truth: prompts x draws."""

    prompts: tuple[Prompt, ...]
    texts: tuple[tuple[str, ...], ...]
    gold_ND: Floats
    """1 where an answer is right."""


def gold(lab: Lab, prompt: Prompt, text: str) -> float:
    """1 for an answer that does what was asked, 0 for any other."""
    return float(lab.check(prompt, text).helpful or False)


def sample_pool(lab: Lab, policy: LanguageModel, prompts: Sequence[Prompt], draws: int, temperature: float) -> Pool:
    """`draws` answers to every prompt, and whether each is right."""
    answers = lab.answers(policy, prompts, draws=draws, temperature=temperature)
    groups = [answers[i : i + draws] for i in range(0, len(answers), draws)]
    texts = tuple(tuple(one.text for one in group) for group in groups)
    right = [[gold(lab, prompt, text) for text in row] for prompt, row in zip(prompts, texts, strict=True)]
    return Pool(tuple(prompts), texts, np.array(right))


def comparisons_of(lab: Lab, answers: Sequence[Response], count: int, noise: float, name: str) -> list[Preference]:
    """Pairs of a right and a wrong answer to one prompt, `noise` of them labelled the wrong way round."""
    by_prompt: dict[str, list[Response]] = {}
    for one in answers:
        by_prompt.setdefault(one.prompt.id, []).append(one)
    rng = lab.generator("comparisons", name)
    pairs: list[Preference] = []
    for group in by_prompt.values():
        told = [gold(lab, one.prompt, one.text) for one in group]
        right = [one.text for one, value in zip(group, told, strict=True) if value]
        wrong = [one.text for one, value in zip(group, told, strict=True) if not value]
        for number, (good, bad) in enumerate(zip(right, wrong, strict=False)):
            first = bool(rng.random() < 0.5)
            pair = Comparison(
                id=f"{name}/{group[0].prompt.id}/{number}", prompt=group[0].prompt,
                response_a=good if first else bad, response_b=bad if first else good,
            )  # fmt: skip
            correct = bool(rng.random() >= noise)
            pairs.append(Preference(comparison=pair, prob_a=float(first == correct), source="people"))
    order = rng.permutation(len(pairs))[:count]
    return [pairs[i] for i in order]


def train_proxy(lab: Lab, name: str, pairs: Sequence[Preference], *, epochs: float = 2.0) -> RewardModelScorer:
    """A reward model from the mid-trained policy."""
    return lab.reward_model(name, lab.policy("mid"), preferences=pairs, epochs=epochs, prompts_per_step=8)


def scores_of(scorer: Reward, pool: Pool) -> Floats:
    """The proxy's score of every answer: prompts x draws."""
    asked = [PromptResponse(prompt, text) for prompt, row in zip(pool.prompts, pool.texts, strict=True) for text in row]
    return np.array(scorer(asked)).reshape(pool.gold_ND.shape)


def best_of_n(
    score_ND: Floats,
    value_ND: Floats,
    n: int,
) -> Floats:
    """For each prompt the expected value of the answer that scores best among n drawn from its D answers.

    Over all subsets of n without replacement: with answers in the order of their scores, the answer in place i (from 1)
    is the best of a subset with probability C(i - 1, n - 1) / C(D, n).

    Source: Nakano et al. 2021, arXiv:2112.09332, appendix I (the unbiased estimator).
    """
    draws = score_ND.shape[1]
    places = np.arange(1, draws + 1)
    log_weight = np.full(draws, -np.inf)
    inside = places >= n
    steps = places[inside]
    log_weight[inside] = _log_choose(steps - 1, n - 1) - _log_choose(np.array([draws]), n)
    ordered = np.take_along_axis(value_ND, np.argsort(score_ND, axis=1, kind="stable"), axis=1)
    found: Floats = ordered @ np.exp(log_weight)
    return found


def _log_choose(total: np.ndarray[Any, np.dtype[np.int64]], chosen: int) -> Floats:
    told: Floats = gammaln(total + 1) - gammaln(chosen + 1) - gammaln(total - chosen + 1)
    return told
