"""Rule-based rewards: a weighted sum of propositions about a response, the weights fitted to an order of classes.

    reward(response) = sum over propositions i of w_i * p_i,    p_i = the probability that i holds

For each kind of response that is wanted (a refusal, compliance ...) the weights minimise

    mean over pairs (better, worse) of log(1 + exp(-(reward(better) - reward(worse)))) + ridge / 2 * |w|^2

which has one minimum. Departures from the source: a logistic instead of a hinge loss, weights of their own for each
kind, no base reward; and pairs are of different prompts, because the published gold data have one response to each.

Source: Mu et al. 2024, arXiv:2411.01111, section 4.2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

from solon.errors import InputError
from solon.evaluation.intervals import Floats, Ints, cluster_bootstrap
from solon.interfaces import PromptResponse, Reward, Scorer
from solon.judges.reading import ResponseCase
from solon.judges.rules.propositions import Propositions
from solon.judges.rules.yes_no import YesNo, YesNoAnswer, ask_yes_no
from solon.progress import Progress
from solon.records import Metric, Record
from solon.seeds import generator

RIDGE = 0.01


class Described(NamedTuple):
    """A response as its propositions describe it."""

    id: str
    kind: str
    """What kind of response was wanted."""
    features: tuple[float, ...]
    """Probabilities of the propositions, in their order."""
    rank: int
    """Of its class: 0 is the best."""


class RuleWeights(Record):
    """Fitted weights: kind of response -> proposition -> weight."""

    weights: Mapping[str, Mapping[str, float]]

    def reward(self, kind: str, features: Mapping[str, float]) -> float:
        """The weighted sum.

        Raises:
            InputError: no weights were fitted for this kind, or a proposition is missing.
        """
        if kind not in self.weights:
            raise InputError(f"there are no weights for `{kind}`; there are for {', '.join(sorted(self.weights))}")
        weights = self.weights[kind]
        if missing := [name for name in weights if name not in features]:
            raise InputError(f"{len(missing)} propositions are not told, among them {missing[:3]}")
        return float(sum(weight * features[name] for name, weight in weights.items()))


def fit_weights(rows: Sequence[Described], names: Sequence[str], *, ridge: float = RIDGE) -> RuleWeights:
    """Fit the weights of every kind of which there are at least two classes; others have none.

    Raises:
        InputError: there is no pair of different classes at all.
    """
    kinds = sorted({row.kind for row in rows})
    fitted = {}
    for kind in kinds:
        of_kind = [row for row in rows if row.kind == kind]
        better_P, worse_P = ordered_pairs(of_kind)
        if len(better_P):
            x_NF = np.array([row.features for row in of_kind], dtype=np.float64)
            weights_F = fit_pairs(x_NF[better_P] - x_NF[worse_P], ridge)
            fitted[kind] = dict(zip(names, map(float, weights_F), strict=True))
    if not fitted:
        raise InputError("no two responses of one kind are of different classes, so no weight can be fitted")
    return RuleWeights(weights=fitted)


def ordered_pairs(rows: Sequence[Described]) -> tuple[Ints, Ints]:
    """Places (better, worse) of all pairs whose classes differ."""
    rank_N = np.array([row.rank for row in rows], dtype=np.int64)
    better, worse = np.nonzero(rank_N[:, None] < rank_N[None, :])
    return better.astype(np.int64), worse.astype(np.int64)


def fit_pairs(difference_PF: Floats, ridge: float) -> Floats:
    """The weights that minimise the mean logistic loss of P differences of features, with a ridge."""

    def loss(weights_F: Floats) -> tuple[float, Floats]:
        margin_P = difference_PF @ weights_F
        value = float(np.logaddexp(0.0, -margin_P).mean()) + ridge / 2 * float(weights_F @ weights_F)
        pull_P = 1 / (1 + np.exp(np.clip(margin_P, -500, 500)))
        return value, ridge * weights_F - (pull_P @ difference_PF) / len(margin_P)

    found = minimize(loss, np.zeros(difference_PF.shape[1]), jac=True, method="L-BFGS-B", options={"gtol": 1e-9})
    return np.asarray(found.x, dtype=np.float64)


def ranking_accuracy(rows: Sequence[Described], names: Sequence[str], weights: RuleWeights, *, seed: int) -> Metric:
    """Share of pairs of one kind and different classes whose better response has the higher reward; equal is wrong.

    The interval is a bootstrap of responses, each of which stands in many pairs. Kinds without weights are left out.
    """
    kept = [row for row in rows if row.kind in weights.weights]
    reward_N = np.array([weights.reward(row.kind, dict(zip(names, row.features, strict=True))) for row in kept])
    firsts, seconds = [], []
    for kind in sorted({row.kind for row in kept}):
        places = [number for number, row in enumerate(kept) if row.kind == kind]
        better_P, worse_P = ordered_pairs([kept[number] for number in places])
        firsts += [places[number] for number in better_P]
        seconds += [places[number] for number in worse_P]
    if not firsts:
        return Metric(value=None, n=0, instrument="people")
    right_P = (reward_N[firsts] > reward_N[seconds]).astype(np.float64)

    def share(weights_RN: Floats) -> Floats:
        weight_RP = weights_RN[:, firsts] * weights_RN[:, seconds]
        return np.asarray(weight_RP @ right_P / np.maximum(weight_RP.sum(axis=1), 1e-12))

    value = float(right_P.mean())
    low, high = cluster_bootstrap(
        [str(number) for number in range(len(kept))], share, generator=generator(seed, "ranking"), num_resamples=300
    )
    return Metric(
        value=value, low=min(float(low), value), high=max(float(high), value), n=len(firsts), instrument="people"
    )


def ask_propositions(
    cases: Sequence[ResponseCase], propositions: Propositions, scorer: Scorer, *, progress: Progress | None = None
) -> list[dict[str, YesNoAnswer]]:
    """For each case, in order: proposition -> whether it holds of the response. Cases times propositions calls."""
    names = propositions.names
    asked = [YesNo(case, propositions.simple_propositions[name].prompt) for case in cases for name in names]
    answers = ask_yes_no(asked, scorer, progress=progress)
    return [dict(zip(names, answers[i : i + len(names)], strict=True)) for i in range(0, len(answers), len(names))]


def rule_reward(
    weights: RuleWeights, propositions: Propositions, scorer: Scorer, kind_of: Callable[[PromptResponse], str]
) -> Reward:
    """A reward for training: each proposition is asked of the response, and the answers are weighed.

    Args:
        kind_of: which kind of response a prompt wants.
    """

    def reward(pairs: Sequence[PromptResponse]) -> list[float]:
        cases = [ResponseCase(pair.prompt.id, pair.prompt.shown, pair.response) for pair in pairs]
        rewards = []
        for pair, told in zip(pairs, ask_propositions(cases, propositions, scorer), strict=True):
            known = {name: answer.prob for name, answer in told.items() if answer.prob is not None}
            if unread := sorted(told.keys() - known):
                raise InputError(f"{pair.prompt.named}: the judge answers neither yes nor no to {unread[:3]}")
            rewards.append(weights.reward(kind_of(pair), known))
        return rewards

    return reward
