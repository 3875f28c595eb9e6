"""Bradley-Terry ratings."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from solon.errors import InputError
from solon.evaluation.elo import ELO_PER_NAT, elo_from_rater, elo_from_reward, elo_from_wins, fit_bradley_terry
from solon.records import Prompt, user

PROMPTS = [Prompt(id=str(i), messages=(user("hello"),)) for i in range(40)]


class LikesLong:
    """A rater who ranks by length."""

    name = "long"

    def rank(self, prompt: Prompt, responses: Sequence[str], *, seed: int) -> tuple[int, ...]:
        lengths = sorted({len(text) for text in responses}, reverse=True)
        return tuple(lengths.index(len(text)) for text in responses)


def test_the_fit_agrees_with_penalised_logistic_regression() -> None:
    rng = np.random.default_rng(3)
    wins = rng.integers(0, 30, size=(4, 4)).astype(float)
    np.fill_diagonal(wins, 0)
    # One row per game, x = e_i - e_j, y = i won; sklearn's C is the prior's variance.
    rows, sides, counts = [], [], []
    for i in range(4):
        for j in range(4):
            if i != j:
                x = np.zeros(4)
                x[i], x[j] = 1, -1
                rows += [x, -x]
                sides += [1, 0]
                counts += [wins[i, j] / 2, wins[i, j] / 2]
    model = LogisticRegression(C=1.5**2, fit_intercept=False, tol=1e-10, max_iter=1000)
    model.fit(np.array(rows), sides, sample_weight=counts)
    assert fit_bradley_terry(wins[None], prior_sd=1.5)[0] == pytest.approx(model.coef_[0], abs=1e-4)


def test_two_stages_with_a_wide_prior_give_the_log_odds() -> None:
    # 30 wins to 10: log-odds ln 3 = 1.0986 nats = 190.85 Elo.
    wins = np.array([[[0.0, 30.0], [10.0, 0.0]]])
    theta = fit_bradley_terry(wins, prior_sd=1e4)[0]
    assert theta[0] - theta[1] == pytest.approx(math.log(3), abs=1e-6)
    assert (theta[0] - theta[1]) * ELO_PER_NAT == pytest.approx(190.85, abs=0.01)


def test_a_stage_that_always_wins_stays_finite() -> None:
    theta = fit_bradley_terry(np.array([[[0.0, 5000.0], [0.0, 0.0]]]))[0]
    assert np.isfinite(theta).all() and theta[0] > theta[1]


def test_a_tie_is_half_a_win_each() -> None:
    stages = {"a": dict.fromkeys((p.id for p in PROMPTS), "x"), "b": dict.fromkeys((p.id for p in PROMPTS), "y")}
    found = elo_from_rater(stages, PROMPTS, [LikesLong()], seed=0, num_resamples=20)
    assert found["a"].value == pytest.approx(0.0)
    assert found["a"].n == 40


def test_identical_responses_are_not_put_to_a_rater() -> None:
    class Refuses(LikesLong):
        def rank(self, prompt: Prompt, responses: Sequence[str], *, seed: int) -> tuple[int, ...]:
            raise AssertionError("asked")

    same = dict.fromkeys((p.id for p in PROMPTS), "x")
    assert elo_from_rater({"a": same, "b": same}, PROMPTS, [Refuses()], seed=0, num_resamples=5)["b"].value == 0.0


def test_people_put_the_better_stage_on_top_and_the_anchor_at_zero() -> None:
    rng = np.random.default_rng(0)
    stages = {
        name: {p.id: "x" * int(rng.integers(low, low + 20)) for p in PROMPTS}
        for name, low in (("short", 1), ("middle", 6), ("long", 12))
    }
    found = elo_from_rater(stages, PROMPTS, [LikesLong()], seed=0, anchor="short", num_resamples=100)
    short, middle, long = (found[name] for name in ("short", "middle", "long"))
    assert short.value == short.low == short.high == 0.0
    assert middle.value is not None and long.value is not None and 0 < middle.value < long.value
    assert middle.low is not None and middle.high is not None and middle.low < middle.value < middle.high
    assert long.instrument == "people"


def test_a_reward_model_gives_a_proxy() -> None:
    stages = {"a": {p.id: "xxx" for p in PROMPTS}, "b": {p.id: "x" for p in PROMPTS}}
    found = elo_from_reward(stages, PROMPTS, lambda pairs: [len(r) / 2 for _, r in pairs], seed=0, num_resamples=20)
    # margin 1 nat on all 40 prompts; the prior (variance 4) pulls it a little towards 0.
    assert found["a"].value is not None and found["a"].value == pytest.approx(ELO_PER_NAT / 2, rel=0.03)
    assert found["a"].instrument == "proxy"


def test_intervals_shrink_with_more_prompts() -> None:
    def width(count: int) -> float:
        rng = np.random.default_rng(1)
        won = (rng.random(count) < 0.6).astype(float)
        wins = np.zeros((count, 2, 2))
        wins[:, 0, 1], wins[:, 1, 0] = won, 1 - won
        metric = elo_from_wins(wins, ["a", "b"], [str(i) for i in range(count)], instrument="people", seed=0)["a"]
        assert metric.low is not None and metric.high is not None
        return metric.high - metric.low

    assert width(1600) == pytest.approx(width(100) / 4, rel=0.25)


def test_a_missing_response_is_named() -> None:
    with pytest.raises(InputError, match=r"stage b has no response to 40 of 40 prompts \(first: 0\)"):
        elo_from_rater({"a": {p.id: "x" for p in PROMPTS}, "b": {}}, PROMPTS, [LikesLong()], seed=0)
