"""Strengths with ties and intervals."""

import math
from itertools import combinations

import numpy as np
import pytest
from scipy import optimize  # type: ignore[import-untyped, unused-ignore]
from sklearn.linear_model import LogisticRegression

from solon.errors import InputError
from solon.evaluation.bradley_terry import elo, fit_strengths
from solon.evaluation.elo import ELO_PER_NAT, fit_bradley_terry
from solon.evaluation.games import Game


def games_of(wins: np.ndarray, ties: np.ndarray | None = None) -> list[Game]:
    """wins[i, j]: how often i beat j; ties[i, j] above the diagonal. Every game on a prompt of its own."""
    found = []
    for i, j in combinations(range(len(wins)), 2):
        outcomes = [1.0] * int(wins[i, j]) + [0.0] * int(wins[j, i])
        outcomes += [0.5] * (int(ties[i, j]) if ties is not None else 0)
        found += [Game(f"{i}{j}{k}", f"m{i}", f"m{j}", "", "", prob, "j") for k, prob in enumerate(outcomes)]
    return found


def tables(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.integers(1, 25, size=(4, 4)), rng.integers(0, 12, size=(4, 4))


def penalised(theta: np.ndarray, nu: float | None, wins: np.ndarray, ties: np.ndarray) -> float:
    """Log-likelihood + log det(information) / 2, written out pair by pair; the last strength is minus the others."""
    theta = np.append(theta, -theta.sum())
    total, size = 0.0, 4 + (nu is not None)
    information = np.zeros((size, size))
    for i, j in combinations(range(4), 2):
        a, b = np.exp(theta[i] / 2 - theta[j] / 2), np.exp(theta[j] / 2 - theta[i] / 2)
        weights = np.array([a, b]) if nu is None else np.array([a, b, np.exp(nu)])
        prob = weights / weights.sum()
        counts = np.array([wins[i, j], wins[j, i], ties[i, j]], dtype=float)
        if nu is None:
            counts = counts[:2] + counts[2] / 2
        total += float(counts @ np.log(prob))
        rows = np.zeros((len(prob), size))
        rows[0, i], rows[0, j], rows[1, i], rows[1, j] = 0.5, -0.5, -0.5, 0.5
        if nu is not None:
            rows[2, 4] = 1
        centred = rows - prob @ rows
        information += counts.sum() * centred.T @ np.diag(prob) @ centred
    information[:4, :4] += 1
    return total + float(np.linalg.slogdet(information)[1]) / 2


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_half_a_win_is_the_maximum_that_scipy_finds(seed: int) -> None:
    wins, ties = tables(seed)
    found = optimize.minimize(lambda t: -penalised(t, None, wins, ties), np.zeros(3), method="BFGS", tol=1e-10).x
    assert fit_strengths(games_of(wins, ties)).theta_S[:3] == pytest.approx(found, abs=1e-6)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_davidsons_model_is_the_maximum_that_scipy_finds(seed: int) -> None:
    wins, ties = tables(seed)
    found = optimize.minimize(lambda t: -penalised(t[:3], t[3], wins, ties), np.zeros(4), method="BFGS", tol=1e-10).x
    fit = fit_strengths(games_of(wins, ties), ties="davidson")
    assert [*fit.theta_S[:3], fit.log_nu] == pytest.approx(found.tolist(), abs=1e-6)


def test_the_fit_behind_a_runs_elo_is_scikit_learns_without_a_penalty() -> None:
    wins = tables(3)[0].astype(float)
    np.fill_diagonal(wins, 0)
    pairs = [(i, j) for i in range(4) for j in range(4) if i != j]
    # One row for each direction; the fourth strength is 0, the others are columns.
    x = np.array([[(k == i) - (k == j) for k in range(3)] for i, j in pairs], dtype=float)
    model = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-12, max_iter=10_000)
    weights = np.array([wins[i, j] for i, j in pairs])
    model.fit(np.concatenate([x, -x]), np.repeat([1, 0], len(x)), sample_weight=np.tile(weights / 2, 2))
    ours = fit_bradley_terry(wins[None], prior_sd=1e5)[0]
    assert ours[:3] - ours[3] == pytest.approx(model.coef_[0], abs=1e-6)


def test_two_models_gain_half_a_win_each_from_the_prior() -> None:
    # Firth's correction for one log-odds: (30 + 1/2) / (10 + 1/2).
    theta = fit_strengths(games_of(np.array([[0, 30], [10, 0]]))).theta_S
    assert theta[0] - theta[1] == pytest.approx(math.log(30.5 / 10.5), abs=1e-9)


def test_a_single_game_is_one_and_a_half_wins_to_half_a_win() -> None:
    theta = fit_strengths(games_of(np.array([[0, 1], [0, 0]]))).theta_S
    assert theta[0] - theta[1] == pytest.approx(math.log(3), abs=1e-9)


def test_one_that_always_wins_is_finite_and_its_interval_is_wide() -> None:
    # 20 games of 20: the exact interval of the share, [0.83, 1], begins at 277 Elo.
    found = elo(fit_strengths(games_of(np.array([[0, 20], [0, 0]]))), instrument="people", anchor="m1")["m0"]
    assert found.value is not None and found.low is not None and math.isfinite(found.value)
    assert 50 < found.low < 350


def test_games_of_one_prompt_widen_the_interval() -> None:
    alone = games_of(np.array([[0, 60], [30, 0]]))
    # The same games, three of the same outcome on each prompt.
    together = [game._replace(prompt=str(i // 3)) for i, game in enumerate(alone)]
    one, other = (elo(fit_strengths(games), instrument="people")["m0"] for games in (alone, together))
    assert one.value == other.value
    assert one.high is not None and other.high is not None and one.value is not None and other.value is not None
    assert 1.5 < (other.high - other.value) / (one.high - one.value) < 2.0  # sqrt 3 = 1.73, and t of 29


def test_the_anchor_is_zero_and_certain() -> None:
    found = elo(fit_strengths(games_of(tables(0)[0])), instrument="people", anchor="m2")
    assert (found["m2"].value, found["m2"].low, found["m2"].high) == (0, 0, 0)
    theta = fit_strengths(games_of(tables(0)[0])).theta_S
    assert found["m0"].value == pytest.approx((theta[0] - theta[2]) * ELO_PER_NAT)


def test_a_model_that_ties_as_often_has_the_strength_and_nu_of_its_ties() -> None:
    # 40 wins each and 40 ties: p(tie) = nu / (2 + nu) = 1 / 3, so nu = 1 but for the prior.
    fit = fit_strengths(games_of(np.array([[0, 4000], [4000, 0]]), np.array([[0, 4000], [0, 0]])), ties="davidson")
    assert fit.theta_S == pytest.approx([0, 0], abs=1e-9)
    assert fit.log_nu == pytest.approx(0, abs=1e-3)


def test_one_prompt_has_no_interval() -> None:
    found = elo(fit_strengths([Game("p", "x", "y", "", "", 1.0, "j")]), instrument="people")
    assert found["x"].value is not None and found["x"].low is None


def test_groups_that_never_meet_are_named() -> None:
    games = [Game("p", "a", "b", "", "", 1.0, "j"), Game("p", "c", "d", "", "", 1.0, "j")]
    with pytest.raises(InputError, match="no chain of games connects 'a' and 'c'"):
        fit_strengths(games)


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    # 100 small simulations; benchmarks/bt_coverage.py runs 2,000 of many designs. Two deviations: 0.95 +- 0.035.
    rng, truth, held = np.random.default_rng(0), np.array([0.8, 0.0, -0.8]), []
    for _ in range(100):
        quality = truth + 0.7 * rng.normal(size=(30, 3))
        games = [
            Game(str(n), f"m{i}", f"m{j}", "", "", float(rng.random() < 1 / (1 + np.exp(q[j] - q[i]))), judge)
            for n, q in enumerate(quality) for i, j in combinations(range(3), 2) for judge in "xy"
        ]  # fmt: skip
        found = elo(fit_strengths(games), instrument="people")
        # What qualities that vary by 0.7 nats leave of a difference of 0.8, by quadrature over Normal(0, 2 * 0.7^2).
        for i, metric in enumerate(found.values()):
            assert metric.low is not None and metric.high is not None
            held.append(metric.low <= 0.6705 * (1 - i) * ELO_PER_NAT <= metric.high)
    assert 0.915 < np.mean(held) < 0.985
